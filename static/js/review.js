/* Review: the numbered reasons and the switch that turns all keys off; the lease that is
   kept while somebody is at it and given back when they leave; and the next item, which is
   loaded ahead, so that it is there when the key for this one is pressed. Everything here
   is also a button, and works as a plain form. */
(() => {
  "use strict";

  const OFF = "review-keys-off";
  const HEARTBEAT = 60000;
  const isOff = () => localStorage.getItem(OFF) === "1";
  const isTyping = (element) =>
    element.closest?.("input:not([type=radio], [type=checkbox]), textarea, select");
  const hasModifier = (event) => event.ctrlKey || event.metaKey || event.altKey;
  const byId = (id) => document.getElementById(id);

  /* --- Keys */

  const showSwitch = () => {
    const box = byId("keys-off");
    if (box) box.checked = isOff();
    document.documentElement.classList.toggle("keys-off", isOff());
  };

  /* Before app.js hears of it. */
  window.addEventListener(
    "keydown",
    (event) => {
      if (hasModifier(event) || isTyping(event.target)) return;
      const key = CSS.escape(event.key);
      if (isOff()) {
        if (document.querySelector(`[data-key="${key}"]`)) event.stopPropagation();
        return;
      }
      const reason = document.querySelector(`details[open] [data-digit="${key}"]`);
      if (reason) {
        event.preventDefault();
        reason.click();
      }
    },
    true,
  );

  /* What is opened to be written in is written in at once, before any other key is
     pressed; Esc closes it. */
  document.addEventListener("click", (event) => {
    const doubt = event.target.closest(".pass-on:not([open]) > summary")?.parentElement;
    if (!doubt) return;
    event.preventDefault();
    doubt.open = true;
    doubt.querySelector("textarea").focus();
  });

  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.querySelector("details.reject[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  document.addEventListener("change", (event) => {
    if (event.target.id !== "keys-off") return;
    localStorage.setItem(OFF, event.target.checked ? "1" : "0");
    showSwitch();
  });

  /* --- The lease */

  const leases = byId("review-leases");
  const token = () => {
    const field = document.querySelector("[name=csrfmiddlewaretoken]");
    return field ? field.value : "";
  };
  let ahead = null; // the next item, leased and ready
  let sending = null; // the promise of a decision that is on its way
  let isSending = false;
  let isSubmitting = false; // what is left of a sheet is shown on the next page
  let isAtIt = true; // whether anything was typed or moved since the last heartbeat

  const held = () => [...document.querySelectorAll("[data-review]")];
  const items = () => (ahead?.dataset.review ? [...held(), ahead] : held());
  const shown = () => items().map((item) => item.dataset.review);
  const form = (of = items()) => {
    const sent = new FormData();
    sent.append("csrfmiddlewaretoken", token());
    of.forEach(({ dataset }) => {
      sent.append("shown", dataset.review);
      sent.append("until", `${dataset.review}:${Math.floor(dataset.until)}`);
    });
    return sent;
  };

  const countDown = () => {
    const until = Math.min(...held().map((item) => Number(item.dataset.until)));
    const lease = document.querySelector("[data-lease]");
    if (lease) {
      lease.hidden = !Number.isFinite(until);
      const left = Math.max(Math.round(until - Date.now() / 1000), 0);
      const seconds = String(left % 60).padStart(2, "0");
      const text = `${Math.floor(left / 60)}:${seconds}`;
      lease.querySelector("[data-countdown]").textContent = text;
      lease.classList.toggle("running-out", left < 60);
    }
    document.querySelectorAll("[data-expires]").forEach((undo) => {
      const left = Math.ceil(undo.dataset.expires - Date.now() / 1000);
      undo.querySelector("[data-seconds]").textContent = left;
      if (left <= 0) undo.remove();
    });
  };

  const beat = async () => {
    if (!isAtIt || document.hidden || !shown().length) return;
    isAtIt = false;
    const answer = await fetch(leases.dataset.heartbeat, { method: "POST", body: form() });
    const { until } = answer.ok ? await answer.json() : {};
    if (until) items().forEach((item) => (item.dataset.until = until / 1000));
  };

  const giveBack = (of) => {
    if (of.length) navigator.sendBeacon(leases.dataset.leave, form(of));
  };

  /* --- The next item */

  const parse = (text) =>
    new DOMParser().parseFromString(text, "text/html").getElementById("review");

  let loading = null; // the promise of the next item, while it is on its way

  const loadAhead = () => {
    if (loading || ahead || !leases?.dataset.next || !byId("review")?.dataset.review) return;
    loading = fetchAhead().finally(() => (loading = null));
  };

  const fetchAhead = async () => {
    const asked = new URL(leases.dataset.next, location.href);
    shown().forEach((key) => asked.searchParams.append("shown", key));
    const answer = await fetch(asked, { headers: { "HX-Request": "true" } });
    if (answer.status !== 200) return;
    const item = parse(await answer.text());
    if (!item?.dataset.review || shown().includes(item.dataset.review)) return;
    const cover = item.querySelector("img.covered");
    if (cover) await Object.assign(new Image(), { src: cover.src }).decode().catch(() => {});
    if (ahead) return giveBack([item]); // an undo put back what was before the eyes
    ahead = item;
    document.documentElement.dataset.ahead = "";
  };

  const bring = (item) => {
    byId("review").replaceWith(item);
    htmx.process(item);
    history.replaceState(null, "", item.dataset.url);
    item.querySelector("[data-key=a]")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    showSwitch();
    countDown();
  };

  const takeAhead = () => {
    const item = document.adoptNode(ahead);
    ahead = null;
    delete document.documentElement.dataset.ahead;
    bring(item);
  };

  /* What was done is sent while the next item is looked at; where it could not be done
     the item comes back, with what was typed. */
  const sendAndGoOn = async (sent, former) => {
    takeAhead();
    let status = 0;
    let text = "";
    try {
      const answer = await fetch(former.action, {
        method: "POST",
        body: sent,
        headers: { "HX-Request": "true" },
      });
      text = await answer.text();
      status = answer.status;
    } catch {
      // said below
    }
    const answered = new DOMParser().parseFromString(text, "text/html");
    const strip = status === 200 && answered.getElementById("strip");
    const refused = [409, 422].includes(status) && answered.getElementById("review");
    // No answer, or one that is none: of a gateway in between, or to sign in again.
    byId("no-answer")?.toggleAttribute("hidden", Boolean(strip || refused));
    if (strip) {
      byId("strip").replaceWith(document.adoptNode(strip));
      htmx.process(byId("strip"));
      countDown();
      return loadAhead();
    }
    ahead = byId("review");
    return bring(document.adoptNode(refused || former.item));
  };

  document.addEventListener(
    "submit",
    (event) => {
      const moves = event.target.closest("form[data-moves-on]");
      if (event.target.closest("form[data-undo]") && byId("review")?.dataset.review) {
        if (ahead) giveBack([ahead]);
        ahead = byId("review").cloneNode(true);
        document.documentElement.dataset.ahead = "";
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
    shown().forEach((key) => sent.append("shown", key));
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
  document.addEventListener("htmx:afterSettle", () => {
    showSwitch();
    countDown();
    loadAhead();
  });
  showSwitch();
})();
