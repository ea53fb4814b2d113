// Plays the moments of a page one after another, each from a little before it to a little after.
const get = (id) => document.getElementById(id);
const box = get("heard");
const sound = get("sound");
const items = [...document.querySelectorAll("#moments > [data-ask]")];
const LEAD = 3;
const LONGEST = 20;
const TRIES = 5;
const PAUSE = 2500;

let current;
let until = 0;
let goesOn = false;
let isHeard = false;
let turn = 0;

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function say(words) {
  get("hear-status").textContent = words;
}

async function ask(item) {
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), Accept: "application/json", "X-Background": 1 };
  try {
    const answer = await fetch(item.dataset.ask, { headers });
    if (answer.status === 401) document.dispatchEvent(new Event("signed-out"));
    return answer.ok ? await answer.json() : { state: "failed", parts: [] };
  } catch {
    return { state: "failed", parts: [] };
  }
}

function mark(item) {
  current?.classList.remove("is-now");
  current?.removeAttribute("aria-current");
  current = item;
  item?.classList.add("is-now");
  item?.setAttribute("aria-current", "true");
  item?.scrollIntoView({ block: "nearest" });
}

// Whoever asks for another one meanwhile takes the turn.
async function hear(item) {
  const mine = ++turn;
  isHeard = false;
  sound.pause();
  mark(item);
  say("");
  let told = await ask(item);
  for (let tries = 1; told.state === "pending" && tries < TRIES && mine === turn; tries++) {
    say(box.dataset.wait);
    await wait(PAUSE);
    if (mine === turn) told = await ask(item);
  }
  if (mine !== turn) return;
  const at = item.dataset.at / 1000;
  const held = told.parts.filter((one) => one.address);
  const part = held.findLast((one) => one.from <= at) ?? held[0];
  if (!part) {
    say(box.dataset.none);
    await wait(PAUSE / 2);
    if (mine !== turn) return;
    isHeard = true;
    return over();
  }
  const start = Math.max(at - part.from - LEAD, 0);
  until = Math.min(item.dataset.until ? item.dataset.until / 1000 - part.from + 1 : Infinity, at - part.from + LONGEST);
  say(box.dataset.playing.replace("{place}", items.indexOf(item) + 1).replace("{n}", items.length));
  isHeard = true;
  sound.src = part.address;
  sound.currentTime = start;
  sound.play().catch(() => {});
}

function step(by) {
  const next = items[Math.max(items.indexOf(current) + by, 0)];
  if (next) hear(next);
  else stop(box.dataset.end);
}

function stop(words = "") {
  turn++;
  goesOn = isHeard = false;
  sound.pause();
  show();
  say(words);
}

function show() {
  const all = get("hear-all");
  all.lastElementChild.textContent = goesOn ? all.dataset.stop : all.dataset.play;
}

// Once for each moment: a sound that ends says so after the time that it ends at.
function over() {
  if (!isHeard) return;
  isHeard = false;
  if (goesOn) step(1);
  else stop();
}

if (box) {
  box.hidden = false;
  for (const item of items) item.querySelector("[data-hear]").hidden = false;
  sound.addEventListener("timeupdate", () => sound.currentTime >= until && over());
  sound.addEventListener("ended", over);
  sound.addEventListener("error", over);
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-hear]");
    if (button) hear(button.closest("[data-ask]"));
    else if (target.closest("#hear-all")) {
      if (goesOn) return stop();
      goesOn = true;
      show();
      hear(current && current !== items.at(-1) ? current : items[0]);
    } else if (target.closest("#hear-next")) step(1);
    else if (target.closest("#hear-previous")) step(-1);
  });
}
