// Whoever comes back to a page finds its counts as they are now: when it becomes visible, at most once a minute.
let last = Date.now();
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible" || Date.now() - last < 60_000) return;
  last = Date.now();
  for (const one of document.querySelectorAll('[hx-trigger^="refresh"]')) htmx.trigger(one, "refresh");
});
