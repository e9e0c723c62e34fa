// Attachments, several at once: sent one after the other, each with its own progress; what is refused is named
// and can be tried again. Without it the same box sends the files with the form.
"use strict";
(() => {
  const place = document.getElementById("more-files");
  if (!place || !place.dataset.url) return;
  const box = place.querySelector("input[type=file]");
  const list = place.querySelector(".upload-list");
  const status = place.querySelector(".upload-status");
  const form = place.closest("form");
  place.querySelector("[data-with-script]").hidden = false;
  for (const one of place.querySelectorAll("[data-without-script]")) one.hidden = true;
  const queue = [];
  let busy = false;
  let done = 0;

  const token = () => {
    const found = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    return found ? decodeURIComponent(found[1]) : form.elements.csrfmiddlewaretoken.value;
  };
  const send = (file, progress) => new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const data = new FormData();
    data.set("csrfmiddlewaretoken", token());
    data.set("file", file);
    request.open("POST", place.dataset.url);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      try { resolve(JSON.parse(request.responseText)); } catch {
        resolve({ error: request.responseURL.includes("login") ? "登录已过期，请在新窗口重新登录后再试。" : "没有传上去，请再试一次。" });
      }
    });
    request.addEventListener("error", () => resolve({ error: "网络不通，没有传上去。" }));
    request.send(data);
  });

  const row = (file) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.className = "upload-name";
    name.textContent = file.name;
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `${file.name} 上传进度`);
    const note = document.createElement("span");
    note.className = "upload-note";
    note.textContent = "等待上传";
    item.append(name, bar, note);
    list.append(item);
    list.hidden = false;
    return { item, bar, note };
  };
  const retry = (job) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "再试一次";
    button.setAttribute("aria-label", `再试一次：${job.file.name}`);
    button.addEventListener("click", () => {
      button.remove();
      job.item.classList.remove("is-refused");
      job.note.textContent = "等待上传";
      queue.push(job);
      work();
    });
    job.item.append(button);
  };
  const work = async () => {
    if (busy) return;
    busy = true;
    while (queue.length) {
      const job = queue.shift();
      job.note.textContent = "正在上传";
      const answer = await send(job.file, (part) => { job.bar.value = part; });
      if (answer.error) {
        job.item.classList.add("is-refused");
        job.note.textContent = answer.error;
        retry(job);
      } else {
        done += 1;
        job.bar.value = 1;
        job.note.textContent = "已上传";
      }
    }
    busy = false;
    const failed = list.querySelectorAll(".is-refused").length;
    status.textContent = `已上传 ${done} 个${failed ? `，${failed} 个没有上传，原因写在文件名后面` : ""}。`;
    if (done) {
      const link = document.createElement("a");
      link.href = window.location.href;
      link.textContent = place.dataset.after;
      status.append(link, "（先保存正在写的内容）。");
    }
  };
  const take = (files) => {
    for (const file of files) queue.push({ file, ...row(file) });
    work();
  };
  box.addEventListener("change", () => {
    take([...box.files]);
    // They are on their way: the form must not send them once more.
    box.value = "";
  });
  for (const kind of ["dragenter", "dragover"]) {
    place.addEventListener(kind, (event) => { event.preventDefault(); place.classList.add("is-over"); });
  }
  for (const kind of ["dragleave", "drop"]) {
    place.addEventListener(kind, () => place.classList.remove("is-over"));
  }
  place.addEventListener("drop", (event) => { event.preventDefault(); take([...event.dataTransfer.files]); });
})();
