// Start: read the data once, put the parts together, keep the address in step.
const Address = (() => {
  // #zoom/lat/lon/key=value&key=value; unknown keys are ignored, values end as control values or textContent only
  const write = (view) => {
    const c = view.map.getCenter(), f = Object.entries(view.filters).filter(([k, v]) => v && (k !== "border" || view.filters.miles));
    if (view.model.scheme !== view.first.scheme) f.push(["color", view.model.scheme]);
    if (view.mode !== "groups") f.push(["mode", view.mode]);
    if (Say.lang !== view.doc.meta.language) f.push(["lang", Say.lang]);
    const off = view.model.classes.filter((k) => !k.on).map((k) => k.label), layers = view.layers.filter((l) => l.on !== l.raw.on).map((l) => l.raw.id);
    for (const pair of Timeline.state()) f.push(pair);
    if (Route.state()) f.push(["trip", Route.state()]);
    if (off.length) f.push(["hide", off.join("|")]);
    if (layers.length) f.push(["layers", layers.join("|")]);
    if (view.selected >= 0 && view.model.cams.has("camera_id")) f.push(["camera", view.model.cams.at("camera_id", view.selected)]);
    const query = f.map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`).join("&");
    return `#${Math.round(view.map.getZoom() * 100) / 100}/${c.lat.toFixed(5)}/${c.lng.toFixed(5)}${query ? `/${query}` : ""}`;
  };
  const read = () => {
    const m = /^#(\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)(?:\/(.*))?$/.exec(location.hash);
    if (!m) return null;
    const [zoom, lat, lon] = [Number(m[1]), Number(m[2]), Number(m[3])];
    if (zoom > 22 || Math.abs(lat) > 85 || Math.abs(lon) > 360) return null;
    return { zoom, lat, lon, values: new Map(new URLSearchParams(m[4] || "")) };
  };
  return { write, read };
})();

(() => {
  const $ = (id) => document.getElementById(id);
  const doc = JSON.parse($("data").textContent);
  Decode.use(doc.strings);
  Say.use(doc.words, doc.meta.language);
  Say.note($("app"));
  if (doc.meta.access_to) Words.call(doc.meta.access_to);
  const map = window.map_alprmap, model = Model.build(doc);
  const view = { doc, map, model, mode: "groups", selected: -1, filters: {}, controls: {}, first: {} };
  view.layers = doc.layers.map((raw) => ({ raw, on: raw.on }));
  const preset = Model.preset(model, doc.meta.color_by);
  view.first.scheme = preset;
  Model.classify(model, preset);

  // browsers print a cleared canvas as an opaque white sheet: on paper one canvas holds all
  const ground = Basemap.paint(view), marks = Cameras.paint(view);
  const base = new CanvasLayer((ctx, f) => { ground(ctx, f); Route.paint(ctx, f); if (view.printing) marks(ctx, f); }), top = new CanvasLayer(marks, { pane: "markerPane" });
  view.repaint = () => { base.repaint(); top.repaint(); };
  let waiting = 0;
  // many sites limit how often an address may change: once per rest is enough
  view.share = () => { clearTimeout(waiting); waiting = setTimeout(() => { try { history.replaceState(null, "", Address.write(view)); } catch { /* some viewers forbid it */ } }, 250); };
  view.refilter = () => { Model.filter(model, Filters.tests(view)); Panel.count(view); view.repaint(); Rows.update(view); view.share(); };
  view.recolor = (name) => { Model.classify(model, name); Cameras.forget(); Panel.legend(view); view.refilter(); };
  view.fit = () => {
    const b = Model.bounds(model);
    if (b) map.fitBounds(b, { padding: [24, 24], maxZoom: 16, animate: false });
  };
  view.select = (i, focus = true) => {
    view.selected = i;
    Card.show(view, i, focus);
    // on a phone the card covers the lower part: the camera moves into the part that is left
    const at = map.latLngToContainerPoint([model.lat[i], model.lon[i]]), sheet = $("card").getBoundingClientRect(), stage = map.getContainer().getBoundingClientRect();
    if (window.matchMedia("(max-width: 760px)").matches && at.y + stage.top > sheet.top - 24) map.panBy([0, at.y - Math.max(60, (sheet.top - stage.top) / 2)], { animate: false });
    top.repaint(); Rows.update(view); view.share();
  };
  view.goTo = (i) => {
    const zoom = Math.max(map.getZoom(), 15.5), at = map.project([model.lat[i], model.lon[i]], zoom);
    // the card is a sheet over the lower part of a phone: keep the camera above it
    if (window.matchMedia("(max-width: 760px)").matches) at.y += window.innerHeight * 0.28;
    map.setView(map.unproject(at, zoom), zoom, { animate: false });
    view.select(i);
  };
  // the cameras in sight stay in sight when a box beside the map makes it smaller
  view.holding = (change) => {
    const box = Model.bounds(model, map.getBounds());
    change();
    map.invalidateSize({ animate: false });
    if (box && !map.getBounds().contains(box)) map.fitBounds(box, { animate: false, padding: [24, 24], maxZoom: map.getZoom() });
  };
  view.close = () => { view.selected = -1; Card.hide(); top.repaint(); view.share(); };

  const theme = (dark) => { if (dark !== null) document.documentElement.dataset.theme = dark ? "dark" : "light"; Theme.read(); Panel.draw(view); Timeline.show(view); view.repaint(); $("theme").setAttribute("aria-pressed", String(Theme.isDark())); };

  // the next language of the page, and all that is said put into the present one
  const other = () => { const all = Say.languages(); return all[(all.indexOf(Say.lang) + 1) % all.length]; };
  const offer = () => {
    const next = other();
    $("lang").hidden = next === Say.lang;
    $("lang").lang = next;
    $("lang").textContent = { en: "English", es: "Español" }[next] || next;
  };
  const speak = () => {
    Say.apply();
    offer();
    Panel.head(view);
    if ((doc.meta.pages || []).length) inDetail();
    Panel.scheme(view);
    Filters.start(view);
    Filters.show(view);
    Panel.draw(view);
    Route.show(view);
    Timeline.show(view);
    Rows.head(view);
    Areas.show();
    Rows.update(view);
    if (view.selected >= 0) Card.show(view, view.selected, false);
    view.repaint();
  };

  const restore = (saved) => {
    const v = saved.values;
    for (const [name, value] of v) if (Object.hasOwn(view.controls, name)) view.filters[name] = value;
    Filters.show(view);
    if (model.schemes.some(([n]) => n === v.get("color"))) { $("scheme").value = v.get("color"); Model.classify(model, v.get("color")); }
    if (v.get("mode") === "dots") view.mode = "dots";
    if (v.get("lang")) Say.lang = v.get("lang");
    const hide = new Set((v.get("hide") || "").split("|")), turned = new Set((v.get("layers") || "").split("|"));
    for (const c of model.classes) if (hide.has(c.label)) c.on = false;
    for (const l of view.layers) if (turned.has(l.raw.id)) l.on = !l.raw.on;
    if (!v.get("camera")) return -1;
    for (let i = 0; i < model.n; i++) if (model.cams.at("camera_id", i) === v.get("camera")) return i;
    return -1;
  };

  const pointer = () => {
    const tip = $("tip"), spot = (e) => { const p = map.latLngToLayerPoint(e.latlng).subtract(top._bounds.min); return Cameras.hit(p.x, p.y); };
    map.on("click", (e) => {
      tip.hidden = true;
      if (Route.click(view, e.latlng)) return;
      const d = spot(e);
      if (!d) { if (view.selected >= 0) view.close(); return; }
      if (!d.g) { view.select(d.i, false); return; }
      const { w, s, e: east, t } = d.g, b = L.latLngBounds([Mercator.lat(t), Mercator.lon(w)], [Mercator.lat(s), Mercator.lon(east)]);
      const zoom = Math.min(16, map.getBoundsZoom(b, false, L.point(60, 60)));
      map.setView(b.getCenter(), Math.max(zoom, map.getZoom() + 1));
    });
    map.on("mousemove", (e) => {
      const d = spot(e);
      map.getContainer().classList.toggle("over", Boolean(d));
      const place = d ? "" : Basemap.districtAt(view, Mercator.x(e.latlng.lng), Mercator.y(e.latlng.lat));
      tip.hidden = !d && !place;
      if (tip.hidden) return;
      tip.textContent = place || (d.g ? T(`${Words.whole(d.g.n)} cameras`) : [model.cams.at("operator", d.i) || T("operator not stated"), model.cams.at("vendor", d.i)].filter(Boolean).join(" · "));
      const size = map.getSize(), p = e.containerPoint;
      tip.style.transform = `translate(${Math.min(p.x + 14, size.x - 220)}px, ${Math.min(p.y + 14, size.y - 36)}px)`;
    });
    map.on("mouseout", () => { tip.hidden = true; });
  };
  const keyboard = () => {
    // with the map in focus, Enter opens the camera nearest to the middle of the map
    map.getContainer().addEventListener("keydown", (e) => {
      if (e.key !== "Enter" || e.target !== map.getContainer()) return;
      if (Route.click(view, map.getCenter())) return;
      const c = map.getCenter(), x = Mercator.x(c.lng), y = Mercator.y(c.lat);
      let best = -1, far = Infinity;
      for (let i = 0; i < model.n; i++) { const d = (model.x[i] - x) ** 2 + (model.y[i] - y) ** 2; if (model.shown[i] && d < far) { far = d; best = i; } }
      if (best >= 0) view.goTo(best);
    });
    document.addEventListener("keydown", (e) => {
      if (e.key === "Escape" && e.target !== $("q")) {
        if (!$("card").hidden) { view.close(); map.getContainer().focus(); } else if (!$("table-pane").hidden) Rows.open(view, false);
      }
      if (e.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) { e.preventDefault(); $("q").focus(); }
    });
  };
  const tools = () => {
    $("theme").addEventListener("click", () => theme(!Theme.isDark()));
    $("lang").addEventListener("click", () => { Say.lang = other(); speak(); view.share(); });
    $("print").addEventListener("click", () => window.print());
    $("narrowed-clear").addEventListener("click", () => { Filters.clear(view); $("q").value = ""; $("q").focus(); });
    $("home").addEventListener("click", () => home());
    $("card-close").addEventListener("click", () => { view.close(); map.getContainer().focus(); });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme(null));
    let before = null;
    // print layout is measured on the screen first, so a class stands in for the print style sheet
    window.addEventListener("beforeprint", () => {
      const root = document.documentElement;
      before = { bounds: map.getBounds(), center: map.getCenter(), zoom: map.getZoom(), theme: root.dataset.theme };
      root.dataset.theme = "light";
      root.classList.add("printing");
      view.printing = true;
      map.invalidateSize({ animate: false, pan: false });
      map.fitBounds(before.bounds, { animate: false });
      theme(null);
      // the sheet shows a part of the country: how many of the cameras stand on it
      const b = map.getBounds(), inside = model.shown.reduce((k, on, i) => k + (on && b.contains([model.lat[i], model.lon[i]]) ? 1 : 0), 0);
      if (inside < model.count) $("count").textContent += T(`, ${Words.whole(inside)} of them on this sheet`);
    });
    window.addEventListener("afterprint", () => {
      const root = document.documentElement;
      root.classList.remove("printing");
      view.printing = false;
      if (before.theme) root.dataset.theme = before.theme; else delete root.dataset.theme;
      map.invalidateSize({ animate: false, pan: false });
      map.setView(before.center, before.zoom, { animate: false });
      theme(null);
    });
  };
  const home = () => {
    const b = doc.meta.bbox;
    if (b) map.fitBounds([[b[1], b[0]], [b[3], b[2]]], { animate: false, padding: [12, 12] });
    else view.fit();
  };

  // where the lines of the country are coarse, the page of the state in the middle has all of them
  const DETAIL_ZOOM = 8;
  const inDetail = () => {
    const c = map.getCenter(), all = doc.meta.pages || [], x = Mercator.x(c.lng), y = Mercator.y(c.lat);
    const around = all.filter((p) => p.box && c.lng >= p.box[0] && c.lat >= p.box[1] && c.lng <= p.box[2] && c.lat <= p.box[3]);
    let best = around[0], far = Infinity;
    // of boxes that overlap, the state of the nearest camera
    if (around.length > 1 && model.cams.has("state")) {
      for (let i = 0; i < model.n; i++) {
        const d = (model.x[i] - x) ** 2 + (model.y[i] - y) ** 2, own = d < far && around.find((p) => p.state === model.cams.at("state", i));
        if (own) { far = d; best = own; }
      }
    }
    $("detail").hidden = !best || map.getZoom() < DETAIL_ZOOM;
    if ($("detail").hidden) return;
    const link = Words.beside(T("{name} in detail", { name: best.name }), best.href);
    if (link.href) link.href += `#${Math.round(map.getZoom() * 100) / 100}/${c.lat.toFixed(5)}/${c.lng.toFixed(5)}`;
    $("detail").replaceChildren(link);
  };

  document.documentElement.classList.toggle("embed", Boolean(doc.meta.embed));
  Theme.read();
  $("theme").setAttribute("aria-pressed", String(Theme.isDark()));
  Panel.head(view);
  Panel.scheme(view);
  Filters.start(view);
  const saved = Address.read(), chosen = saved ? restore(saved) : -1;
  Model.filter(model, Filters.tests(view));
  if (saved) map.setView([saved.lat, saved.lon], saved.zoom, { animate: false }); else home();
  map.addLayer(base);
  map.addLayer(top);
  // miles above kilometers: what is added last at the bottom stands on top
  L.control.scale({ position: "bottomright", maxWidth: 140, imperial: false }).addTo(map);
  L.control.scale({ position: "bottomright", maxWidth: 140, metric: false }).addTo(map);
  Panel.draw(view);
  Panel.count(view);
  Panel.sheet();
  Search.start(view);
  Rows.start(view);
  Areas.start(view);
  Route.start(view);
  Timeline.start(view);
  pointer();
  keyboard();
  tools();
  map.on("moveend", view.share);
  if ((doc.meta.pages || []).length) { map.on("moveend", inDetail); inDetail(); }
  if (chosen >= 0) view.select(chosen, false);
  if (saved) Timeline.restore(view, saved.values);
  if (saved) Route.restore(view, saved.values.get("trip"));
  if (Say.lang === "en") offer(); else speak();
  document.documentElement.classList.add("ready");
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe($("stage"));
})();
