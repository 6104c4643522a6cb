/* Who is signed in. A session that ended is begun again over the page, and what was
   pressed goes on; but never as somebody else. */

import * as trouble from "./trouble.js";

const { person, signedIn, signIn } = document.body.dataset;
const LIMIT = 15000;
let token = ""; // once the page's own is no longer valid
let recovering = null;
let isDeclined = false; // the dialog was closed: only a press opens it again

export const isOnPage = Boolean(person);
export const within = () => AbortSignal.timeout(LIMIT);
export const isSignIn = (address) => new URL(address, location.href).pathname === signIn;

/* A form that was taken out of the page meanwhile has the old one. */
export const renew = (form) => {
  const field = form.querySelector("[name=csrfmiddlewaretoken]");
  if (token && field) field.value = token;
};

export const renewSent = (sent) => {
  if (token) sent.set("csrfmiddlewaretoken", token);
};

const take = (found) => {
  token = found.csrf;
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  document.querySelectorAll("form").forEach(renew);
};

class Failed extends Error {
  constructor(status) {
    super(`answered ${status}`);
    this.status = status;
  }
}

export const ask = async () => {
  const answer = await fetch(signedIn, { cache: "no-store", signal: within() });
  if (!answer.ok || answer.redirected) throw new Failed(answer.status);
  return answer.json();
};

export const tell = (error, about) =>
  trouble.show(
    error.status ? trouble.kindOfStatus(error.status) : trouble.kindOfError(error),
    about,
  );

/* --- The dialog */

const dialog = () => {
  const found = document.getElementById("sign-in");
  if (found) return found;
  const { content } = document.getElementById("sign-in-again");
  document.body.append(document.importNode(content, true));
  return document.getElementById("sign-in");
};

const send = async (form) => {
  const sent = new FormData(form);
  sent.set("csrfmiddlewaretoken", (await ask()).csrf);
  const request = { method: "POST", body: sent, redirect: "manual", signal: within() };
  return (await fetch(signIn, request)).status;
};

const say = (box, kind) =>
  box.querySelectorAll("[data-refused]").forEach((sentence) => {
    sentence.hidden = sentence.dataset.refused !== kind;
  });

const submitted = async (box, form) => {
  const button = form.querySelector("button");
  button.disabled = true;
  say(box, "");
  try {
    const status = await send(form);
    const found = await ask();
    if (found.person) return box.close(String(found.person));
    form.elements.password.value = "";
    const isPaused = [403, 429].includes(status);
    say(box, isPaused ? "paused" : status >= 500 ? "none" : "password");
  } catch {
    say(box, "none");
  } finally {
    button.disabled = false;
  }
  form.elements.password.focus();
};

/* Another tab may have done it. */
const elsewhere = async (box) => {
  const found = await ask().catch(() => ({}));
  if (found.person && box.open) box.close(String(found.person));
};

const signInAgain = () => {
  const box = dialog();
  const form = box.querySelector("form");
  form.onsubmit = (event) => {
    event.preventDefault();
    submitted(box, form);
  };
  form.querySelector("[data-close]").onclick = () => box.close("");
  const look = () => elsewhere(box);
  window.addEventListener("focus", look);
  box.returnValue = "";
  box.showModal();
  return new Promise((resolve) => {
    box.onclose = () => {
      window.removeEventListener("focus", look);
      box.remove(); // with the password
      resolve(box.returnValue);
    };
  });
};

/* --- What others ask for */

const attempt = async (isQuiet) => {
  let found = await ask();
  if (!found.person && isQuiet && isDeclined) return false; // told already
  if (!found.person && (await signInAgain())) found = await ask();
  isDeclined = !found.person;
  if (String(found.person ?? "") === person) {
    take(found);
    return true;
  }
  trouble.show(found.person ? "somebody-else" : "signed-out");
  return false;
};

/* Whether requests are this person's, with a valid token. Throws where nobody answers.
   ``isQuiet``: nobody made the request on purpose; a press asks again after it. */
export const recover = async ({ isQuiet = false } = {}) => {
  const before = recovering;
  if (!before) {
    const promise = attempt(isQuiet).finally(() => (recovering = null));
    recovering = { isQuiet, promise };
    return promise;
  }
  const isBack = await before.promise;
  return isBack || isQuiet || !before.isQuiet ? isBack : recover();
};

export const isRecovering = () => Boolean(recovering);
