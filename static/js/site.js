// Comfort only: every page works without this file.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  const row = button.closest("[data-print-row]");
  if (row) row.hidden = false;
  button.addEventListener("click", () => window.print());
}

// The filter sheet and the menu close with Escape, as people expect.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (location.hash === "#filters") location.hash = "results";
  for (const menu of document.querySelectorAll("details.site-menu[open]")) menu.open = false;
});
