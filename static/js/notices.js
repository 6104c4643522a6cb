/* What became of one's work, told by the browser while a tab is open: only where the
   person allowed it by a press. Nothing here builds HTML. */

const EVERY = 30000;
const bell = document.querySelector("[data-bell]");
const canTell = "Notification" in window;
const KEY = "told-notices"; // of all tabs: id → number of events

const remembered = () => {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
};

/* One message of a kind: a later one with more events takes its place. */
const tell = ({ id, number, text }) => {
  const message = new Notification("wjportal", { body: text, tag: `notice-${id}` });
  message.addEventListener("click", () => {
    window.focus();
    location.href = bell.href;
  });
  return [id, number];
};

const ask = async () => {
  const answer = await fetch(`${bell.href}new/`, { cache: "no-store" });
  if (!answer.ok || answer.redirected) return;
  const { unread, notices } = await answer.json();
  const count = bell.querySelector(".nav-count");
  if (count) {
    count.textContent = unread;
    count.hidden = !unread;
  }
  const known = remembered();
  const fresh = notices.filter(({ id, number }) => known[id] !== number);
  localStorage.setItem(
    KEY,
    JSON.stringify(Object.fromEntries(notices.map(({ id, number }) => [id, number]))),
  );
  fresh.forEach(tell);
};

const isAllowed = () => canTell && Notification.permission === "granted";
const tick = () => {
  if (isAllowed()) ask().catch(() => {}); // the next tick asks again
};
if (bell) setInterval(tick, EVERY);

const section = document.querySelector("[data-browser-notices]");
const show = () => {
  const permission = Notification.permission;
  section.hidden = false;
  section.querySelector("[data-allow]").hidden = permission !== "default";
  section.querySelector("[data-allowed]").hidden = permission !== "granted";
  section.querySelector("[data-denied]").hidden = permission !== "denied";
};
if (section && canTell) {
  section.querySelector("[data-allow]").addEventListener("click", async () => {
    await Notification.requestPermission();
    show();
  });
  show();
}
