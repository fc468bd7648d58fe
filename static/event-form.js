// The event form: shows the grades and numbers of the chosen format, adds up participants, sets the day,
// and keeps what is typed in this tab until it is saved, so that an ended session loses nothing.
(() => {
  // What was sent and saved is forgotten: the event's own page, which the saving leads to, names the form.
  const PREFIX = "event-form:";
  const saved = document.querySelector("[data-saved-form]")?.dataset.savedForm;
  for (const key of saved ? Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX)) : []) {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(key)); } catch { /* not ours */ }
    if (kept?.sent && kept.values.some(([name, value]) => name === "token" && value === saved)) sessionStorage.removeItem(key);
  }

  const form = document.getElementById("event-form");
  if (!form) return;

  const grades = [...form.querySelectorAll("[data-grade]")];
  const numbers = [...form.querySelectorAll("[data-format]")];
  const total = document.getElementById("participants-total");

  const showFields = () => {
    const chosen = form.querySelector("input[name=format]:checked");
    if (!chosen) return;
    const from = Number(chosen.dataset.from), to = Number(chosen.dataset.to);
    for (const box of grades) {
      const grade = Number(box.dataset.grade);
      const input = box.querySelector("input");
      box.hidden = (grade < from || grade > to) && !input.value && !input.classList.contains("is-invalid");
    }
    for (const box of numbers) box.hidden = box.dataset.format !== chosen.value;
  };

  const addUp = () => {
    const sum = grades
      .map((box) => Number(box.querySelector("input").value.replace(/\s/g, "")))
      .filter((count) => Number.isFinite(count))
      .reduce((left, right) => left + right, 0);
    total.textContent = sum ? `${form.dataset.total} ${sum.toLocaleString("ru-RU")}` : "";
  };

  for (const button of form.querySelectorAll("[data-day]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      form.elements.starts_on.value = button.dataset.day;
      keep();
    });
  }

  // Kept per person and address, in this tab alone; the server's own answer to a POST always wins.
  const key = `${PREFIX}${form.dataset.user}:${location.pathname}${location.search}`;
  const keep = (sent = false) => {
    const values = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
    try { sessionStorage.setItem(key, JSON.stringify({ sent, values })); } catch { /* storage may be off */ }
  };
  const restore = () => {
    const kept = sessionStorage.getItem(key);
    if (!kept || form.querySelector(".is-invalid") || document.querySelector(".notice[role=alert]")) return;
    document.getElementById("restored").hidden = false;
    for (const [name, value] of JSON.parse(kept).values) {
      const field = form.elements[name];
      if (!field || ["school", "campaign"].includes(name)) continue;
      if (field instanceof RadioNodeList) field.value = value;
      else if (field.type === "radio") field.checked = field.value === value;
      else field.value = value;
      if (value && field.closest && field.type !== "hidden") for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    }
  };
  try { restore(); } catch { sessionStorage.removeItem(key); }
  document.getElementById("forget-restored").addEventListener("click", () => {
    sessionStorage.removeItem(key);
    location.reload();
  });

  form.addEventListener("input", () => { showFields(); addUp(); keep(); });
  form.addEventListener("submit", (event) => keep(event.submitter?.formMethod !== "dialog"));
  showFields();
  addUp();
})();
