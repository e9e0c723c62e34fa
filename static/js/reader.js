// Comfort for readers: letters change at once, reading aloud, sharing, copying. Every page works without it.
const said = document.querySelector("[data-tools-said]");
const say = (words) => {
  if (said) said.textContent = words;
};

// --- 分享 and 复制

async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Without HTTPS there is no clipboard of the browser's own: a hidden field and the old command.
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("copy");
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await copy(source.textContent.trim());
      say("已复制。");
    } catch {
      getSelection().selectAllChildren(source);
      say("没能自动复制：文字已选中，请按 Ctrl 和 C，手机上请长按后选「复制」。");
    }
    button.focus();
  });
}

for (const button of document.querySelectorAll("[data-share]")) {
  button.closest("[data-share-row]").hidden = false;
  const { title, address } = button.dataset;
  if (!navigator.share) button.querySelector("span").textContent = "复制链接";
  button.addEventListener("click", async () => {
    try {
      if (navigator.share) await navigator.share({ title, url: address });
      else {
        await copy(`${title} ${address}`);
        say("标题和网址已复制，可以粘贴到微信、短信里。");
      }
    } catch (error) {
      if (error.name !== "AbortError") say("没能分享，请复制「本页网址」。");
    }
  });
}

// Without a PDF of the server's own the link leads here: print, which makes one too.
if (new URLSearchParams(location.search).get("print") === "1") {
  addEventListener("load", () => window.print(), { once: true });
}

// --- 朗读

const tools = document.querySelector("[data-read-aloud]");
const text = document.querySelector("[data-read-body]");
const voice = window.speechSynthesis;

/** The paragraphs as sentences: long utterances break off in many browsers. */
function sentences() {
  const found = [];
  const title = document.querySelector("h1");
  const blocks = [title, ...text.querySelectorAll("p, h2, h3, h4, li, caption, tr")];
  for (const block of blocks) {
    if (block.tagName !== "TR" && block.closest("tr")) continue;
    if (block.tagName === "LI" && block.querySelector("p")) continue;
    const cells = block.tagName === "TR" ? [...block.cells].map((cell) => cell.textContent.trim()) : null;
    const words = (cells ? cells.filter(Boolean).join("，") : block.textContent).replace(/\s+/g, " ").trim();
    for (const part of words.match(/[^。！？；]{1,120}[。！？；]?/g) || []) found.push([block, part]);
  }
  return found;
}

if (tools && text && voice && "SpeechSynthesisUtterance" in window && text.textContent.trim().length > 20) {
  const button = tools.querySelector("[data-read]");
  const label = button.querySelector("span");
  const stop = tools.querySelector("[data-read-stop]");
  const state = tools.querySelector("[data-read-state]");
  let queue = [];
  let place = -1;
  // A voice that is called off tells so later; what it then says must not move the place of a new one.
  let run = 0;
  const mark = (block) => {
    for (const old of document.querySelectorAll(".being-read")) old.classList.remove("being-read");
    block?.classList.add("being-read");
  };
  const show = (words, reading) => {
    label.textContent = words;
    stop.hidden = !reading && place < 0;
  };
  const end = () => {
    run += 1;
    place = -1;
    voice.cancel();
    mark(null);
    show("朗读", false);
  };
  const next = () => {
    if (place >= queue.length) {
      end();
      state.textContent = "读完了。";
      return;
    }
    const [block, words] = queue[place];
    const mine = run;
    const utterance = new SpeechSynthesisUtterance(words);
    utterance.lang = "zh-CN";
    utterance.rate = 0.95;
    const chinese = voice.getVoices().find((one) => /^zh(-|_)(CN|Hans)/i.test(one.lang) && one.localService);
    if (chinese) utterance.voice = chinese;
    utterance.onend = () => {
      if (mine !== run) return;
      place += 1;
      next();
    };
    utterance.onerror = (event) => {
      if (mine !== run || event.error === "interrupted" || event.error === "canceled") return;
      end();
      state.textContent = "这台设备现在不能朗读。";
    };
    mark(block);
    voice.speak(utterance);
  };
  button.addEventListener("click", () => {
    if (place < 0) {
      queue = sentences();
      place = 0;
      run += 1;
      show("暂停", true);
      state.textContent = "开始朗读。";
      next();
    } else if (label.textContent === "暂停") {
      // pause() does nothing on Android: the sentence is called off and said again on going on.
      run += 1;
      voice.cancel();
      show("继续", true);
      state.textContent = "已暂停。";
    } else {
      run += 1;
      show("暂停", true);
      state.textContent = "继续朗读。";
      next();
    }
  });
  stop.addEventListener("click", () => {
    end();
    state.textContent = "已停止。";
    button.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && place >= 0) end();
  });
  addEventListener("pagehide", end);
  // Chromium knows its voices a moment later; a device without any keeps the button hidden.
  const offer = () => {
    if (voice.getVoices().length) tools.hidden = false;
  };
  offer();
  voice.addEventListener?.("voiceschanged", offer);
}
