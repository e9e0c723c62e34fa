// Fields that mean something only beside another's value ("name=a,b", or a box that is ticked) show only then.
// One that holds something, or has an error, stays. Without it every field stands there.
"use strict";
(() => {
  const rows = [];
  for (const field of document.querySelectorAll("[data-shown-when]")) {
    const row = field.closest(".form-row");
    if (row) rows.push({ field, row, rule: field.dataset.shownWhen.split("=") });
  }
  const holds = ([name, values]) => {
    const others = [...document.getElementsByName(name)];
    if (!others.length) return true;
    const chosen = others.filter((one) => !/^(?:radio|checkbox)$/.test(one.type) || one.checked).map((one) => one.value);
    return values ? chosen.some((value) => values.split(",").includes(value)) : chosen.length > 0;
  };
  const show = () => {
    for (const { field, row, rule } of rows) {
      row.hidden = !holds(rule) && !field.value && !row.querySelector(".errorlist");
    }
  };
  show();
  document.addEventListener("change", show);
})();
