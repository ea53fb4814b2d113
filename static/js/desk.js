// The behavior of every page. One file: each request delays the first view.
"use strict";

// Before htmx, which would note each address, searches included.
Storage.prototype.setItem = () => {
  throw new Error("Off");
};

// A request that takes long or fails. Words: #failed.
{
  // By what asked: its notice, and what dims its target after 300 ms.
  const failed = new WeakMap();
  const busy = new WeakMap();

  function isQuiet({ elt, requestConfig }) {
    return requestConfig.headers["X-Background"] || elt.closest("[hx-swap]")?.getAttribute("hx-swap").startsWith("none");
  }

  function again({ elt, requestConfig: { verb, path, triggeringEvent } }) {
    if (triggeringEvent?.type === "submit") elt.requestSubmit(triggeringEvent.submitter);
    else htmx.ajax(verb, path, { source: elt, event: triggeringEvent });
  }

  function show(detail, cause) {
    const { elt, target, requestConfig } = detail;
    if (cause === "401" || requestConfig.headers["X-Background"]) return;
    const kind = requestConfig.verb === "get" ? "read" : "write";
    const notice = document.getElementById("failed").content.firstElementChild.cloneNode(true);
    for (const part of notice.querySelectorAll("[data-if]")) {
      if (!part.matches(`[data-if~="${kind}"], [data-if~="${cause}"]`)) part.remove();
    }
    notice.querySelector("button")?.addEventListener("click", () => again(detail));
    failed.get(elt)?.remove();
    failed.set(elt, notice);
    // Inside its target, if that holds notices.
    const isInside = kind === "read" && !isQuiet(detail) && target?.matches("div, section, main, article");
    (isInside ? target : document.getElementById("alert")).prepend(notice);
  }

  document.addEventListener("htmx:beforeSend", ({ detail }) => {
    const { elt, target } = detail;
    if (!isQuiet(detail)) busy.set(elt, { target, timer: setTimeout(() => target.setAttribute("aria-busy", "true"), 300) });
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    // After a swap the event comes from around it.
    const { elt } = detail.requestConfig;
    const { timer, target } = busy.get(elt) ?? {};
    clearTimeout(timer);
    target?.removeAttribute("aria-busy");
    if (!detail.successful) return;
    failed.get(elt)?.remove();
    failed.delete(elt);
  });
  document.addEventListener("htmx:responseError", ({ detail }) => {
    const status = String(detail.xhr.status);
    show(detail, /40[134]|410|429/.test(status) ? status : "server");
  });
  document.addEventListener("htmx:sendError", ({ detail }) => show(detail, "offline"));
  document.addEventListener("htmx:timeout", ({ detail }) => show(detail, "slow"));
}

// Idle sign-out. The server keeps the time, because tabs share it.
{
  const { idleSeconds, absoluteSeconds, signedInFor, email, activityUrl } = document.body.dataset;
  const REPORT_EVERY = 60_000;
  const BACKGROUND = { "X-Background": "1" };
  const endsAt = Date.now() + (absoluteSeconds - signedInFor) * 1000;
  let deadline = 0;
  let timer = 0;
  let reportTimer = 0;
  let reportedAt = Date.now(); // by loading the page
  let isOver = false;

  function wait(seconds) {
    deadline = Math.min(Date.now() + seconds * 1000, endsAt);
    clearTimeout(timer);
    timer = setTimeout(ask, Math.max(deadline - Date.now(), 0) + 500);
  }

  // True while signed in, null when nobody can tell.
  async function request(method, headers) {
    try {
      const answer = await fetch(activityUrl, { method, headers, redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(10_000) });
      if (answer.status === 401 || answer.type === "opaqueredirect") return false;
      if (!answer.ok) return null;
      const left = answer.status === 204 ? {} : await answer.json();
      // Not for somebody else to read.
      if (left.email && left.email !== email) return false;
      const seconds = Math.min(left.idle_left ?? idleSeconds, left.absolute_left ?? Infinity);
      if (seconds > 0) wait(seconds);
      return seconds > 0;
    } catch {
      return null;
    }
  }

  async function ask() {
    const isIn = isOver || (await request("GET", BACKGROUND));
    if (isIn === false || (isIn === null && Date.now() > deadline + 30_000)) end();
    else if (isIn === null && Date.now() >= deadline) timer = setTimeout(ask, 10_000);
  }

  async function report() {
    reportTimer = 0;
    reportedAt = Date.now();
    if ((await request("POST", JSON.parse(document.body.getAttribute("hx-headers")))) === false) end();
  }

  function touch({ type, movementX, movementY }) {
    // A resting pointer moves when the page does.
    if (isOver || reportTimer || (type === "pointermove" && !movementX && !movementY)) return;
    reportTimer = setTimeout(report, Math.max(reportedAt + REPORT_EVERY - Date.now(), 0));
  }

  // Removed, not covered: the next person must not find it.
  function end() {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    clearTimeout(reportTimer);
    document.dispatchEvent(new Event("signed-out"));
    for (const media of document.querySelectorAll("audio, video")) {
      media.pause();
      media.removeAttribute("src");
      media.load();
    }
    const { body } = document;
    const notice = document.importNode(document.getElementById("signed-out").content, true);
    const alert = document.getElementById("alert");
    const link = notice.querySelector("a");
    const heading = notice.querySelector("h1");
    link.search = new URLSearchParams({ next: location.pathname });
    for (const node of [...body.childNodes]) if (node !== alert) node.remove();
    for (const name of ["class", "hidden", "hx-headers"]) body.removeAttribute(name);
    document.title = heading.dataset.title;
    history.replaceState(null, "", location.pathname); // a search may name a person
    alert.className = "vh";
    alert.textContent = heading.textContent;
    body.append(notice);
    link.focus();
  }

  for (const type of ["keydown", "pointerdown", "pointermove", "wheel", "touchmove", "timeupdate"]) {
    document.addEventListener(type, touch, { capture: true, passive: true });
  }
  document.addEventListener("signed-out", end);
  document.addEventListener("htmx:responseError", ({ detail }) => detail.xhr.status === 401 && end());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());

  // A page kept for Back is blank until the sign-in is known to hold.
  addEventListener("pagehide", () => (document.body.hidden = true));
  addEventListener("pageshow", async ({ persisted }) => {
    const isIn = !persisted || isOver || (await request("GET", BACKGROUND));
    if (isIn === false || (isIn === null && Date.now() >= deadline)) end();
    else document.body.hidden = false;
  });

  wait(idleSeconds);
}

// The keyboard map. A control names its key in aria-keyshortcuts.
{
  const TEXT = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=range], [type=button], [type=submit])";
  const OPEN = "dialog[open], :is([role=dialog], .pop):popover-open";
  let goUntil = 0;

  const all = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());

  // Digits by position: layouts differ.
  function name(event) {
    const digit = !event.shiftKey && /^(?:Digit|Numpad)(\d)$/.exec(event.code);
    if (digit) return digit[1];
    if (event.key.length > 1) return event.key;
    const isLetter = event.key.toLowerCase() !== event.key.toUpperCase();
    return (event.shiftKey && isLetter ? "Shift+" : "") + event.key.toUpperCase();
  }

  function press(key) {
    const control = all(`[aria-keyshortcuts~="${CSS.escape(key)}"]`).find((one) => !one.disabled);
    if (!control) return false;
    if (control.matches(TEXT)) control.focus();
    else control.click();
    return true;
  }

  function step(by) {
    const links = all(".rowlink");
    const at = links.indexOf(document.activeElement);
    const next = links[at < 0 ? (by > 0 ? 0 : -1) : at + by];
    next?.focus();
    return Boolean(next);
  }

  // A script of its own chooses rows; one promise keeps keys in order.
  let chooser;
  const rows = (event) => {
    const script = event.target.closest("table")?.dataset.rows;
    return script && (chooser ??= import(script)).then(({ choose }) => choose(event), () => (chooser = null));
  };
  document.addEventListener("change", rows);

  function single(event) {
    const key = name(event);
    const going = Date.now() < goUntil;
    goUntil = 0;
    if (going && !event.repeat) {
      const place = document.querySelector(`[data-go="${CSS.escape(key.toLowerCase())}"]`);
      if (place) return place.click(), true;
    }
    if (/X$/.test(key)) return rows(event);
    if (key === "J" || key === "K") return step(key === "J" ? 1 : -1);
    if (event.repeat) return false;
    if (key === "G") return (goUntil = Date.now() + 1000), true;
    if (key === "?") return document.getElementById("keys")?.showPopover(), true;
    return press(key);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const inField = event.target.matches?.(TEXT);
    const command = event.ctrlKey || event.metaKey;
    let used = false;
    if (event.key === "Escape") {
      // The next Esc, from within, is the browser's.
      if (inField) event.target.blur(), event.target.closest(":popover-open")?.focus();
      used = inField;
    } else if (command && event.key === "Enter") {
      used = !event.repeat && press("Control+Enter");
    } else if (!command && !event.altKey && !inField && event.key.length === 1 && event.key !== " "
      && document.body.dataset.shortcuts !== "off" && !document.querySelector(OPEN)) {
      used = single(event);
    }
    if (used) event.preventDefault();
  });
}

// Settings: htmx saves them.
{
  const root = document.documentElement;
  const SHOWN_ON = { theme: root, density: root, shortcuts: document.body };

  document.addEventListener("change", ({ target }) => {
    const { name, type, value, checked } = target;
    if (!target.closest("[data-settings]")) return;
    if (SHOWN_ON[name]) SHOWN_ON[name].dataset[name] = type === "checkbox" ? (checked ? "on" : "off") : value;
    // Two places choose the times.
    for (const twin of document.querySelectorAll(`[data-settings] select[name="${name}"]`)) twin.value = value;
  });

  // The server writes the times; focus returns.
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
}

// A toast goes after 8 seconds, unless someone is at it.
{
  const toasts = document.getElementById("toasts");

  function expire(toast) {
    setTimeout(() => (toast.matches(":hover, :focus-within") ? expire(toast) : toast.remove()), 8000);
  }

  [...toasts.children].forEach(expire);
  new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => [...change.addedNodes])) if (node.matches) expire(node);
  }).observe(toasts, { childList: true });

  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("[data-copy]");
    if (!button) return;
    const { href } = button.closest("td")?.querySelector("a") ?? location;
    const text = `${document.getElementById(button.dataset.copy)?.innerText ?? ""}\n${href}`.trim();
    if (!navigator.clipboard) return prompt(button.ariaLabel, text); // without https
    await navigator.clipboard.writeText(text);
    const toast = document.createElement("div");
    toast.className = "toast";
    document.getElementById("announce").textContent = toast.textContent = toasts.dataset.copied;
    toasts.replaceChildren(toast);
  });
}

// The list: its filters, and the counts that come after.
const filters = document.getElementById("filters");
if (filters) {
  function narrow(box, words) {
    const options = box.parentElement;
    const rest = options.querySelector("details");
    if (rest && words) rest.open = true;
    for (const item of options.querySelectorAll("li")) item.hidden = !item.querySelector(".trunc").textContent.toLowerCase().includes(words.toLowerCase());
    box.value = words;
  }

  document.addEventListener("htmx:configRequest", ({ detail: { elt, formData } }) => {
    // An address names only what is filtered.
    if (elt === filters) for (const [name, value] of [...formData]) if (!value) formData.delete(name);
    if (elt.id === "counts") for (const { id } of filters.querySelectorAll(".facet[open]")) formData.append("open", id.replace("facet-", ""));
  });
  filters.addEventListener("click", (event) => event.target.closest(".facet[open] > summary") && event.stopPropagation(), true);
  // New counts leave it unfolded and narrowed.
  document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target, fragment } }) => {
    const rest = fragment.querySelector("details");
    const box = fragment.querySelector("[data-narrow]");
    if (rest) rest.open ||= target.querySelector("details")?.open;
    if (box) narrow(box, target.querySelector("[data-narrow]")?.value ?? "");
  });

  filters.addEventListener("input", ({ target }) => "narrow" in target.dataset && narrow(target, target.value));
  filters.addEventListener("change", (event) => {
    const { target } = event;
    if ("narrow" in target.dataset) event.stopImmediatePropagation();
    // Wanted or left out, never both.
    else if (target.checked) for (const box of target.closest("li").querySelectorAll("input")) box.checked = box === target;
  }, true);
  filters.addEventListener("submit", () => filters.hidePopover());

  // Without a link to older ones the list takes the focus.
  document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
    if (target.id === "results" && document.activeElement === document.body) document.getElementById("results-title").focus({ preventScroll: true });
  });
  setInterval(() => document.visibilityState === "visible" && htmx.trigger("#arrivals", "refresh"), 60_000);
}
