// Counts as one types, and copies. The page works without it.
const units = (text) => text.trim().length;
const notes = {
  sms: (text) => {
    const count = units(text);
    const parts = count <= 70 ? 1 : Math.ceil(count / 67);
    return [`${count}字，${parts}条`, count > 70];
  },
  led: (text) => [`${units(text)}字`, units(text) > 48],
  loudspeaker: (text) => {
    const syllables = (text.match(/[\p{L}\p{N}]/gu) || []).length;
    return [`慢读约${Math.max(1, Math.round(syllables / 3.5 / 60))}分钟`, false];
  },
};

for (const field of document.querySelectorAll("[data-outlet-text]")) {
  const note = document.querySelector(`[data-outlet-note="${field.dataset.outletText}"]`);
  const count = notes[field.dataset.outletText];
  if (!note || !count) continue;
  const show = () => {
    const [words, tooLong] = count(field.value);
    note.textContent = words;
    note.classList.toggle("too-long", tooLong);
  };
  field.addEventListener("input", show);
  show();
}

const said = document.querySelector("[data-outlet-said]");
for (const button of document.querySelectorAll("[data-outlet-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.outletCopy);
    field.select();
    try {
      if (navigator.clipboard && window.isSecureContext) await navigator.clipboard.writeText(field.value);
      else if (!document.execCommand("copy")) throw new Error("copy");
      button.textContent = "已复制";
      said.textContent = "已复制。";
    } catch {
      said.textContent = "没能自动复制，文字已选中，请按 Ctrl 和 C。";
    }
  });
}
