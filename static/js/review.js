// The label on a phone: BAD is chosen as its panel opens, and a form that comes back with a question is shown again.

document.addEventListener("click", ({ target }) => {
  const code = target.closest("[data-choose]")?.dataset.choose;
  if (code) document.querySelector(`#label [name="code"][value="${CSS.escape(code)}"]`)?.click();
});

document.addEventListener("htmx:afterSettle", () => {
  const panel = document.getElementById("label-panel");
  const asks = panel.querySelector("[role=alert]");
  if (!asks || asks.checkVisibility()) return;
  panel.showPopover();
  asks.focus();
});
