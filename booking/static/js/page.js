// Small comforts of every page; nothing needs them to work.
const offerCopy = (within) => {
  if (!navigator.clipboard) return;
  for (const button of within.querySelectorAll("[data-copy]")) button.hidden = false;
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const words = button.querySelector("[aria-live]");
  await navigator.clipboard.writeText(button.dataset.copy);
  words.textContent = "Copied";
  setTimeout(() => { words.textContent = "Copy"; }, 2000);
});

// A second press while the first is on its way would only wait longer; the request key makes it harmless anyway.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post" || event.defaultPrevented) return;
  const button = event.submitter;
  if (button) setTimeout(() => { button.disabled = true; }, 0);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const button of document.querySelectorAll("form button:disabled")) button.disabled = false;
});

document.addEventListener("DOMContentLoaded", () => offerCopy(document));
document.addEventListener("htmx:load", (event) => {
  offerCopy(event.detail.elt);
  // A live region that is itself replaced is often not read out; this one stays.
  const words = event.detail.elt.dataset?.announce;
  if (words && document.readyState === "complete") document.getElementById("announce").textContent = words;
});
