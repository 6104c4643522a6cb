/* Review: the lease that is kept while somebody is at it and given back when they leave;
   and the next item, which is loaded ahead, so that it is there when the key for this one
   is pressed. Everything here is also a button, and works as a plain form. */

import * as countdown from "./countdown.js";
import * as drafts from "./drafts.js";
import { showSwitch } from "./review_keys.js";
import * as session from "./session.js";
import * as trouble from "./trouble.js";

const HEARTBEAT = 60000;
const SEEN = 300; // an item takes no decision before it was seen this long
const PAINTED = 5000; // the longest that a picture is waited for
const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/* --- No decision on what was not seen yet */

let showing = 0;

const shown = async () => {
  const number = ++showing;
  delete root.dataset.decidable;
  const pictures = [...document.querySelectorAll("#frame img, .sheet-form img")];
  const painted = Promise.allSettled(pictures.map((picture) => picture.decode()));
  await Promise.race([painted, wait(PAINTED)]);
  await wait(SEEN);
  if (number === showing) root.dataset.decidable = "";
};

window.addEventListener(
  "submit",
  (event) => {
    if (!event.target.matches("[data-moves-on], #release, .sheet-form")) return;
    if (root.dataset.decidable !== undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

/* --- The lease */

const leases = byId("review-leases");
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
let ahead = null; // the next item, leased and ready
let sending = null; // the promise of a decision that is on its way
let isSending = false;
let isSubmitting = false; // what is left of a sheet is shown on the next page
let isAtIt = true; // whether anything was typed or moved since the last heartbeat

const held = () => [...document.querySelectorAll("[data-review]")];
const items = () => (ahead?.dataset.review ? [...held(), ahead] : held());
const keys = () => items().map((item) => item.dataset.review);
const form = (of = items()) => {
  const sent = new FormData();
  sent.append("csrfmiddlewaretoken", token());
  of.forEach(({ dataset }) => {
    sent.append("shown", dataset.review);
    sent.append("until", `${dataset.review}:${dataset.until}`);
  });
  return sent;
};

const countDown = () => {
  countdown.note(document);
  const left = Math.min(...held().map(countdown.left));
  const lease = document.querySelector("[data-lease]");
  if (lease) {
    lease.hidden = !Number.isFinite(left);
    lease.querySelector("[data-countdown]").textContent = countdown.clock(left);
    lease.classList.toggle("running-out", left < 60);
  }
  document.querySelectorAll("[data-undoes]").forEach((undo) => {
    const seconds = Math.ceil(countdown.left(undo));
    undo.querySelector("[data-seconds]").textContent = seconds;
    if (seconds <= 0) undo.remove();
  });
};

/* The answer, after a new sign-in where one was needed; null: that was told. */
const post = async (address, sent) => {
  for (const isLast of [false, true]) {
    session.renewSent(sent);
    const answer = await fetch(address, {
      method: "POST",
      body: sent,
      headers: { "HX-Request": "true" },
      signal: session.within(),
    });
    const isOut = answer.redirected && session.isSignIn(answer.url);
    if (!isOut && ![401, 403].includes(answer.status)) return answer;
    if (isLast) trouble.show("403");
    else if (!(await session.recover())) return null;
  }
  return null;
};

const beat = async () => {
  if (!isAtIt || document.hidden || !keys().length) return;
  isAtIt = false;
  const path = leases.dataset.heartbeat;
  try {
    const answer = await post(path, form());
    const { until, seconds } = answer?.ok ? await answer.json() : {};
    trouble.settle({ verb: "post", path, isQuiet: true });
    if (!until) return;
    items().forEach((item) => {
      item.dataset.until = until;
      countdown.renew(item, seconds);
    });
  } catch (error) {
    session.tell(error, { path, isQuiet: true });
  }
};

const giveBack = (of) => {
  if (of.length) navigator.sendBeacon(leases.dataset.leave, form(of));
};

/* --- The next item */

const parse = (text) => new DOMParser().parseFromString(text, "text/html");

let loading = null; // the promise of the next item, while it is on its way

const loadAhead = () => {
  if (loading || ahead || !leases?.dataset.next || !byId("review")?.dataset.review) return;
  loading = fetchAhead()
    .catch(() => {}) // without it the next item comes with the answer
    .finally(() => (loading = null));
};

const fetchAhead = async () => {
  const asked = new URL(leases.dataset.next, location.href);
  keys().forEach((key) => asked.searchParams.append("shown", key));
  const request = { headers: { "HX-Request": "true" }, signal: session.within() };
  const answer = await fetch(asked, request);
  if (answer.status !== 200) return;
  const item = parse(await answer.text()).getElementById("review");
  if (!item?.dataset.review || keys().includes(item.dataset.review)) return;
  countdown.note(item);
  const cover = item.querySelector("img.covered");
  if (cover) await Object.assign(new Image(), { src: cover.src }).decode().catch(() => {});
  if (ahead) return giveBack([item]); // an undo put back what was before the eyes
  ahead = item;
  root.dataset.ahead = "";
};

const bring = (item) => {
  byId("review").replaceWith(item);
  htmx.process(item);
  drafts.restore(item);
  history.replaceState(null, "", item.dataset.url);
  item.querySelector("[data-key=a]")?.focus({ preventScroll: true });
  window.scrollTo(0, 0);
  showSwitch();
  countDown();
  shown();
};

const takeAhead = () => {
  const item = document.adoptNode(ahead);
  ahead = null;
  delete root.dataset.ahead;
  bring(item);
};

/* What was done is sent while the next item is looked at; where it could not be done
   the item comes back, with what was typed. */
const sendAndGoOn = async (sent, former) => {
  takeAhead();
  const about = { verb: "post", path: former.action };
  let refused = null;
  try {
    const answer = await post(former.action, sent);
    const page = parse(answer ? await answer.text() : "");
    const strip = answer?.status === 200 && page.getElementById("strip");
    if (strip) {
      trouble.settle(about);
      byId("strip").replaceWith(document.adoptNode(strip));
      htmx.process(byId("strip"));
      countDown();
      return loadAhead();
    }
    refused = [409, 422].includes(answer?.status) && page.getElementById("review");
    // A page of 200 that is none of ours: of a gateway in between.
    const { status } = answer ?? {};
    if (refused) trouble.settle(about);
    else if (answer) trouble.show(status === 200 ? "502" : trouble.kindOfStatus(status), about);
  } catch (error) {
    session.tell(error, about);
  }
  ahead = byId("review");
  root.dataset.ahead = "";
  return bring(document.adoptNode(refused || former.item));
};

document.addEventListener(
  "submit",
  (event) => {
    const moves = event.target.closest("form[data-moves-on]");
    if (event.target.closest("form[data-undo]") && byId("review")?.dataset.review) {
      if (ahead) giveBack([ahead]);
      ahead = byId("review").cloneNode(true);
      root.dataset.ahead = "";
    }
    if (!moves || !(ahead || loading || sending)) return;
    event.preventDefault();
    event.stopPropagation();
    send(moves, event.submitter);
  },
  true,
);

const send = async (moves, submitter) => {
  if (isSending) return; // a second key while the first one waits for the next item
  isSending = true;
  const sent = new FormData(moves, submitter);
  await sending;
  await loading;
  isSending = false;
  if (!ahead) return moves.requestSubmit(submitter); // it was the last one
  sent.append("ahead", "1");
  keys().forEach((key) => sent.append("shown", key));
  const action = moves.getAttribute("action"); // a button is named so, too
  sending = sendAndGoOn(sent, { action, item: byId("review") }).finally(() => (sending = null));
};

if (leases) {
  ["keydown", "pointerdown", "pointermove", "scroll"].forEach((name) =>
    document.addEventListener(name, () => (isAtIt = true), { passive: true }),
  );
  setInterval(beat, HEARTBEAT);
  document.addEventListener("submit", (event) => {
    isSubmitting = !event.defaultPrevented;
  });
  window.addEventListener("pagehide", () => isSubmitting || giveBack(items()));
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); // what it shows was given back
  });
  loadAhead();
}
setInterval(countDown, 1000);
countDown();
shown();
document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.matches?.("#review, #frame")) shown();
});
document.addEventListener("htmx:afterSettle", () => {
  showSwitch();
  countDown();
  loadAhead();
});
