// Tells the site which result was opened, and from which place: counts without a person (ADR 39).
// Links stay plain links; without this file, or in a browser that sends no beacons, nothing is counted.
const results = document.querySelector("[data-chosen]");

function tell(event) {
  // Opened: by a click, by Enter, or in a new tab with the middle button.
  if (event.type === "auxclick" && event.button !== 1) return;
  const link = event.target.closest("a[data-place]");
  if (!link) return;
  const { chosen, query } = results.dataset;
  const words = { q: query, url: link.getAttribute("href"), place: link.dataset.place };
  navigator.sendBeacon(chosen, new URLSearchParams(words));
}

if (results && navigator.sendBeacon) {
  results.addEventListener("click", tell);
  results.addEventListener("auxclick", tell);
}
