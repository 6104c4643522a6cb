/* What becomes of requests that fail: told in words that fit, and repeated where only
   the session stood in between. Nothing that was typed is lost by any of them. */

import { forgetAll } from "./drafts.js";
import * as session from "./session.js";
import * as trouble from "./trouble.js";

/* Nobody waits for them, and they ask again by themselves. */
const QUIET = new Set(["poller", "session-life"]);

/* --- htmx */

const repeated = new WeakSet();

const about = ({ elt, requestConfig, pathInfo }) => ({
  verb: requestConfig.verb,
  path: pathInfo.requestPath.split("?")[0],
  isQuiet: QUIET.has(elt.id),
});

const fail = (kind, detail) => {
  if (detail.elt.matches("[type=file]")) detail.elt.value = ""; // the same file is a change
  trouble.show(kind, about(detail));
};

const pressAgain = ({ elt, requestConfig: { triggeringEvent } }) => {
  if (QUIET.has(elt.id) || !elt.isConnected) return;
  if (elt.matches("form")) {
    const { submitter } = triggeringEvent ?? {};
    return elt.requestSubmit(submitter?.form === elt ? submitter : null);
  }
  const target = triggeringEvent?.target?.isConnected ? triggeringEvent.target : elt;
  target.dispatchEvent(new Event(triggeringEvent?.type ?? "load", { bubbles: true }));
};

const goOn = async (detail) => {
  if (repeated.delete(detail.elt)) return fail("403", detail);
  try {
    if (!(await session.recover(about(detail)))) return;
  } catch (error) {
    return session.tell(error, about(detail));
  }
  repeated.add(detail.elt);
  pressAgain(detail);
};

/* Led elsewhere: to sign in, or to a page that is not a part of this one. */
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, pathInfo } = event.detail;
  const asked = new URL(pathInfo.requestPath, location.href).pathname;
  if (!xhr.responseURL || new URL(xhr.responseURL).pathname === asked) return;
  event.detail.shouldSwap = false;
  if (session.isSignIn(xhr.responseURL)) goOn(event.detail);
  else location.reload();
});

document.addEventListener("htmx:responseError", ({ detail }) => {
  const { status } = detail.xhr;
  if (status === 401 || status === 403) goOn(detail);
  else fail(trouble.kindOfStatus(status), detail);
});
document.addEventListener("htmx:sendError", ({ detail }) =>
  fail(trouble.kindOfError({}), detail),
);
document.addEventListener("htmx:timeout", ({ detail }) => fail("timeout", detail));
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const { xhr, pathInfo, successful, elt } = detail;
  if (!successful || session.isSignIn(xhr.responseURL || pathInfo.requestPath)) return;
  repeated.delete(elt);
  trouble.settle(about(detail));
});

/* --- Forms without htmx: asked about first, for the answer replaces the page. */

const SENT = 5000; // by then it has left, or never will
const checked = new WeakSet();
const busy = new WeakSet();

const check = async (form, submitter) => {
  busy.add(form);
  try {
    if (form.matches("[data-sign-out]") && !(await session.ask()).person) {
      forgetAll();
      return location.reload();
    }
    if (!(await session.recover())) return busy.delete(form);
    checked.add(form);
    form.requestSubmit(submitter?.form === form ? submitter : null);
    if (checked.delete(form)) busy.delete(form); // a field is missing by now
    else setTimeout(() => busy.delete(form), SENT);
  } catch (error) {
    busy.delete(form);
    session.tell(error);
  }
};

document.addEventListener(
  "submit",
  (event) => {
    const { target: form, submitter } = event;
    const method = submitter?.getAttribute("formmethod") ?? form.getAttribute("method");
    if (!session.isOnPage || method !== "post") return;
    session.renew(form);
    if (form.hasAttribute("hx-post") || form.closest("dialog") || checked.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!busy.has(form)) check(form, submitter);
  },
  true,
);

/* --- The banner's own buttons */

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-close-trouble]")) trouble.clear();
  if (target.closest("[data-sign-in-again]")) {
    session
      .recover()
      .then((isBack) => isBack && trouble.clear())
      .catch(session.tell);
  }
});
