// The transcript: its current line, its problems, the search in it. Nothing is held on to: the whole #session is replaced.

const FIELDS = "textarea, select, input:not([type=radio], [type=checkbox], [type=range])";
const OPEN = "dialog[open], :is([role=dialog], .pop):popover-open";
const LINES = "#talk .turns > [data-kind]";
const PROBLEM = ".is-problem, .is-cited";
const MOST_HITS = 1000;

const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const sought = () => find("#find-in").value.trim();
const current = () => find(`${LINES}[aria-current]`);

// One line is current: the keys start from it, and Tab leads to it.
function point(row) {
  if (!row.checkVisibility()) find("[name=show][value=all]").click();
  for (const one of all(`${LINES}[tabindex='0']`)) one.tabIndex = -1;
  current()?.removeAttribute("aria-current");
  row.tabIndex = 0;
  row.ariaCurrent = true;
}

function go(row) {
  if (row) point(row), row.focus();
  return Boolean(row);
}

function step(by, wanted = LINES) {
  const from = current();
  const lines = all(LINES).filter((row) => row === from || (row.matches(wanted) && row.checkVisibility()));
  const at = lines.indexOf(from);
  return go(at < 0 && by < 0 ? null : lines[at + by]);
}

function openTool() {
  const isAt = current()?.dataset.kind === "tool";
  if (!isAt && !step(1, "[data-kind=tool]")) return false;
  const tool = current().querySelector(".tool");
  tool.open = !isAt || !tool.open;
  return true;
}

// Into the address, and the button that copies it is pressed.
function copyLink() {
  const row = current();
  if (!row) return false;
  history.replaceState(history.state, "", `${location.pathname}#${row.id}`);
  find("[data-copy]").click();
  return true;
}

// Text stays text: a hit is a piece of it inside a <mark>.
let hits = [];
let place = 0;
let timer = 0;

function search() {
  timer = place = 0;
  hits = [];
  for (const mark of all("#talk mark")) {
    const { parentNode } = mark;
    mark.replaceWith(mark.firstChild);
    parentNode.normalize();
  }
  const typed = sought();
  const wanted = new RegExp(typed.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "giu");
  for (const part of typed ? all("#talk :is(.say, .tool code, .bad .trunc, div.payload)") : []) {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts) hits.push(...marked(text, wanted));
  }
  tell();
}

// From the last one on, so that the places of the others stay.
function marked(text, wanted) {
  const found = [...text.data.matchAll(wanted)].slice(0, MOST_HITS - hits.length);
  return found.reverse().map(({ 0: { length }, index }) => {
    const hit = text.splitText(index);
    const mark = document.createElement("mark");
    hit.splitText(length);
    hit.replaceWith(mark);
    mark.append(hit);
    return mark;
  }).reverse();
}

function tell() {
  const output = find("#hits");
  const { of, none } = output.dataset;
  output.textContent = sought() && (hits.length ? `${place} ${of} ${hits.length}${hits.length < MOST_HITS ? "" : "+"}` : none);
}

function visit(by) {
  if (timer || !hits[0]?.isConnected) clearTimeout(timer), search();
  if (!hits.length) return;
  find("mark.is-at")?.classList.remove("is-at");
  place = ((by > 0 ? place : Math.max(place, 1) + hits.length - 2) % hits.length) + 1;
  const mark = hits[place - 1];
  point(mark.closest("li"));
  for (let fold = mark.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  mark.classList.add("is-at");
  mark.scrollIntoView({ block: "center" });
  tell();
}

function count() {
  for (const one of all("#talk [data-count]")) one.textContent = all(`${LINES}:is(${one.dataset.count})`).length;
}

const KEYS = { J: () => step(1), K: () => step(-1), N: () => step(1, PROBLEM), P: () => step(-1, PROBLEM), T: openTool, Y: copyLink };

document.addEventListener("keydown", (event) => {
  const { target, key, shiftKey, ctrlKey, metaKey, altKey, isComposing, defaultPrevented } = event;
  if (isComposing) return;
  if (target.id === "find-in") {
    if (key === "Enter") visit(shiftKey ? -1 : 1);
    else if (key === "Escape") current()?.focus();
    return;
  }
  if (defaultPrevented || shiftKey || ctrlKey || metaKey || altKey || target.matches?.(FIELDS) || document.body.dataset.shortcuts === "off" || find(OPEN)) return;
  if (KEYS[key.toUpperCase()]?.()) event.preventDefault();
});
document.addEventListener("input", ({ target }) => {
  if (target.id !== "find-in") return;
  clearTimeout(timer);
  timer = setTimeout(search, 150);
});
document.addEventListener("focusin", ({ target }) => {
  const row = target.closest?.(LINES);
  if (row && row !== current()) point(row);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a");
  const row = link && document.getElementById(link.hash.slice(1));
  if (row?.matches(LINES)) {
    find("#facts")?.hidePopover();
    go(row);
  } else if (link?.closest("#stale")) {
    event.preventDefault();
    htmx.ajax("GET", `/sessions/${find("#session").dataset.session}/transcript/`, { target: "#turns", swap: "outerHTML" });
  }
});
document.addEventListener("toggle", ({ target }) => {
  const link = target.open && target.matches("#talk .payload") && target.querySelector(":scope > p > a");
  if (link) htmx.ajax("GET", link.getAttribute("href"), { target: link.parentElement, swap: "outerHTML" });
}, true);
document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (target?.id !== "turns") return;
  find("#stale").hidden = true;
  const label = find("#label");
  if (label) label.dataset.transcript = find("#turns").dataset.revision;
});

new MutationObserver(count).observe(document.body, { subtree: true, attributeFilter: ["class"] });
go(document.getElementById(location.hash.slice(1))?.closest(LINES));
