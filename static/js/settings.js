// The account menu: a choice shows at once; htmx saves it by posting its form.

const root = document.documentElement;
const SHOWN_ON = { theme: root, density: root, shortcuts: document.body };

document.addEventListener("change", ({ target }) => {
  const { name, type, value, checked } = target;
  if (!target.closest("[data-settings]")) return;
  if (SHOWN_ON[name]) SHOWN_ON[name].dataset[name] = type === "checkbox" ? (checked ? "on" : "off") : value;
  // The time display is chosen in two places.
  for (const twin of document.querySelectorAll(`[data-settings] select[name="${name}"]`)) twin.value = value;
});

// The server writes the times, so another display needs the page again; focus returns to where the choice was made.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const { name, id } = detail.requestConfig.triggeringEvent?.target ?? {};
  if (!detail.successful || name !== "time_display") return;
  history.replaceState({ focus: id }, "");
  location.reload();
});

const chosen = document.getElementById(history.state?.focus);
if (chosen) {
  history.replaceState(null, "");
  chosen.closest("[popover]")?.showPopover();
  chosen.focus();
}
