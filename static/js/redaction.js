// Boxes on the pages of a PDF (遮盖): drawn with mouse, finger or pen, or typed; the numbers in the table are what
// counts, the drawing shows them. Without it the ticks and the numbers do the same.
"use strict";
(() => {
  const form = document.getElementById("redaction");
  if (!form) return;
  const table = document.getElementById("own-boxes");
  const status = document.getElementById("redaction-status");
  const touch = document.getElementById("touch-draw");
  const sheets = [...form.querySelectorAll(".pdf-sheet")];
  const PARTS = ["page", "left", "top", "width", "height"];
  const most = Number(table.dataset.most);
  for (const one of form.querySelectorAll("[data-with-script]")) one.hidden = false;
  for (const one of form.querySelectorAll("[data-without-script]")) one.hidden = true;

  const fields = (row) => PARTS.map((part) => row.querySelector(`[name="box-${part}"]`));
  const numbers = (row) => fields(row).map((field) => (field.value.trim() === "" ? NaN : Number(field.value)));
  const isEmpty = (row) => fields(row).slice(1).every((field) => field.value.trim() === "");
  const say = (words) => { status.textContent = words; };

  const rectangle = (svg, [left, top, width, height], chosen) => {
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of [["x", left], ["y", top], ["width", width], ["height", height]]) rect.setAttribute(name, Math.max(0, value));
    if (chosen) rect.setAttribute("class", "is-chosen");
    svg.append(rect);
    return rect;
  };
  const surface = (page) => {
    const sheet = sheets.find((one) => Number(one.dataset.page) === page);
    return sheet ? sheet.querySelector("svg") : null;
  };
  const redraw = () => {
    for (const sheet of sheets) sheet.querySelector("svg").replaceChildren();
    for (const tick of form.querySelectorAll('[name="found"]:checked')) {
      const [page, ...place] = tick.value.split(",").map(Number);
      const svg = surface(page);
      if (svg) rectangle(svg, place, tick === document.activeElement);
    }
    for (const row of table.rows) {
      const [page, ...place] = numbers(row);
      const svg = surface(page);
      if (svg && place.every(Number.isFinite)) rectangle(svg, place, row.contains(document.activeElement));
    }
  };

  const free = () => {
    const found = [...table.rows].find(isEmpty);
    if (found) return found;
    if (table.rows.length >= most) { say(`自己画的框一次最多${most}个，请把挨着的合成大框。`); return null; }
    const row = table.rows[table.rows.length - 1].cloneNode(true);
    const number = table.rows.length + 1;
    row.cells[0].textContent = number;
    for (const field of fields(row)) {
      field.value = "";
      field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/^第\d+个/, `第${number}个`));
    }
    table.append(row);
    dress(row);
    return row;
  };
  const fill = (row, page, place) => {
    const values = [page, ...place.map((one) => one.toFixed(2))];
    fields(row).forEach((field, at) => { field.value = values[at]; });
    redraw();
  };
  const dress = (row) => {
    const old = row.querySelector("button");
    if (old) old.closest("td").remove();
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "删去";
    button.setAttribute("aria-label", `删去第${row.cells[0].textContent.trim()}个框`);
    button.addEventListener("click", () => {
      for (const field of fields(row)) field.value = "";
      say(`第${row.cells[0].textContent.trim()}个框已经删去。`);
      redraw();
      fields(row)[0].focus();
    });
    row.insertCell().append(button);
  };
  for (const row of table.rows) dress(row);
  const head = document.createElement("th");
  head.scope = "col";
  head.textContent = "删去";
  table.closest("table").tHead.rows[0].append(head);

  touch.addEventListener("click", () => {
    const on = touch.getAttribute("aria-pressed") !== "true";
    touch.setAttribute("aria-pressed", String(on));
    touch.textContent = on ? "画好了，可以翻页" : "画框（手指）";
    form.classList.toggle("is-drawing", on);
  });

  for (const sheet of sheets) {
    const svg = sheet.querySelector("svg");
    const page = Number(sheet.dataset.page);
    const add = sheet.querySelector(".pdf-add");
    add.hidden = false;
    add.addEventListener("click", () => {
      const row = free();
      if (!row) return;
      fill(row, page, [10, 10, 30, 4]);
      say(`第${page}页加了一个框，请改它的左、上、宽、高。`);
      fields(row)[1].focus();
      redraw();
    });

    let start = null;
    let shown = null;
    const at = (event) => {
      const box = svg.getBoundingClientRect();
      const within = (value) => Math.min(100, Math.max(0, value));
      return [within(((event.clientX - box.left) / box.width) * 100), within(((event.clientY - box.top) / box.height) * 100)];
    };
    const place = (event) => {
      const [x, y] = at(event);
      return [Math.min(x, start[0]), Math.min(y, start[1]), Math.abs(x - start[0]), Math.abs(y - start[1])];
    };
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || (event.pointerType === "touch" && !form.classList.contains("is-drawing"))) return;
      event.preventDefault();
      start = at(event);
      svg.setPointerCapture(event.pointerId);
      shown = rectangle(svg, [...start, 0, 0], true);
    });
    svg.addEventListener("pointermove", (event) => {
      if (!start) return;
      const [left, top, width, height] = place(event);
      for (const [name, value] of [["x", left], ["y", top], ["width", width], ["height", height]]) shown.setAttribute(name, value);
    });
    const stop = (event) => {
      if (!start) return;
      const drawn = place(event);
      start = null;
      shown.remove();
      if (event.type === "pointercancel" || drawn[2] < 0.3 || drawn[3] < 0.3) return;
      const row = free();
      if (!row) return;
      fill(row, page, drawn);
      say(`第${page}页画了一个框，列在表里。`);
    };
    svg.addEventListener("pointerup", stop);
    svg.addEventListener("pointercancel", stop);
  }
  form.addEventListener("input", redraw);
  form.addEventListener("focusin", redraw);
  redraw();
})();
