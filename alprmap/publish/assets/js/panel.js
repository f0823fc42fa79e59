// The panel: legend that filters, layers, filters, key to the symbols, sources.
const Panel = (() => {
  const $ = (id) => document.getElementById(id);

  const head = (view) => {
    const { meta } = view.doc;
    document.title = meta.title;
    $("title").textContent = meta.title;
    $("subtitle").textContent = meta.subtitle || "";
    $("subtitle").hidden = !meta.subtitle;
    const story = (Say.lang !== "en" && meta.story_in[Say.lang]) || meta.story || [];
    for (const list of ["story", "notices", "sources"]) $(list).replaceChildren();
    for (const line of story) $("story").append(el("li", {}, el("strong", { textContent: line.figure }), el("span", { textContent: line.text })));
    $("story-box").hidden = !story.length;
    $("fiction").hidden = !meta.fictional;
    $("dates").textContent = (meta.dates || []).map((d) => `${T(d.label)}: ${Words.day(T(d.value))}`).join(" · ");
    $("absence").textContent = T("Absence of a dot is not absence of a camera.");
    for (const text of meta.notices || []) $("notices").append(el("li", { textContent: text }));
    for (const s of meta.sources || []) {
      const item = el("li", {}, s.url ? Words.link(s.name, s.url) : el("span", { textContent: s.name }));
      const rest = [s.date && Words.day(s.date), s.license].filter(Boolean).join(", ");
      if (rest) item.append(` (${rest})`);
      $("sources").append(item);
    }
    $("pages").replaceChildren(...(meta.pages || []).map((p) => el("li", {}, Words.beside(p.name, p.href), el("span", { class: "count", textContent: Words.whole(p.cameras) }))));
    $("pages-box").hidden = !(meta.pages || []).length;
    $("back").hidden = !meta.back;
    if (meta.back) $("back").replaceChildren(Words.beside(`← ${T(meta.back.name)}`, meta.back.href));
    $("credits").textContent = [...new Set((meta.sources || []).map((s) => s.credit || s.name))].join(" · ");
  };

  // names of makers are nobody's to translate
  const said = (view, c) => (view.model.scheme === "vendor" && !c.rest ? c.label : T(c.label));
  const legend = (view) => {
    const { model } = view, list = $("classes");
    list.replaceChildren();
    model.classes.forEach((c, k) => {
      const box = el("input", { type: "checkbox", checked: c.on, id: `class-${k}`, onchange: () => { c.on = box.checked; view.refilter(); } });
      list.append(el("li", {}, el("label", {}, box, Symbols.swatch((ctx, w, h) => Symbols.draw(ctx, c, w / 2, h / 2, 5)),
        el("span", { class: "name", textContent: said(view, c) }), el("span", { class: "count", textContent: Words.whole(c.n) }))));
    });
  };
  const scheme = (view) => {
    const select = $("scheme");
    select.replaceChildren(...view.model.schemes.map(([name, label]) => el("option", { value: name, textContent: /^(access|door)_/.test(name) ? Words.label(name) : T(label) })));
    $("scheme-row").hidden = view.model.schemes.length < 2;
    select.value = view.model.scheme;
    select.onchange = () => view.recolor(select.value);
  };

  const key = (view) => {
    const rows = [
      [(c, w, h) => groupMark(c, w, h), "cameras standing close, with the shares of their classes in the ring"],
      [(c, w, h) => wedge(c, w, h, []), "looks this way; opening angle as tagged"],
      [(c, w, h) => wedge(c, w, h, [3, 2]), "looks this way; width not tagged (drawn 45°)"],
      [(c, w, h) => wedge(c, w, h, [3, 2], "?"), "heading exactly 0: north, or never set"],
      [(c, w, h) => { c.setLineDash([2, 2]); c.strokeStyle = Theme.get("ink"); c.beginPath(); c.arc(w / 2, h / 2, 6.5, 0, 7); c.stroke(); c.setLineDash([]); Symbols.draw(c, { color: "ink", shape: "circle" }, w / 2, h / 2, 2.6); }, "heading unknown"],
    ];
    $("key").replaceChildren(...rows.filter((r, i) => i === 0 || view.model.views.n).map(([paint, text]) => el("li", {}, Symbols.swatch(paint, 30, 20), el("span", { textContent: T(text) }))));
  };
  const groupMark = (c, w, h) => {
    c.lineWidth = 2.6; c.strokeStyle = Theme.get("sky"); c.beginPath(); c.arc(w / 2, h / 2, 8, -1.57, 2.6); c.stroke();
    c.strokeStyle = Theme.get("orange"); c.beginPath(); c.arc(w / 2, h / 2, 8, 2.6, 4.71); c.stroke();
    c.fillStyle = Theme.get("ink"); c.font = `600 8px ${Theme.get("font")}`; c.textAlign = "center"; c.textBaseline = "middle"; c.fillText("12", w / 2, h / 2 + 0.5);
  };
  const wedge = (c, w, h, dash, mark) => {
    c.setLineDash(dash); c.strokeStyle = Theme.get("ink"); c.fillStyle = Theme.get("ink"); c.lineWidth = 1;
    c.beginPath(); c.moveTo(7, h / 2); c.arc(7, h / 2, 18, -0.4, 0.4); c.closePath(); c.globalAlpha = 0.2; c.fill(); c.globalAlpha = 1; c.stroke(); c.setLineDash([]);
    Symbols.draw(c, { color: "ink", shape: "circle" }, 7, h / 2, 3);
    if (mark) { c.font = `600 9px ${Theme.get("font")}`; c.fillStyle = Theme.get("ink"); c.textAlign = "center"; c.textBaseline = "middle"; c.fillText(mark, 19, h / 2 + 0.5); }
  };

  const layerSwatch = (raw) => Symbols.swatch((ctx, w, h) => {
    if (raw.kind === "label") { ctx.fillStyle = Theme.get("ink"); ctx.font = `600 12px ${Theme.get("font")}`; ctx.textAlign = "center"; ctx.textBaseline = "middle"; ctx.fillText("Aa", w / 2, h / 2); return; }
    if (raw.kind === "choropleth") { ctx.fillStyle = Basemap.shade(5, 2); ctx.fillRect(2, 1, w - 4, h - 2); ctx.strokeStyle = Theme.get("muted"); ctx.strokeRect(2, 1, w - 4, h - 2); return; }
    if (raw.kind === "point") { ctx.strokeStyle = Theme.get("port"); ctx.lineWidth = 1.6; ctx.strokeRect(w / 2 - 4, h / 2 - 3, 8, 6); return; }
    if (raw.kind === "zone") {
      ctx.fillStyle = Theme.get(raw.style === "unread" ? "unread" : "zone"); ctx.globalAlpha = 0.2; ctx.fillRect(2, 2, w - 4, h - 4); ctx.globalAlpha = 1;
      ctx.strokeStyle = ctx.fillStyle; ctx.setLineDash([4, 2]); ctx.strokeRect(2, 2, w - 4, h - 4); return;
    }
    const look = raw.role === "roads" || raw.role === "interstates" ? { color: "road-major", width: [3, 3] } : raw.role ? { color: "land-line", width: [1.4, 1.4] } : Basemap.style(raw.style);
    ctx.strokeStyle = Theme.get(look.color); ctx.lineWidth = Math.min(4, (look.width[0] + look.width[1]) / 2); ctx.setLineDash((look.dash || []).map((d) => d * 0.6));
    ctx.beginPath(); ctx.moveTo(1, h / 2); ctx.lineTo(w - 1, h / 2); ctx.stroke();
    if (look.arrows) {
      ctx.strokeStyle = Theme.get("paper"); ctx.lineWidth = 1.3; ctx.beginPath();
      for (const x of [7, 15]) { ctx.moveTo(x - 2, h / 2 - 2); ctx.lineTo(x, h / 2); ctx.lineTo(x - 2, h / 2 + 2); }
      ctx.stroke();
    }
  }, 26, 14);
  // each shade with its two ends in words
  const shades = (ends) => {
    const one = (paint, text) => el("li", {}, Symbols.swatch(paint, 26, 14), el("span", { textContent: text }));
    const box = (fill, dash) => (c, w, h) => { if (fill) { c.fillStyle = fill; c.fillRect(2, 1, w - 4, h - 2); } c.strokeStyle = Theme.get("muted"); c.setLineDash(dash); c.strokeRect(2, 1, w - 4, h - 2); };
    return el("ul", { class: "shades" }, one(box("", [2, 3]), T("no figure")), one(box("", []), T("none")),
      ...ends.map(([a, b], k) => one(box(Basemap.shade(ends.length, k), []), a === b ? a : T("{low} to {high}", { low: a, high: b }))));
  };
  const layers = (view) => {
    const list = $("layer-list");
    list.replaceChildren();
    for (const layer of view.layers) {
      if (["land", "abroad", "waters"].includes(layer.raw.role)) continue;
      const box = el("input", { type: "checkbox", checked: layer.on, onchange: () => { layer.on = box.checked; item.classList.toggle("off", !layer.on); view.repaint(); view.share(); } });
      const label = el("label", {}, box, layerSwatch(layer.raw), el("span", { class: "name", textContent: T(layer.raw.label) }));
      if (layer.raw.count) label.append(el("span", { class: "count", textContent: Words.whole(layer.raw.count) }));
      const item = el("li", { class: layer.on ? "" : "off" }, label);
      if (layer.raw.shades) item.append(shades(layer.raw.shades));
      if (layer.raw.note) item.append(el("p", { class: "note", textContent: T(layer.raw.note) }));
      list.append(item);
    }
    $("layers").hidden = !list.children.length;
    for (const radio of document.querySelectorAll("input[name=mode]")) {
      radio.checked = radio.value === view.mode;
      radio.onchange = () => { view.mode = radio.value; view.repaint(); view.share(); };
    }
  };

  const count = (view) => {
    const { model } = view;
    const noun = model.n === 1 ? "camera" : "cameras";
    $("count").textContent = T(model.count === model.n ? `${Words.whole(model.n)} ${noun}` : `${Words.whole(model.count)} of ${Words.whole(model.n)} ${noun}`);
    const left = Filters.said(view);
    $("narrowed").hidden = !left;
    $("narrowed-text").textContent = left;
    [...$("classes").children].forEach((item, k) => {
      const c = model.classes[k];
      item.classList.toggle("off", !c.on);
      item.querySelector(".count").textContent = model.narrowed ? T(`${Words.whole(c.left)} of ${Words.whole(c.n)}`) : Words.whole(c.n);
    });
  };

  const draw = (view) => { legend(view); key(view); layers(view); count(view); };

  const sheet = () => {
    const panel = $("panel"), handle = $("handle");
    handle.addEventListener("click", () => {
      const open = panel.classList.toggle("open");
      handle.setAttribute("aria-expanded", String(open));
    });
  };
  return { head, scheme, draw, legend, count, sheet, said };
})();
