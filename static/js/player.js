// The recording under its tape. Times are seconds of the session, not of a file.

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

function move(at) {
  const slider = get("position");
  const { one, many, of } = slider.dataset;
  slider.value = at;
  position = +slider.value;
  const m = Math.trunc(position / 60);
  const s = Math.trunc(position % 60);
  get("now").textContent = `${m}:${`0${s}`.slice(-2)}`;
  slider.ariaValueText = `${m} ${m === 1 ? one : many} ${s} ${of}`;
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
