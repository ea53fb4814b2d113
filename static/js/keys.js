// The keyboard map. A control says which key presses it in aria-keyshortcuts; this file finds it and presses it.

const TEXT = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=range], [type=button], [type=submit])";
const OPEN = "dialog[open], :is([role=dialog], .pop):popover-open";
let goUntil = 0;

const all = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());

// Digits by position, so that layouts which print other signs there still work; everything else by what is printed.
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

function single(event) {
  const key = name(event);
  const going = Date.now() < goUntil;
  goUntil = 0;
  if (going && !event.repeat) {
    const place = document.querySelector(`[data-go="${CSS.escape(key.toLowerCase())}"]`);
    if (place) return place.click(), true;
  }
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
    // The first Esc leaves the field; the next one is the browser's and closes what is open.
    if (inField) event.target.blur();
    used = inField;
  } else if (command && event.key === "Enter") {
    used = !event.repeat && press("Control+Enter");
  } else if (!command && !event.altKey && !inField && event.key.length === 1 && event.key !== " "
    && document.body.dataset.shortcuts !== "off" && !document.querySelector(OPEN)) {
    used = single(event);
  }
  if (used) event.preventDefault();
});
