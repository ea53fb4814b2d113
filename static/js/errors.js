// What a person sees while a request takes long and when it fails. The words are in the #failed template.

const failed = new WeakMap(); // element that asked -> the notice about it
const busy = new WeakMap(); // element that asked -> what dims its target after 300 ms

function isQuiet({ elt, requestConfig }) {
  return requestConfig.headers["X-Background"] || elt.closest("[hx-swap]")?.getAttribute("hx-swap").startsWith("none");
}

function again({ elt, requestConfig: { verb, path, triggeringEvent } }) {
  if (triggeringEvent?.type === "submit") elt.requestSubmit(triggeringEvent.submitter);
  else htmx.ajax(verb, path, { source: elt, event: triggeringEvent });
}

function show(detail, cause) {
  const { elt, target, requestConfig } = detail;
  if (cause === "401" || requestConfig.headers["X-Background"] || requestConfig.headers["X-Prefetch"]) return;
  const kind = requestConfig.verb === "get" ? "read" : "write";
  const notice = document.getElementById("failed").content.firstElementChild.cloneNode(true);
  for (const part of notice.querySelectorAll("[data-if]")) {
    if (!part.matches(`[data-if~="${kind}"], [data-if~="${cause}"]`)) part.remove();
  }
  notice.querySelector("button")?.addEventListener("click", () => again(detail));
  failed.get(elt)?.remove();
  failed.set(elt, notice);
  // Inside the part that could not be loaded, when it can hold a notice.
  const isInside = kind === "read" && !isQuiet(detail) && target?.matches("div, section, main, article");
  (isInside ? target : document.getElementById("alert")).prepend(notice);
}

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  const { elt, target } = detail;
  if (!isQuiet(detail)) busy.set(elt, { target, timer: setTimeout(() => target.setAttribute("aria-busy", "true"), 300) });
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const { timer, target } = busy.get(detail.elt) ?? {};
  clearTimeout(timer);
  target?.removeAttribute("aria-busy");
  if (!detail.successful) return;
  failed.get(detail.elt)?.remove();
  failed.delete(detail.elt);
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  const status = String(detail.xhr.status);
  show(detail, /401|403|404|410|429/.test(status) ? status : "server");
});
document.addEventListener("htmx:sendError", ({ detail }) => show(detail, "offline"));
document.addEventListener("htmx:timeout", ({ detail }) => show(detail, "slow"));
