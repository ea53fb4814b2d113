// The filter rail: an address names only what is filtered, and on a phone the rail closes when its sessions are asked for.

const filters = document.getElementById("filters");

filters.addEventListener("htmx:configRequest", ({ detail }) => {
  for (const [name, value] of [...detail.formData.entries()]) if (value === "") detail.formData.delete(name);
});
filters.addEventListener("submit", () => filters.matches(":popover-open") && filters.hidePopover());
