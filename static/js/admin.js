// Comfort and accessible names for the back office. Every page works without it.
"use strict";
(() => {
  // select2 builds its own boxes and gives them no name: take the label of the field that they stand for.
  const labelOf = (select) => {
    const label = select.id && document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    if (label) return label.textContent.trim().replace(/[:：]$/, "");
    const cell = select.closest("td");
    const head = cell && cell.closest("table").querySelectorAll("thead th")[cell.cellIndex];
    return head ? head.textContent.trim() : select.name;
  };
  const nameSelect2 = (root) => {
    for (const box of root.querySelectorAll(".select2-container")) {
      const select = box.previousElementSibling;
      if (!select || select.tagName !== "SELECT") continue;
      const name = labelOf(select);
      const selection = box.querySelector(".select2-selection");
      if (selection) {
        // A name from an empty box is no name, so the label goes first and the chosen value after it.
        const rendered = box.querySelector(".select2-selection__rendered");
        const chosen = rendered && selection.getAttribute("role") === "combobox" && rendered.title;
        selection.removeAttribute("aria-labelledby");
        selection.setAttribute("aria-label", chosen ? `${name}，${chosen}` : name);
        if (rendered) rendered.setAttribute("aria-label", name);
      }
      const search = box.querySelector(".select2-search__field");
      if (search) search.setAttribute("aria-label", name);
    }
    for (const open of document.querySelectorAll(".select2-selection[aria-owns]")) {
      open.setAttribute("aria-controls", open.getAttribute("aria-owns"));
    }
    // What select2 and the calendar hang on the body lies outside of every landmark: make each one of its own.
    for (const [loose, name] of [
      ["body > .select2-container", "可选项"],
      ["body > .calendarbox", "选择日期"],
      ["body > .clockbox", "选择时间"],
    ]) {
      for (const box of document.querySelectorAll(loose)) {
        box.setAttribute("role", "region");
        box.setAttribute("aria-label", name);
      }
    }
    for (const field of document.querySelectorAll(".select2-container--open .select2-search__field")) {
      if (!field.getAttribute("aria-label")) field.setAttribute("aria-label", "查找");
    }
    for (const list of document.querySelectorAll(".select2-results__options")) {
      if (!list.getAttribute("aria-label")) list.setAttribute("aria-label", "可选项");
    }
  };
  // A move (提交审核 …) acts on what is stored: whoever has typed since is asked first.
  const guardMoves = () => {
    let typed = false;
    const form = document.querySelector("#content-main form");
    if (!form) return;
    form.addEventListener("input", (event) => { typed = typed || event.isTrusted; });
    for (const link of document.querySelectorAll("a.move")) {
      link.addEventListener("click", (event) => {
        const question = "刚才的改动还没有保存，办理的会是原来的内容。按「取消」回去先保存，按「确定」放弃改动。";
        if (typed && !window.confirm(question)) event.preventDefault();
      });
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    nameSelect2(document);
    guardMoves();
    // Only attributes are written above, so the watcher of children never calls itself.
    new MutationObserver(() => nameSelect2(document)).observe(document.body, { childList: true, subtree: true });
  });
})();
