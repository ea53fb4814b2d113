// The page of one session, a block for each part of it. One file: each request delays the first view.

const clock = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

// The transcript: its current line, its problems, the search in it. Nothing is held on to: the whole #session is replaced.
{
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
    const { words, none } = output.dataset;
    const n = `${hits.length}${hits.length < MOST_HITS ? "" : "+"}`;
    output.textContent = sought() && (hits.length ? words.replace("{place}", place).replace("{n}", n) : none);
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
}

// The recording under its tape. Times are seconds of the session, not of a file.
{
  const LINK_LASTS = 270_000; // less than on the server
  const FIELDS = "select, textarea, [contenteditable], input:not([type=range])";
  const OPEN = "dialog[open], :is([role=dialog], .pop):popover-open";
  const get = (id) => document.getElementById(id);
  const scrolled = () => get("talk")?.scrollTop + scrollY;
  const isPlain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey;

  let parts = [];
  let part;
  let position = 0;
  let isWanted = false;
  let askedAt = 0;
  let scrolledAt = 0;
  let followedTo;
  let timer;

  async function ask(method) {
    const player = get("player");
    const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), Accept: "application/json", "X-Background": 1 };
    let told = { state: "failed", parts: [] };
    clearTimeout(timer);
    try {
      const answer = await fetch(player.dataset.ask, { method, headers });
      if (answer.status === 401) return document.dispatchEvent(new Event("signed-out"));
      if (answer.ok) told = await answer.json();
    } catch {}
    if (player !== get("player")) return;
    const isNew = player.dataset.state === "pending" && told.state === "held";
    player.dataset.state = told.state;
    parts = told.parts;
    askedAt = Date.now();
    if (told.state === "pending") timer = setTimeout(ask, 2500);
    if (isNew) htmx.ajax("GET", player.dataset.ask, { target: "#recording-tape", swap: "outerHTML" });
    if (isWanted && told.state === "held") play();
  }

  function play(at = position) {
    move(at);
    isWanted = true;
    if (Date.now() - askedAt > LINK_LASTS) return ask();
    const held = parts.filter((one) => one.address);
    const next = held.findLast((one) => one.from <= position) ?? held[0];
    if (!next) return;
    const audio = get("audio");
    if (part !== next) audio.src = next.address;
    part = next;
    if (get("part")) get("part").selectedIndex = parts.indexOf(part);
    audio.currentTime = Math.max(position - next.from, 0);
    pace();
    isWanted = false;
    audio.play().catch(() => {});
  }

  // In the plurals of the page's language, which the browser knows.
  const counted = (n, unit) => Math.trunc(n).toLocaleString(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" });
  const spoken = (seconds) => `${counted(seconds / 60, "minute")} ${counted(seconds % 60, "second")}`;

  function move(at) {
    const slider = get("position");
    slider.value = at;
    position = +slider.value;
    get("now").textContent = clock(position * 1000);
    slider.ariaValueText = slider.dataset.words.replace("{at}", spoken(position)).replace("{length}", spoken(slider.max));
    get("playhead").setAttribute("transform", `translate(${position})`);
  }

  function seek(at) {
    if (get("audio").paused) move(at);
    else play(at);
  }

  function pace() {
    const audio = get("audio");
    audio.defaultPlaybackRate = audio.playbackRate = get("speed").value / 100;
  }

  function advance(audio) {
    if (!part || audio.paused) return;
    move(part.from + audio.currentTime);
    for (const { x, width } of get("skip").checked ? document.querySelectorAll("#recording-tape .g:not(.is-about)") : []) {
      const until = x.baseVal.value + width.baseVal.value - 0.3;
      if (position > x.baseVal.value + 0.3 && position < until) return play(until);
    }
    const now = [...document.querySelectorAll("#turns > [data-kind=turn]")].findLast((turn) => turn.dataset.at <= position * 1000 + 50);
    const before = document.querySelector("#turns > .is-now");
    if (now === before) return;
    before?.classList.remove("is-now");
    now?.classList.add("is-now");
    if (!now || !get("follow").checked || Date.now() - scrolledAt < 3000) return;
    now.scrollIntoView({ block: "center" });
    followedTo = scrolled();
  }

  // An old link has ended; a new one should not.
  function renew(audio) {
    if (!part) return;
    isWanted = !audio.paused;
    if (Date.now() - askedAt < 10_000) get("player").dataset.state = "expired";
    else ask();
    askedAt = 0;
  }

  function leave() {
    const audio = get("audio");
    clearTimeout(timer);
    part = undefined;
    parts = [];
    isWanted = position = askedAt = 0;
    if (!audio?.src) return;
    audio.pause();
    audio.removeAttribute("src");
    audio.load();
  }

  function begin() {
    if (get("player")?.dataset.state === "ready") timer = setTimeout(ask, 1000);
  }

  function name({ paused }) {
    const button = get("play");
    button.classList.toggle("is-on", !paused);
    button.ariaLabel = button.dataset[paused ? "play" : "pause"];
  }

  function toggle() {
    const audio = get("audio");
    if (audio.paused && !isWanted) return play();
    isWanted = false;
    audio.pause();
  }

  function goOn() {
    const next = parts[parts.indexOf(part) + 1];
    if (next) play(next.from);
  }

  const HEARD = { timeupdate: advance, error: renew, play: name, pause: name, ended: goOn };
  for (const type in HEARD) document.addEventListener(type, ({ target }) => target.id === "audio" && HEARD[type](target), true);

  document.addEventListener("click", (event) => {
    const { target } = event;
    const { by, again } = { ...target.closest("#player button")?.dataset };
    const turn = target.closest("#turns .at") && target.closest("[data-at]");
    if (target.closest("#play")) toggle();
    else if (by) seek(position + Number(by));
    else if (again) ask(again);
    else if (turn && get("play")?.checkVisibility() && !event.shiftKey && isPlain(event)) {
      event.preventDefault();
      play(turn.dataset.at / 1000);
    }
  });

  document.addEventListener("input", ({ target: { id, value } }) => {
    if (id === "position") seek(+value);
    if (id === "part") seek(value / 1000);
    if (id === "speed") pace();
  });

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    const speed = get("speed");
    if (!speed || event.defaultPrevented || !isPlain(event) || document.body.dataset.shortcuts === "off" || target.matches(FIELDS) || document.querySelector(OPEN)) return;
    const by = { "<": -1, ">": 1, ArrowLeft: -5, ArrowRight: 5 }[key];
    const turn = key === "Enter" && document.querySelector("#turns > [aria-current=true]");
    if (by && key.length > 1) seek(position + by);
    else if (by) {
      (speed[speed.selectedIndex + by] ?? speed.selectedOptions[0]).selected = true;
      for (const type of ["input", "change"]) speed.dispatchEvent(new Event(type, { bubbles: true }));
    } else if (target.closest("button, summary, a") || event.repeat) return;
    else if (key === " ") toggle();
    else if (turn) play(turn.dataset.at / 1000);
    else return;
    event.preventDefault();
  });

  document.addEventListener("scroll", () => part && scrolled() !== followedTo && (scrolledAt = Date.now()), { capture: true, passive: true });
  document.addEventListener("signed-out", leave);
  document.addEventListener("htmx:beforeSwap", ({ detail }) => detail.shouldSwap && detail.target.id === "session" && leave());
  document.addEventListener("htmx:afterSwap", ({ detail }) => detail.target.id === "session" && begin());
  begin();
}

// Judging: the label form with its draft, issues and evidence.
{
  const find = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const form = () => document.getElementById("label");
  const words = (place) => form().dataset.words.split("|")[place];
  const region = document.getElementById("announce");
  // What is tried again and again fails aloud once.
  const announce = (text) => region.textContent === text || (region.textContent = text);
  const headers = () => JSON.parse(document.body.getAttribute("hx-headers"));
  const TYPED = "textarea, select, input:not([type=radio], [type=checkbox], [type=range])";

  let shownAt = 0;
  let activeMs = 0;
  let activeSince = 0;

  // Issues: the checkboxes are the truth; chips, suggestions and the box that finds press them.
  let lastIssue = "";
  let waiting = null; // evidence that has no issue yet

  const item = (number) => find(`#issues > [data-issue="${number}"]`);
  const box = (number) => item(number).querySelector(".check");

  function choose(number, isChosen = true) {
    if (box(number).checked !== isChosen) box(number).click();
  }

  function chosen(element) {
    const { checked } = element;
    const row = element.closest("li");
    const { issue } = row.dataset;
    const by = document.activeElement;
    // What has the focus says it itself.
    if (by !== element && !by.closest(".fixed")) announce(words(checked ? 5 : 6).replace("{issue}", element.value));
    for (const chip of all(`.fixed [data-issue="${issue}"]`)) chip.ariaPressed = checked;
    for (const line of all(`#templates [data-of="${issue}"]`)) line.hidden = !checked;
    if (checked) {
      lastIssue = issue;
      if (waiting) cite(issue, waiting);
      waiting = null;
      if ("critical" in row.dataset) tell(element.value);
    } else {
      row.querySelector(".ev").replaceChildren();
      if (lastIssue === issue) lastIssue = "";
      if (by === element) document.getElementById("issue").focus();
      mark();
    }
  }

  function offer(isOpen) {
    const input = document.getElementById("issue");
    const list = document.getElementById("issue-list");
    const typed = input.value.trim().toLowerCase();
    const options = [...list.querySelectorAll("[role=option]")];
    const used = typed ? [] : options.filter((one) => "used" in one.dataset);
    for (const one of options) {
      one.hidden = typed ? !one.textContent.toLowerCase().includes(typed) : used.length && !used.includes(one);
      one.ariaSelected = false;
    }
    // What begins with it stands first, and so is seen first.
    options.sort((a, b) => rank(b, typed) - rank(a, typed) || a.dataset.issue - b.dataset.issue);
    list.prepend(...options);
    const shown = options.filter((one) => !one.hidden);
    list.querySelector(".none").hidden = shown.length > 0;
    list.hidden = !isOpen;
    input.ariaExpanded = isOpen;
    select(isOpen && typed ? shown[0] : null);
  }

  function rank(one, typed) {
    const name = one.firstElementChild.textContent.toLowerCase();
    return name.startsWith(typed) * 2 + name.includes(typed);
  }

  function select(option) {
    for (const one of all("#issue-list [aria-selected=true]")) one.ariaSelected = false;
    document.getElementById("issue").setAttribute("aria-activedescendant", option?.id ?? "");
    if (!option) return;
    option.ariaSelected = true;
    option.scrollIntoView({ block: "nearest" });
  }

  function pick(option) {
    choose(option.dataset.issue);
    document.getElementById("issue").value = "";
    offer(false);
  }

  function steer(event) {
    const list = document.getElementById("issue-list");
    const shown = [...list.querySelectorAll("[role=option]:not([hidden])")];
    const at = shown.findIndex((one) => one.ariaSelected === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) offer(true);
      else select(shown.at((at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1)) % shown.length));
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      if (!list.hidden && shown[at]) pick(shown[at]);
    } else return;
    event.preventDefault();
  }

  // Evidence: a hidden field in its issue is the truth; tags on issue and turn show it.
  const current = () => find("#turns > [aria-current=true]") ?? find("#turns > .is-now");
  let rangeFrom = null;

  const moment = (from_ms, until_ms = null) => ({ target_kind: "moment", target_uid: "", transcript_revision: Number(form().dataset.transcript), from_ms, until_ms });

  function target(from, until = from) {
    const { kind, uid, at } = from.dataset;
    const revision = Number(form().dataset.transcript);
    if (kind === "silence") return moment(Number(from.dataset.from), Number(from.dataset.until));
    const end = until === from ? null : Math.max(Number(until.dataset.until ?? until.dataset.at), Number(at));
    return { target_kind: kind, target_uid: uid, transcript_revision: revision, from_ms: Number(at), until_ms: end };
  }

  function cite(issue, cited) {
    const holder = item(issue).querySelector(".ev");
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = "evidence";
    input.value = JSON.stringify({ issue: box(issue).value, ...cited });
    if ([...holder.querySelectorAll("[name=evidence]")].some((one) => one.value === input.value)) return;
    holder.append(input);
    mark();
    changed();
  }

  function citeCurrent() {
    const heard = document.activeElement.closest("#player") && Number(document.getElementById("position").value);
    const to = current();
    if (!to && !heard) return;
    const rows = all("#turns > li");
    const from = rangeFrom?.isConnected && rows.indexOf(rangeFrom) < rows.indexOf(to) ? rangeFrom : to;
    const cited = heard ? moment(Math.round(heard * 1000)) : target(from, to);
    stretch(null);
    if (lastIssue && box(lastIssue).checked) cite(lastIssue, cited);
    else {
      waiting = cited;
      announce(words(3));
      find("#label-panel").checkVisibility() || find("#label-panel").showPopover();
      document.getElementById("issue").focus();
    }
  }

  function stretch(from) {
    rangeFrom = from;
    const rows = all("#turns > li");
    const [a, b] = [rows.indexOf(from), rows.indexOf(current())];
    rows.forEach((row, at) => row.classList.toggle("is-in-range", Boolean(from) && at >= a && at <= b));
  }

  function place({ target_kind, target_uid, from_ms }) {
    if (target_uid) return find(`#turns > [data-kind="${CSS.escape(target_kind)}"][data-uid="${CSS.escape(target_uid)}"]`);
    return find(`#turns > [data-from="${from_ms}"]`) ?? all("#turns > [data-at]").findLast((row) => Number(row.dataset.at) <= from_ms);
  }

  function mark() {
    for (const tag of all(".cited")) tag.remove();
    for (const row of all("#turns > .is-cited")) row.classList.remove("is-cited");
    for (const input of all("#issues [name=evidence]")) {
      const cited = JSON.parse(input.value);
      const row = place(cited);
      const tag = document.createElement("span");
      const link = document.createElement("a");
      const remove = document.createElement("button");
      tag.className = "cited pill";
      const at = cited.from_ms ?? row?.dataset.at;
      link.textContent = (at === undefined ? "•" : clock(Number(at))) + (cited.until_ms && cited.target_uid ? `–${clock(cited.until_ms)}` : "");
      if (row) link.href = `#${row.id}`;
      remove.type = "button";
      remove.textContent = "×";
      remove.ariaLabel = words(2).replace("{what}", link.textContent);
      tag.append(link, remove);
      input.before(tag);
      if (!row) continue;
      const side = row.querySelector(".side") ?? row;
      const name = document.createElement("a");
      name.className = "cited pill is-bad";
      name.href = `#${input.closest("li").querySelector("label").id || "issue-picker"}`;
      name.textContent = cited.issue;
      if (![...side.querySelectorAll(".cited")].some((one) => one.textContent === cited.issue)) side.prepend(name);
      row.classList.add("is-cited");
    }
  }

  // The one button that cites goes where the pointer or the focus is.
  function follow({ target: at }) {
    // Of what is heard, the button stands at the turn that is being heard.
    const row = at.closest?.("#player") ? find("#turns > .is-now") ?? current() : at.closest?.("#turns > li[data-kind]");
    const button = document.getElementById("cite");
    if (row && button && button.parentElement !== row) row.append(button);
  }

  // The draft: saved 600 ms after the last change, one save at a time, again every 10 seconds until it is.
  let sequence = 0; // never counted anew: a form that comes back with a question keeps its key
  let timer = 0;
  let isSaving = false;
  let isDirty = false;
  let held = null; // what was typed when the sign-in ended; in memory only

  const typed = (isLeaving) => {
    const data = new URLSearchParams(new FormData(form()));
    data.delete("csrfmiddlewaretoken");
    data.set("sequence", ++sequence);
    if (isLeaving) data.set("leaving", 1);
    return data;
  };
  const say = (text) => (document.getElementById("draft-status").textContent = text);
  const fail = (text) => (say(text), announce(text));
  const send = (address, body, more) => fetch(address, { method: "PATCH", headers: headers(), body, redirect: "manual", ...more });

  function changed() {
    isDirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, 600);
  }

  async function save() {
    clearTimeout(timer);
    const from = form();
    if (isSaving || !isDirty || !from || find("#draft-conflict")) return;
    isSaving = true;
    isDirty = false;
    say(words(0));
    const isSettled = await put(from).catch(() => false);
    isSaving = false;
    if (!isSettled && form() === from) {
      isDirty = true;
      fail(words(1));
      timer = setTimeout(save, 10_000);
    } else if (isDirty) save();
  }

  // False where it has to be sent again.
  async function put(from) {
    const answer = await send(from.dataset.draft, typed(), { signal: AbortSignal.timeout(10_000) });
    if (form() !== from) return true;
    if ([401, 403].includes(answer.status) || answer.type === "opaqueredirect") {
      isDirty = true;
      if (await renew()) return false;
      document.dispatchEvent(new Event("signed-out"));
    } else if (answer.status === 409) {
      isDirty = true;
      say("");
      find("#draft-news").replaceChildren(document.createRange().createContextualFragment(await answer.text()));
      find("#draft-conflict").focus();
    } else if (answer.status === 422) fail((await answer.json()).words);
    else if (!answer.ok) return false;
    else {
      const { revision, words: saved, transcript, guide } = await answer.json();
      if (revision) from.elements.draft_revision.value = revision;
      if (saved) say(saved);
      if (guide) find("#guide-news").hidden = false;
      const stale = document.getElementById("stale");
      if (stale && transcript && String(transcript) !== from.dataset.transcript) stale.hidden = false;
    }
    return true;
  }

  // Nobody is there to be asked, and what is being sent may not arrive.
  function flush() {
    if (form() && (isDirty || isSaving) && !held) send(form().dataset.draft, typed(true), { keepalive: true }).catch(() => {});
  }

  // Signed out in the middle: sign in beside, and only the same person gets this back.
  function hold() {
    if (held || !form() || !isDirty) return;
    held = { address: form().dataset.draft, body: typed(true) };
    setTimeout(() => {
      if (!find(".signed-out")) return;
      find(".signed-out a").target = "_blank";
      find(".signed-out [data-held]").hidden = false;
    });
  }

  // Who is signed in now? Another sign-in, in another tab, has another token.
  async function renew() {
    const { activityUrl, email } = document.body.dataset;
    const answer = await fetch(activityUrl, { headers: { "X-Background": "1" }, redirect: "manual", cache: "no-store" });
    if (!answer.ok) return false;
    if ((await answer.json()).email !== email) return location.replace("/");
    const page = new DOMParser().parseFromString(await (await fetch(location.pathname)).text(), "text/html");
    document.body.setAttribute("hx-headers", page.body.getAttribute("hx-headers"));
    return true;
  }

  async function resume() {
    if (!(await renew())) return;
    const saved = await send(held.address, held.body);
    if (saved.ok) location.reload();
  }

  // A session that has just come.
  function start() {
    if (!find("#session")) return; // a transcript on its own
    shownAt = Date.now();
    activeMs = 0;
    activeSince = document.visibilityState === "visible" ? shownAt : 0;
    isDirty = isSaving = false;
    lastIssue = find("#issues > :has(.check:checked)")?.dataset.issue ?? "";
    waiting = rangeFrom = null;
    clearTimeout(timer);
    mark();
    if ("moved" in find("#session").dataset) (find("#turns > li") ?? find("#talk")).focus();
  }

  // The sheet says at which turn, unless told not to.
  function tell(category = "") {
    const sheet = document.getElementById("incident");
    sheet.querySelector("[name=category]").value = category;
    sheet.showPopover();
  }

  function pointAt() {
    const sheet = document.getElementById("incident");
    const row = current();
    const at = sheet.querySelector("[name=at_ms]");
    sheet.querySelector("[name=target_uid]").value = row?.dataset.uid ?? "";
    at.value = row?.dataset.at ?? "";
    at.checked = Boolean(row);
    at.parentElement.hidden = !row;
    const line = at.nextElementSibling;
    if (row) line.textContent = line.dataset.words.replace("{at}", clock(Number(at.value)));
  }

  // What opened a sheet may be gone by then, or be in a panel that the sheet has closed.
  let opener = document.body;

  function giveBack(sheet) {
    const { activeElement } = document;
    if (activeElement !== document.body && !sheet.contains(activeElement)) return;
    if (opener.isConnected && !opener.checkVisibility()) opener.closest("[popover]")?.showPopover();
    opener.focus();
    if (document.activeElement !== opener || opener === document.body) (current() ?? find("#talk"))?.focus();
  }

  function beat() {
    if (document.visibilityState === "visible" && document.getElementById("presence")) htmx.trigger("#presence", "beat");
  }

  function submit() {
    form().requestSubmit(document.getElementById("label-submit"));
  }

  document.addEventListener("keydown", (event) => {
    const { target: at, code, key, shiftKey, ctrlKey, metaKey, altKey, repeat } = event;
    if (at.id === "issue") return event.isComposing || steer(event);
    if (!form() || ctrlKey || metaKey || altKey || at.matches?.(TYPED) || document.body.dataset.shortcuts === "off") return;
    if (find("dialog[open], :is([role=dialog], .pop):popover-open")) return;
    const digit = shiftKey && /^(?:Digit|Numpad)([124])$/.exec(code)?.[1];
    if (digit && !repeat) {
      // A key held too long must not judge what nobody has seen.
      if (Date.now() - shownAt < 1000) announce(words(4));
      else if (document.getElementById("label-submit")?.disabled === false) {
        find(`#label [aria-keyshortcuts="${digit}"]`).click();
        announce(""); // "Saved" says it
        submit();
      }
    } else if (shiftKey && (key === "ArrowDown" || key === "ArrowUp") && current()) {
      const from = rangeFrom?.isConnected ? rangeFrom : current();
      const next = key === "ArrowDown" ? current().nextElementSibling : current().previousElementSibling;
      next?.focus();
      stretch(from);
    } else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  document.addEventListener("click", (event) => {
    const at = event.target;
    const code = at.closest("[data-choose]")?.dataset.choose;
    if (code) find(`#label [name="code"][value="${CSS.escape(code)}"]`)?.click();
    const chip = at.closest("#issue-picker button[data-issue]");
    if (chip) {
      const { issue, evidence, accepted } = chip.dataset;
      choose(issue, Boolean(accepted) || !box(issue).checked);
      if (accepted) {
        const input = Object.assign(document.createElement("input"), { type: "hidden", name: "accepted", value: accepted });
        item(issue).querySelector(".ev").append(input);
        const { issue: name, ...cited } = JSON.parse(evidence);
        cite(issue, cited);
        if (document.activeElement === chip) document.getElementById("issue").focus();
        chip.remove();
      }
    }
    const option = at.closest("#issue-list [role=option]");
    if (option) pick(option);
    const line = at.closest("#templates button");
    if (line) {
      const comment = document.getElementById("comment");
      comment.value = [comment.value.trimEnd(), line.dataset.template].filter(Boolean).join(" ");
      changed();
      comment.focus();
    }
    if (at.closest("#cite")) citeCurrent();
    const remove = at.closest("#issues .cited button");
    if (remove) {
      remove.parentElement.nextElementSibling.remove();
      mark();
      changed();
    }
    if (at.closest("[data-use]")) {
      form().elements.draft_revision.value = find("#draft-conflict").dataset.revision;
      find("#draft-conflict").remove();
      save();
    }
    if (at.closest("[data-keep]")) isDirty = false;
  });
  document.addEventListener("mousedown", (event) => event.target.closest("#issue-list") && event.preventDefault());

  document.addEventListener("input", ({ target: at }) => {
    if (at.id === "issue") offer(true);
    else if (at.form?.id === "label") changed();
  });
  document.addEventListener("change", ({ target: at }) => {
    if (at.form?.id !== "label" || at.id === "issue") return;
    if (at.name === "issues") chosen(at);
    else if (at.type === "radio" && at !== document.activeElement) announce(at.value);
    changed();
  });
  document.addEventListener("focusin", (event) => {
    const { target: at } = event;
    if (at.id === "issue") offer(true);
    const row = at.closest?.("#issues > li");
    if (row) lastIssue = row.dataset.issue;
    follow(event);
  });
  document.addEventListener("focusout", ({ target: at }) => {
    if (at.id === "issue") offer(false);
    if (at.form?.id === "label" && isDirty) save();
  });
  document.addEventListener("pointerover", follow);
  document.addEventListener("visibilitychange", () => {
    const isVisible = document.visibilityState === "visible";
    if (activeSince) activeMs += Date.now() - activeSince;
    activeSince = isVisible ? Date.now() : 0;
    if (!isVisible) flush();
    else if (held) resume();
    else beat();
  });
  addEventListener("pagehide", flush);
  addEventListener("online", save);
  document.addEventListener("beforetoggle", ({ target: at, newState }) => {
    if (newState === "open" && at.matches(".sheet")) opener = document.activeElement;
  }, true);
  document.addEventListener("toggle", ({ target: at, newState }) => {
    if (newState === "closed" && at.matches(".sheet")) giveBack(at);
    if (at.id !== "incident") return;
    if (newState === "open") pointAt();
    else at.querySelector("[name=category]").value = "";
  }, true);
  document.addEventListener("sheet-done", () => find(".sheet:popover-open")?.hidePopover());
  document.addEventListener("signed-out", hold);
  setInterval(() => form() && beat(), 120_000);

  document.addEventListener("htmx:configRequest", ({ detail: { elt, formData } }) => {
    if (elt.id === "label") formData.set("active_ms", Math.round(activeMs + (activeSince ? Date.now() - activeSince : 0)));
  });
  // What is on its way is not typed into: the answer takes the place of the form.
  let lastFocus = null;
  document.addEventListener("htmx:beforeSend", ({ detail: { elt } }) => {
    if (elt.id !== "label") return;
    clearTimeout(timer);
    lastFocus = document.activeElement;
    elt.inert = true;
  });
  document.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => {
    if (elt.id !== "label" || !elt.isConnected) return;
    elt.inert = false;
    if (!successful) lastFocus?.focus();
  });
  // The key of the form makes a second try safe.
  for (const trouble of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(trouble, ({ detail: { elt } }) => {
      if (elt.id === "label") setTimeout(() => form() === elt && elt.requestSubmit(document.getElementById("label-submit")), 10_000);
    });
  }
  document.addEventListener("htmx:afterSwap", ({ detail: { target: at } }) => {
    if (at?.id === "session") start();
    else if (at?.id === "turns") mark();
    else if (at?.id === "label-panel") {
      isDirty = false;
      mark();
    }
  });
  // On a phone BAD opens the panel, and so does a form that comes back with a question.
  document.addEventListener("htmx:afterSettle", () => {
    const panel = document.getElementById("label-panel");
    const asks = panel?.querySelector("[role=alert]");
    if (!asks || asks.checkVisibility()) return;
    panel.showPopover();
    asks.focus();
  });

  start();
}
