// Stepping from change to change. Without it the numbers themselves are links, each to the next one.
"use strict";
(() => {
  const bar = document.querySelector("[data-compare-bar]");
  const marks = [...document.querySelectorAll(".compare-mark")];
  if (!bar || !marks.length) return;
  marks.sort((one, other) => Number(one.textContent) - Number(other.textContent));
  const told = bar.querySelector("[data-compare-at]");
  const keys = bar.querySelector("[data-compare-keys]");
  let at = -1;
  const go = (step) => {
    at = at < 0 ? (step > 0 ? 0 : marks.length - 1) : (at + step + marks.length) % marks.length;
    marks[at].focus({ preventScroll: true });
    marks[at].scrollIntoView({ block: "center" });
    told.textContent = `现在是第 ${at + 1} 处。`;
  };
  bar.querySelector(".compare-steps").hidden = false;
  for (const button of bar.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => go(Number(button.dataset.step)));
  }
  document.addEventListener("focusin", (event) => {
    const place = marks.indexOf(event.target);
    if (place >= 0) at = place;
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !keys.checked) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    const step = { n: 1, p: -1 }[event.key.toLowerCase()];
    if (!step) return;
    event.preventDefault();
    go(step);
  });
  try { keys.checked = localStorage.getItem("compare-keys") !== "off"; } catch (error) { /* private window */ }
  keys.addEventListener("change", () => {
    try { localStorage.setItem("compare-keys", keys.checked ? "on" : "off"); } catch (error) { /* private window */ }
  });
})();
