/* Tells the portal for how long nobody touched this page, with whatever the page asks:
   a page that only asks for news does not keep its session alive. */
(() => {
  "use strict";

  let touched = performance.now();
  const touch = () => {
    touched = performance.now();
  };
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel"]) {
    addEventListener(name, touch, { capture: true, passive: true });
  }

  document.addEventListener("htmx:configRequest", (event) => {
    const idle = Math.floor((performance.now() - touched) / 1000);
    event.detail.headers["X-Idle-Seconds"] = String(idle);
  });
})();
