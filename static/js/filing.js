// 归类: the table by keyboard. Nothing is written before 保存, which sends all accepted rows in one request.
(() => {
  const form = document.getElementById("filing-form");
  if (!form) return;
  const rows = [...form.querySelectorAll("tr[data-row]")];
  const status = document.getElementById("filing-status");
  const keys = document.getElementById("filing-keys");
  const dialog = document.getElementById("filing-search");
  const undone = [];
  let at = 0;
  let saving = false;

  const accept = (row) => row.querySelector("input[name=accept]");
  const items = (row) => [...row.querySelectorAll('input[name^="items-"]')];
  const say = (text) => { status.textContent = text; };
  const accepted = () => rows.filter((row) => accept(row).checked).length;
  const title = (row) => row.querySelector(".filing-title").textContent;

  const show = (row) => {
    row.classList.toggle("is-accepted", accept(row).checked);
    if (accept(row).checked) row.classList.remove("is-skipped");
  };
  const count = () => {
    const n = accepted();
    say(n ? `已接受 ${n} 件，还没有保存。` : "还没有接受任何一行。");
  };
  const go = (index) => {
    at = Math.max(0, Math.min(rows.length - 1, index));
    rows.forEach((row, i) => { row.tabIndex = i === at ? 0 : -1; });
    rows[at].focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  };

  // What a key changed, so that u can put it back.
  const remember = (changed) => {
    undone.push({ at, rows: changed.map((row) => ({
      row,
      accepted: accept(row).checked,
      skipped: row.classList.contains("is-skipped"),
      items: items(row).map((box) => box.checked),
    })) });
  };
  const undo = () => {
    const last = undone.pop();
    if (!last) {
      const batch = document.getElementById("filing-undo");
      if (!batch) return say("这一页没有可以撤销的。");
      const button = batch.querySelector("button");
      button.focus();
      say("这一页没有可以撤销的。要撤销已经保存的上一批，请按回车确认。");
      return undefined;
    }
    for (const was of last.rows) {
      accept(was.row).checked = was.accepted;
      was.row.classList.toggle("is-skipped", was.skipped);
      items(was.row).forEach((box, i) => { box.checked = Boolean(was.items[i]); });
      show(was.row);
    }
    go(last.at);
    count();
    return undefined;
  };

  const pick = (row, digit, more) => {
    const box = row.querySelector(`input[data-key="${digit}"]`);
    if (!box) return say(`这一行没有第 ${digit} 个建议。`);
    remember([row]);
    if (more) box.checked = !box.checked;
    else for (const one of items(row)) one.checked = one === box;
    const names = items(row).filter((one) => one.checked).map((one) => one.closest("label").querySelector("b").textContent);
    return say(names.length ? `选了：${names.join("、")}` : "没有选任何事项。");
  };
  const pickNone = (row) => {
    remember([row]);
    for (const one of items(row)) one.checked = false;
    say("不属于任何事项。按回车接受。");
  };
  const take = (row) => {
    remember([row]);
    accept(row).checked = !accept(row).checked;
    show(row);
    count();
    if (accept(row).checked) go(at + 1);
  };
  const skip = (row) => {
    remember([row]);
    accept(row).checked = false;
    row.classList.add("is-skipped");
    show(row);
    go(at + 1);
    say("跳过了，下次还会出现。");
  };
  const takeSure = () => {
    const sure = rows.filter((row) => "sure" in row.dataset && !accept(row).checked);
    if (!sure.length) return say("没有其他把握「高」的行。");
    remember(sure);
    for (const row of sure) { accept(row).checked = true; show(row); }
    return say(`接受了 ${sure.length} 件把握「高」的，共 ${accepted()} 件，还没有保存。`);
  };

  // --- 另选: search for another item
  const words = document.getElementById("filing-search-words");
  const found = document.getElementById("filing-search-found");
  const note = document.getElementById("filing-search-note");
  let asked = 0;
  let chosen = -1;
  let waiting = 0;

  const mark = (index) => {
    const options = [...found.children];
    chosen = options.length ? (index + options.length) % options.length : -1;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === chosen)));
    if (chosen >= 0) {
      words.setAttribute("aria-activedescendant", options[chosen].id);
      options[chosen].scrollIntoView({ block: "nearest" });
    } else words.removeAttribute("aria-activedescendant");
  };
  const draw = (list) => {
    found.textContent = "";
    list.forEach((item, i) => {
      const option = document.createElement("li");
      option.id = `filing-found-${i}`;
      option.setAttribute("role", "option");
      const name = document.createElement("b");
      const path = document.createElement("span");
      name.textContent = item.name;
      path.textContent = item.path;
      option.append(name, path);
      option.addEventListener("click", () => add(item));
      option.item = item;
      found.append(option);
    });
    found.hidden = !list.length;
    words.setAttribute("aria-expanded", String(list.length > 0));
    mark(0);
    note.textContent = list.length ? `找到 ${list.length} 项。` : (words.value.trim() ? "没有找到，请换几个字。" : "");
  };
  const search = async () => {
    const mine = ++asked;
    try {
      const answer = await fetch(`${form.dataset.items}?q=${encodeURIComponent(words.value)}`, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const data = await answer.json();
      if (mine === asked) draw(data.items);
    } catch (error) {
      if (mine === asked) note.textContent = "现在查不到，请稍后再试；登录可能已经过期。";
    }
  };
  const add = (item) => {
    const row = rows[at];
    const known = items(row).find((box) => box.value === String(item.id));
    remember([row]);
    for (const box of items(row)) box.checked = false;
    if (known) known.checked = true;
    else {
      const line = document.createElement("li");
      const label = document.createElement("label");
      const box = document.createElement("input");
      const text = document.createElement("span");
      const name = document.createElement("b");
      const path = document.createElement("span");
      box.type = "checkbox";
      box.name = `items-${row.dataset.row}`;
      box.value = item.id;
      box.checked = true;
      name.textContent = item.name;
      path.textContent = ` ${item.path} · 自己选的`;
      path.className = "quiet";
      text.append(name, path);
      label.append(box, text);
      line.append(label);
      row.querySelector(".filing-items ul").append(line);
      const nothing = row.querySelector(".filing-nothing");
      if (nothing) nothing.hidden = true;
    }
    dialog.close();
    say(`选了：${item.name}。按回车接受。`);
  };
  const open = (row) => {
    document.getElementById("filing-search-document").textContent = title(row);
    words.value = "";
    draw([]);
    dialog.showModal();
    words.focus();
  };
  words.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 200); });
  words.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (chosen >= 0) add(found.children[chosen].item);
    }
  });
  dialog.addEventListener("close", () => go(at));

  // --- Keys
  const acts = {
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    j: () => go(at + 1),
    k: () => go(at - 1),
    Enter: (row) => take(row),
    " ": (row) => take(row),
    "0": (row) => pickNone(row),
    "/": (row) => open(row),
    s: (row) => skip(row),
    a: () => takeSure(),
    u: () => undo(),
    o: (row) => row.querySelector(".filing-title").click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || dialog.open) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (form.contains(event.target) || event.target === document.body) {
        event.preventDefault();
        form.requestSubmit();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inRow = event.target.closest && event.target.closest("tr[data-row]");
    if (event.key === "Escape" && inRow) {
      event.preventDefault();
      go(rows.indexOf(inRow));
      return;
    }
    // In a box, a list or a button the keys are its own; single keys act from a row or from the bare page.
    const bare = event.target === document.body || event.target.matches("tr[data-row]");
    if (!bare || !keys.checked) return;
    const digit = /^Digit([123])$/.exec(event.code || "");
    const act = digit ? (row) => pick(row, digit[1], event.shiftKey) : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act(rows[at]);
  });
  form.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (row) at = rows.indexOf(row);
  });
  form.addEventListener("change", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (!row) return;
    if (event.target.name === "accept") { show(row); count(); }
  });
  for (const button of form.querySelectorAll(".filing-other")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      at = rows.indexOf(button.closest("tr[data-row]"));
      open(rows[at]);
    });
  }
  keys.addEventListener("change", () => {
    try { localStorage.setItem("filing-keys", keys.checked ? "on" : "off"); } catch (error) { /* private window */ }
  });
  try { keys.checked = localStorage.getItem("filing-keys") !== "off"; } catch (error) { /* private window */ }

  form.addEventListener("submit", (event) => {
    if (!accepted()) {
      event.preventDefault();
      say("还没有接受任何一行：先按回车接受，再保存。");
      return;
    }
    saving = true;
    // Rows that were not accepted stay as they are: nothing of them is sent.
    for (const row of rows) {
      if (!accept(row).checked) for (const box of row.querySelectorAll("input, select")) box.disabled = true;
    }
  });
  window.addEventListener("pageshow", () => {
    saving = false;
    for (const row of rows) {
      for (const box of row.querySelectorAll("input, select")) box.disabled = false;
      show(row);
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (!saving && accepted()) { event.preventDefault(); event.returnValue = ""; }
  });
  rows.forEach((row, i) => { row.tabIndex = i === 0 ? 0 : -1; });
})();
