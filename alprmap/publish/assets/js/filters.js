// Filters: what the controls say becomes tests on a row; the same state goes into the address.
const Filters = (() => {
  const $ = (id) => document.getElementById(id);
  const BORDERS = ["mexico", "canada", "land", "coast", "external", "port"];
  const PLACES = { mexico: "Mexico", canada: "Canada", land: "the land border", coast: "the shoreline", external: "the external boundary", port: "a port of entry" };
  const CHOICES = [["vendor", "Maker"], ["state", "State"], ["access_on", ""], ["door_on", ""], ["access_class", ""], ["status", "Status"], ["outcome", "Crowd and records"], ["change", "Change"]];

  const start = (view) => {
    const { cams } = view.model, form = $("filter-form");
    form.replaceChildren();
    view.controls = {};
    const field = (id, label, control) => { control.id = id; form.append(el("div", { class: "field" }, el("label", { for: id, textContent: label }), control)); return control; };
    const on = (control, name, read = () => control.value) => {
      control.addEventListener("input", () => { view.filters[name] = read(); view.refilter(); });
      view.controls[name] = control;
    };
    if (cams.has("operator")) on(field("f-operator", T("Operator contains"), el("input", { type: "search", autocomplete: "off" })), "operator");
    for (const [name, label] of CHOICES) {
      if (!cams.has(name)) continue;
      const { words } = cams.coded(name);
      if (words.length < 2 || words.length > 400) continue;
      const select = el("select", {}, el("option", { value: "", textContent: T("any") }), ...[...words].sort().map((w) => el("option", { value: w, textContent: Words.value(name, w) })));
      on(field(`f-${name}`, label ? T(label) : Words.label(name), select), name);
    }
    const near = BORDERS.filter((b) => cams.has(`to_${b}_m`));
    if (near.length) distance(view, field, on, near);
    if (cams.has("first_seen") && cams.coded("first_seen").words.length > 1) dates(view, form);
    form.append(el("button", { type: "button", id: "f-clear", textContent: T("Clear all filters"), onclick: () => clear(view) }));
    $("filters").hidden = form.children.length < 2;
  };

  const distance = (view, field, on, near) => {
    const border = field("f-border", T("Distance from"), el("select", {}, ...near.map((b) => el("option", { value: b, textContent: T(PLACES[b]) }))));
    on(border, "border");
    view.filters.border ??= near[0];
    const miles = field("f-miles", T("at most, miles"), el("input", { type: "number", min: "0", step: "5", inputMode: "decimal", placeholder: T("no limit") }));
    on(miles, "miles");
  };

  // a camera without a date may have stood there all along: it stays, and that is said
  const undated = (view) => (view.model.cams.coded("first_seen").codes.some((c) => !c) ? T(", or on no known date") : "");
  // a time slider: cameras first seen up to a month
  const dates = (view, form) => {
    const words = view.model.cams.coded("first_seen").words.map((w) => w.slice(0, 7)).sort(), months = [...new Set(words)];
    view.months = months;
    const slider = el("input", { type: "range", id: "f-until", min: "0", max: String(months.length - 1), step: "1", value: String(months.length - 1) });
    const shown = el("output", { for: "f-until", textContent: "" });
    const say = () => { shown.textContent = `${T("up to {month}", { month: Words.day(months[slider.value]) })}${undated(view)}`; slider.setAttribute("aria-valuetext", shown.textContent); };
    slider.addEventListener("input", () => { view.filters.until = Number(slider.value) === months.length - 1 ? "" : months[slider.value]; say(); view.refilter(); });
    view.controls.until = { set value(v) { slider.value = String(v ? months.indexOf(v) : months.length - 1); say(); } };
    say();
    form.append(el("div", { class: "field wide" }, el("label", { for: "f-until", textContent: T("First seen") }), slider, shown));
  };

  const clear = (view) => {
    for (const name of Object.keys(view.filters)) if (name !== "border") view.filters[name] = "";
    for (const c of view.model.classes) c.on = true;
    show(view);
    Panel.legend(view);
    view.refilter();
  };
  // in words what is left out, so that a narrowed map is never taken for the whole one, on paper too
  const said = (view) => {
    const { cams, classes } = view.model, f = view.filters, off = classes.filter((c) => !c.on).map((c) => Panel.said(view, c)), out = [];
    if (f.operator) out.push(T("operator contains “{words}”", { words: f.operator }));
    for (const [name, label] of CHOICES) if (f[name] && cams.has(name)) out.push(`${label ? T(label).toLowerCase() : Words.label(name)}: ${Words.value(name, f[name])}`);
    if (f.miles !== "" && f.miles !== undefined && BORDERS.includes(f.border)) out.push(T("at most {miles} miles from {place}", { miles: f.miles, place: T(PLACES[f.border]) }));
    if (f.until && cams.has("first_seen")) out.push(`${T("first seen up to {month}", { month: Words.day(f.until) })}${undated(view)}`);
    if (off.length) out.push(off.length > 4 ? T(`without ${off.length} kinds`) : T("without {kinds}", { kinds: off.join(", ") }));
    return out.join("; ");
  };
  const show = (view) => { for (const [name, control] of Object.entries(view.controls)) control.value = view.filters[name] || (name === "border" ? control.value : ""); };

  const tests = (view) => {
    const { cams } = view.model, f = view.filters, out = [];
    if (f.operator) {
      const { words, codes } = cams.coded("operator"), part = f.operator.toLowerCase(), ok = [false, ...words.map((w) => w.toLowerCase().includes(part))];
      out.push((i) => ok[codes[i]]);
    }
    for (const [name] of CHOICES) {
      if (!f[name] || !cams.has(name)) continue;
      const { words, codes } = cams.coded(name), code = words.indexOf(f[name]) + 1;
      out.push((i) => code > 0 && codes[i] === code);
    }
    const limit = Number(f.miles);
    if (f.miles !== "" && f.miles !== undefined && limit >= 0 && BORDERS.includes(f.border) && cams.has(`to_${f.border}_m`)) {
      const v = cams.num(`to_${f.border}_m`);
      out.push((i) => v[i] <= limit * Words.MILE_M);
    }
    if (f.until && cams.has("first_seen")) {
      const { words, codes } = cams.coded("first_seen"), ok = [true, ...words.map((w) => w.slice(0, 7) <= f.until)];
      out.push((i) => ok[codes[i]]);
    }
    return out;
  };
  return { start, tests, show, clear, said };
})();
