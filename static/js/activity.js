// Idle sign-out. The server keeps the time, because tabs share the sign-in: this file reports use and asks before it ends.

const { idleSeconds, absoluteSeconds, signedInFor, email, activityUrl } = document.body.dataset;
const REPORT_EVERY = 60_000;
const BACKGROUND = { "X-Background": "1" };
const endsAt = Date.now() + (absoluteSeconds - signedInFor) * 1000;
let deadline = 0;
let timer = 0;
let reportTimer = 0;
let reportedAt = Date.now(); // loading the page was the first report
let isOver = false;

function wait(seconds) {
  deadline = Math.min(Date.now() + seconds * 1000, endsAt);
  clearTimeout(timer);
  timer = setTimeout(ask, Math.max(deadline - Date.now(), 0) + 500);
}

// True while signed in, false when not, null when nobody can tell.
async function request(method, headers) {
  try {
    const answer = await fetch(activityUrl, { method, headers, redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(10_000) });
    if (answer.status === 401 || answer.type === "opaqueredirect") return false;
    if (!answer.ok) return null;
    const left = answer.status === 204 ? {} : await answer.json();
    // Someone else signed in with this browser: the page is not theirs to read.
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

function touch() {
  if (isOver || reportTimer) return;
  reportTimer = setTimeout(report, Math.max(reportedAt + REPORT_EVERY - Date.now(), 0));
}

// What was on the page is removed, not covered: the next person at this computer must not find it.
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

// A page kept for Back is kept blank, and shown again only when the sign-in still holds.
addEventListener("pagehide", () => (document.body.hidden = true));
addEventListener("pageshow", async ({ persisted }) => {
  const isIn = !persisted || isOver || (await request("GET", BACKGROUND));
  if (isIn === false || (isIn === null && Date.now() >= deadline)) end();
  else document.body.hidden = false;
});

wait(idleSeconds);
