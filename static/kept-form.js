// Keeps what is typed into a form marked data-kept in this tab until it is saved, so that an ended session loses
// nothing. What was sent and saved is forgotten: the page that the saving leads to names the form.
(() => {
  const PREFIX = "kept:";
  const saved = document.querySelector("[data-saved-form]")?.dataset.savedForm;
  for (const key of saved ? Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX)) : []) {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(key)); } catch { /* not ours */ }
    if (kept?.sent && kept.form === saved) sessionStorage.removeItem(key);
  }

  const form = document.querySelector("form[data-kept]");
  if (!form) return;

  // Kept per person and address; the server's own answer to a POST always wins.
  const key = `${PREFIX}${form.dataset.user}:${location.pathname}${location.search}`;
  const keep = (sent = false) => {
    const values = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
    try { sessionStorage.setItem(key, JSON.stringify({ sent, form: form.dataset.kept, values })); } catch { /* storage may be off */ }
  };
  const restore = () => {
    const kept = sessionStorage.getItem(key);
    if (!kept || form.querySelector(".is-invalid") || document.querySelector(".notice[role=alert]")) return;
    document.getElementById("restored").hidden = false;
    for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = false;
    for (const [name, value] of JSON.parse(kept).values) {
      const field = form.elements[name];
      if (!field) continue;
      if (field instanceof RadioNodeList) field.value = value;
      else if (["radio", "checkbox"].includes(field.type)) field.checked = true;
      else field.value = value;
    }
  };
  try { restore(); } catch { sessionStorage.removeItem(key); }
  document.getElementById("forget-restored").addEventListener("click", () => {
    sessionStorage.removeItem(key);
    location.reload();
  });
  form.addEventListener("input", () => keep());
  form.addEventListener("submit", (event) => keep(event.submitter?.formMethod !== "dialog"));
})();
