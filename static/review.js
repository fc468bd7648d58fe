// The review page by keyboard, by physical key, so that it works on any layout; off until switched on.
(() => {
  const list = document.getElementById("review-list");
  if (!list) return;
  const boxes = [...list.querySelectorAll("input[name=event]")];
  const ticked = document.getElementById("ticked");
  const count = () => {
    const n = boxes.filter((box) => box.checked).length;
    ticked.textContent = n ? `(${n})` : "";
  };
  list.addEventListener("change", count);

  const all = document.getElementById("tick-all");
  all.hidden = false;
  all.addEventListener("click", () => {
    const open = boxes.filter((box) => !box.disabled);
    const wanted = open.some((box) => !box.checked);
    for (const box of open) box.checked = wanted;
    count();
  });

  const keys = document.getElementById("keys-on");
  document.getElementById("keys").hidden = false;
  keys.checked = localStorage.getItem("review-keys") !== "off";
  keys.addEventListener("change", () => localStorage.setItem("review-keys", keys.checked ? "on" : "off"));

  const go = (step) => {
    const links = [...list.querySelectorAll("tbody a")];
    const here = links.findIndex((link) => link.getAttribute("aria-current"));
    const next = links[here + step];
    if (next) location.assign(next.href);
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (!keys.checked || typing || event.ctrlKey || event.altKey || event.metaKey) return;
    const act = {
      ArrowDown: () => go(1), KeyJ: () => go(1), ArrowUp: () => go(-1), KeyK: () => go(-1),
      KeyG: () => document.querySelector("[data-accept]")?.click(),
      KeyD: () => document.getElementById("comment")?.focus(),
      KeyX: () => { const box = list.querySelector("tr.selected input[name=event]:not(:disabled)"); if (box) { box.checked = !box.checked; count(); } },
    }[event.code];
    if (act) { event.preventDefault(); act(); }
  });
})();
