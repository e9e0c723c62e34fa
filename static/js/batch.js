// A long batch is done by the worker: look every few seconds whether it is still at it, then show what came of it.
"use strict";
(() => {
  const place = document.querySelector("[data-state]");
  if (!place) return;
  const look = async () => {
    try {
      const answer = await (await fetch(place.dataset.state, { headers: { Accept: "application/json" } })).json();
      if (!answer.working) { window.location.reload(); return; }
    } catch { /* The next look may find the network again. */ }
    window.setTimeout(look, 3000);
  };
  window.setTimeout(look, 2000);
})();
