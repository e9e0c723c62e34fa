// While somebody writes: what is typed is kept on the server every 20 seconds, colleagues at the same thing are
// named, and a log-in that has expired costs no word. Every form works without it.
"use strict";
(() => {
  const desk = document.getElementById("writing-desk");
  const form = desk && desk.closest("form");
  if (!form) return;
  const status = document.getElementById("writing-status");
  const others = document.getElementById("writing-others");
  // Files cannot be kept; buttons, tokens and the rows of attachments are none of the words.
  const LEFT_OUT = /^(_|csrfmiddlewaretoken|base_version|attachments-|choose_|conflict$|discard$|more_files$)/;
  const PATIENCE = 6000; // Milliseconds.
  let baseline = null;
  let kept = "";
  let leaving = false;
  let expired = false;

  const say = (place, text) => { if (place.textContent !== text) place.textContent = text; };
  const typed = () => {
    const pairs = [];
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && !LEFT_OUT.test(name)) pairs.push([name, value]);
    }
    return JSON.stringify(pairs);
  };
  // The editor tidies its text when it starts: what counts as unchanged is what stood there when somebody
  // first touched the form.
  const begin = () => {
    if (baseline !== null) return;
    baseline = typed();
    kept = "unsaved" in desk.dataset ? "" : baseline;
  };
  const changed = () => baseline !== null && typed() !== kept;

  // A new log-in, in another window, brings a new token: the cookie has it, the form has the old one.
  const token = () => {
    const found = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    if (found) form.elements.csrfmiddlewaretoken.value = decodeURIComponent(found[1]);
    return form.elements.csrfmiddlewaretoken.value;
  };
  const body = (extra) => {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", token());
    data.set("user", desk.dataset.user);
    data.set("base_version", desk.dataset.version);
    for (const [name, value] of Object.entries(extra)) data.set(name, value);
    return data;
  };

  const loggedOut = () => {
    if (expired) return;
    expired = true;
    status.replaceChildren("登录已过期，您写的都还在这一页。请");
    const link = document.createElement("a");
    link.href = desk.dataset.login;
    link.target = "_blank";
    link.rel = "opener";
    link.textContent = "在新窗口重新登录";
    status.append(link, "，登录后回到这里再保存。");
  };

  const note = (answer) => {
    expired = false;
    const version = Number(desk.dataset.version);
    const lines = [];
    if (answer.others && answer.others.length) lines.push(`${answer.others.join("、")} 正在编辑这份内容。`);
    if (version && answer.version && answer.version !== version) lines.push("有人刚刚保存了新的内容，您保存时会看到两份对照，可以选择。");
    say(others, lines.join(" "));
  };

  // True unless the server says that nobody is logged in: a network that fails must not keep anybody from saving.
  const report = async () => {
    const words = changed() ? typed() : null;
    let answer;
    try {
      const response = await fetch(desk.dataset.url, {
        method: "POST",
        body: body(words === null ? {} : { data: words }),
        redirect: "manual",
        // A line that hangs must not hold up whoever saves.
        signal: AbortSignal.timeout(PATIENCE),
        headers: { Accept: "application/json" },
      });
      if (response.type === "opaqueredirect" || response.status === 403) { loggedOut(); return false; }
      answer = await response.json();
      if (!response.ok) { say(status, answer.error || ""); return true; }
    } catch {
      if (words !== null) say(status, "网络不通，还没有自动保存。请先不要关闭这一页。");
      return true;
    }
    if (words !== null) kept = words;
    if (answer.saved_at) {
      say(status, `已自动保存 ${answer.saved_at}`);
      document.getElementById("writing-preview").hidden = false;
    }
    else if (expired) say(status, "已重新登录，可以保存了。");
    note(answer);
    return true;
  };

  for (const kind of ["keydown", "pointerdown", "paste", "drop", "beforeinput"]) {
    form.addEventListener(kind, begin, { capture: true });
  }
  window.setInterval(report, Number(desk.dataset.seconds) * 1000);
  let waiting = 0;
  const soon = () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => { if (changed() && !leaving) report(); }, 800);
  };
  form.addEventListener("focusout", soon);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && changed() && !leaving) report();
    if (document.visibilityState === "visible" && expired) report();
  });
  window.addEventListener("pagehide", () => {
    const extra = { leave: "1" };
    if (changed() && !leaving) extra.data = typed();
    navigator.sendBeacon(desk.dataset.url, body(extra));
  });
  // Whoever saves after the log-in has expired would lose all words to the log-in page: ask first.
  let asked = false;
  let asking = false;
  form.addEventListener("submit", (event) => {
    if (asked) { leaving = true; return; }
    event.preventDefault();
    if (asking) return; // A second click while the first still asks.
    asking = true;
    const button = event.submitter;
    report().then((may) => {
      asking = false;
      if (!may) { status.scrollIntoView({ block: "center" }); return; }
      asked = leaving = true;
      form.requestSubmit(button);
    });
  });
  // What a refused form shows again stands nowhere yet: it is kept at once, when the editor has started.
  if ("unsaved" in desk.dataset) window.setTimeout(() => { begin(); report(); }, 1500);
  report();
})();
