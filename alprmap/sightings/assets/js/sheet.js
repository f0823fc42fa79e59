// The sheet: its choices, the dial, the warnings. Every value ends up in `state`, and `state` is what is drawn.
const Sheet = (() => {
  const $ = (id) => document.getElementById(id);
  const MAKERS = [["flock", "Flock Safety"], ["motorola", "Motorola Solutions"], ["genetec", "Genetec"], ["leonardo", "Leonardo"], ["neology", "Neology"], ["rekor", "Rekor"], ["axon", "Axon"]];
  const DECOYS = ["red-light", "speed", "traffic", "sensor"];
  const NS = "http://www.w3.org/2000/svg";
  const svg = (tag, attributes, ...children) => {
    const node = document.createElementNS(NS, tag);
    for (const [k, v] of Object.entries(attributes)) node.setAttribute(k, v);
    node.append(...children);
    return node;
  };
  const picture = (name) => svg("svg", { viewBox: "0 0 96 72", "aria-hidden": "true" }, svg("use", { href: `#s-${name}` }));

  const makers = (state) => {
    const card = (key, value, words, help) => {
      const input = el("input", { type: "radio", name: "maker", value });
      input.checked = state.maker === value && state.trailer === (key === "trailer");
      input.addEventListener("change", () => { state.maker = value; state.trailer = key === "trailer"; if (state.trailer) $("mount").value = "trailer"; });
      const name = el("b", {}), small = el("small", {});
      if (words) name.dataset.t = words; else name.textContent = value;
      small.dataset.t = help;
      return el("label", { class: "maker" }, input, picture(key), name, small);
    };
    $("makers").replaceChildren(card("unknown", "", "maker_unknown", "maker_unknown_help"), ...MAKERS.map(([key, value]) => card(key, value, "", `${key}_help`)), card("trailer", "", "trailer", "trailer_help"));
    $("decoy-list").replaceChildren(...DECOYS.map((key) => {
      const name = el("b", {}), small = el("small", {});
      name.dataset.t = key; small.dataset.t = `${key}_help`;
      return el("li", {}, picture(key), name, small);
    }));
  };
  const options = (id, names, prefix) => { const was = $(id).value; $(id).replaceChildren(...names.map((n) => el("option", { value: n, textContent: Say.t(`${prefix}_${n || "none"}`) }))); if (was) $(id).value = was; };

  const dial = () => {
    const plate = [svg("circle", { class: "plate", r: 46 })];
    for (let a = 0; a < 360; a += 15) plate.push(svg("line", { class: "tick", x1: 0, y1: -46, x2: 0, y2: a % 45 ? -42 : -38, transform: `rotate(${a})` }));
    const turned = svg("g", { id: "turned" }, svg("path", { class: "wedge", d: "M0 0 L-15.5 -40 A43 43 0 0 1 15.5 -40 Z" }), svg("path", { class: "needle", d: "M0 -44 L8 -27 L2.6 -29 L2.6 6 L-2.6 6 L-2.6 -29 L-8 -27 Z" }), svg("circle", { class: "needle", r: 6 }));
    const letters = [0, 90, 180, 270].map((a, k) => svg("text", { x: 53.5 * Math.sin((a * Math.PI) / 180), y: -53.5 * Math.cos((a * Math.PI) / 180), "data-compass": k }));
    $("dial").replaceChildren(...plate, ...letters, turned, Object.assign(svg("text", { class: "ask" }), { textContent: "?" }));
  };
  const showDirection = (state) => {
    const known = state.deg !== null, d = $("dial");
    d.classList.toggle("off", !known);
    document.getElementById("turned").setAttribute("transform", `rotate(${known ? state.deg : 0})`);
    d.setAttribute("aria-valuenow", String(known ? state.deg : 360));
    const said = known ? (state.deg === 360 ? Say.t("north") : `${state.deg}° ${Say.compass(state.deg)}`) : Say.t("unknown");
    d.setAttribute("aria-valuetext", said);
    $("degrees-said").textContent = known ? (state.deg === 360 ? Say.t("north") : Say.compass(state.deg)) : "";
    if (known && $("said").textContent === Say.t("need_direction")) $("said").textContent = "";
    if (document.activeElement !== $("degrees")) $("degrees").value = known ? String(state.deg) : "";
    // choosing "it looks towards" asserts nothing yet: a north that nobody turned to is the fault to avoid
    if (known) state.asked = true;
    $("way-unknown").checked = !state.asked; $("way-known").checked = state.asked;
    const letters = Say.t("compass").split(" ");
    for (const node of d.querySelectorAll("[data-compass]")) node.textContent = letters[Number(node.dataset.compass)];
  };
  // 1 to 360: north that somebody asserts is 360, never 0
  const whole = (deg) => { const d = Math.round(((deg % 360) + 360) % 360); return d === 0 ? 360 : d; };
  const watchDial = (state, changed) => {
    const d = $("dial"), set = (deg) => { state.deg = deg === null ? null : whole(deg); changed(); };
    const at = (e) => { const r = d.getBoundingClientRect(); return (Math.atan2(e.clientX - r.x - r.width / 2, r.y + r.height / 2 - e.clientY) * 180) / Math.PI; };
    d.addEventListener("pointerdown", (e) => { d.setPointerCapture(e.pointerId); set(at(e)); e.preventDefault(); d.focus({ preventScroll: true }); });
    d.addEventListener("pointermove", (e) => { if (d.hasPointerCapture(e.pointerId)) set(at(e)); });
    d.addEventListener("keydown", (e) => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 15, PageDown: -15 }[e.key];
      if (step) set((state.deg ?? 360) + step * (e.shiftKey ? 10 : 1));
      else if (e.key === "Home") set(360);
      else if (e.key === "Delete" || e.key === "Backspace") { state.asked = false; set(null); }
      else return;
      e.preventDefault();
    });
    $("way-unknown").addEventListener("change", () => { state.asked = false; set(null); });
    $("way-known").addEventListener("change", () => { state.asked = true; set(state.last); $("degrees").focus(); $("degrees").select(); });
    $("degrees").addEventListener("input", () => {
      const text = $("degrees").value.trim();
      if (text === "") set(null);
      else if (/^\d{1,3}$/.test(text) && Number(text) <= 360) set(Number(text));
      $("degrees").setAttribute("aria-invalid", String(text !== "" && !(/^\d{1,3}$/.test(text) && Number(text) <= 360)));
    });
    $("degrees").addEventListener("blur", () => { $("degrees").setAttribute("aria-invalid", "false"); showDirection(state); });
  };

  // the same patterns as `alprmap sighting check` (rule V6)
  const personal = (patterns, text) => [...new Set(patterns.filter((p) => p.re.test(text)).map((p) => p.kind))];
  const warn = (box, patterns, text) => {
    const kinds = personal(patterns, text);
    box.hidden = !kinds.length;
    box.textContent = kinds.length ? Say.t("personal", { kinds: kinds.map(Say.kind).join(", ") }) : "";
  };
  const goodDate = (text) => {
    const m = /^((?:19|20)\d{2})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?$/.exec(text);
    return Boolean(m) && (!m[3] || new Date(Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3]))).getUTCDate() === Number(m[3]));
  };
  return { makers, options, dial, showDirection, watchDial, whole, warn, goodDate, svg };
})();
