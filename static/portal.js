/* Small improvements over pages that work without them: nothing here is needed to write anything. */

(() => {
  "use strict";

  const GUARD_MS = 10_000;
  const MENUS = "details.menu, details.account";

  // 1. A form that was sent cannot be sent again by a second click. The buttons are switched off after
  //    the browser has gathered the form's data, so that the pressed button's own value is sent.
  const waiting = new Map();

  function release(button) {
    clearTimeout(waiting.get(button));
    waiting.delete(button);
    button.disabled = false;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.hasAttribute("data-repeatable")) return;
    // The idle button, which Enter presses where nothing may be sent.
    if (event.submitter?.formMethod === "dialog") return;
    const buttons = [...form.elements].filter(
      (element) => (element.type === "submit" || element.type === "image") && !element.disabled,
    );
    setTimeout(() => {
      for (const button of buttons) {
        button.disabled = true;
        waiting.set(button, setTimeout(release, GUARD_MS, button));
      }
    });
  });

  // Whoever signs out leaves nothing typed behind.
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action")?.endsWith("/logout/")) sessionStorage.clear();
  });

  // Back shows the page as it was left: with its buttons off.
  window.addEventListener("pageshow", () => [...waiting.keys()].forEach(release));

  // 2. Menus close on a click elsewhere and on Escape, which also gives the focus back.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(MENUS)) {
      if (menu.open && !menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll(MENUS)) {
      if (!menu.open) continue;
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // 3. A filter applies itself when one of its lists is changed.
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (event.target.tagName !== "SELECT" || !form || !form.matches("form[data-autosubmit]")) return;
    if (form.requestSubmit) form.requestSubmit();
    else form.submit();
  });
})();
