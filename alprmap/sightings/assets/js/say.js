// What the page says, in the language chosen; every text goes in as text, never as markup.
const Say = (() => {
  let doc = null, lang = "en";
  const listeners = [];
  const t = (key, values = {}) => {
    const words = Object.hasOwn(doc.strings[lang], key) ? doc.strings[lang][key] : key;
    return words.replace(/\{(\w+)\}/g, (all, name) => (Object.hasOwn(values, name) ? String(values[name]) : all));
  };
  const use = (next) => {
    lang = next;
    const root = document.documentElement;
    root.lang = next;
    for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
    for (const node of document.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
    for (const node of document.querySelectorAll("[data-t-placeholder]")) node.placeholder = t(node.dataset.tPlaceholder);
    document.title = doc.meta.title ? `${t("title")} · ${doc.meta.title}` : t("title");
    for (const b of document.querySelectorAll("#langs button")) b.setAttribute("aria-pressed", String(b.lang === next));
    for (const f of listeners) f();
  };
  const start = (value) => {
    doc = value;
    const box = document.getElementById("langs");
    for (const code of ["en", "es"]) box.append(el("button", { type: "button", lang: code, textContent: doc.strings[code].name, onclick: () => use(code) }));
  };
  const kind = (name) => (lang === "es" && Object.hasOwn(doc.strings.kinds_es, name) ? doc.strings.kinds_es[name] : name);
  const compass = (deg) => t("points").split(" ")[Math.round((deg % 360) / 22.5) % 16];
  return { start, use, t, kind, compass, changed: (f) => listeners.push(f) };
})();
