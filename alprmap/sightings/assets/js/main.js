// Start: the map, the mark, the sheet, the file. Nothing is kept anywhere but in this page while it is open.
(() => {
  const $ = (id) => document.getElementById(id);
  const doc = JSON.parse($("data").textContent), S = doc.meta.settings, map = window.map_alprmap;
  const state = { at: null, error: null, deg: null, last: null, asked: false, maker: "", trailer: false, list: [], said: null };
  const patterns = doc.patterns.map((p) => ({ kind: p.kind, re: new RegExp(p.pattern, p.flags.replace(/[gy]/g, "")) }));
  const view = { map, cameras: Known.table(doc.cameras, doc.views), others: Known.table(doc.others, null) };
  view.layers = doc.layers.map((raw) => ({ raw, on: raw.on }));
  const hasRoads = view.layers.some((l) => l.raw.role === "roads");
  const base = new CanvasLayer(Basemap.paint(view)), top = new CanvasLayer((ctx, f) => { wedge(ctx, f); marks(ctx, f); }), marks = Known.paint(view);

  const wedge = (ctx, f) => {
    if (!state.at || state.deg === null) return;
    const x = Mercator.x(state.at.lon) * f.k - f.ox, y = Mercator.y(state.at.lat) * f.k - f.oy, a = ((state.deg - 90) * Math.PI) / 180;
    ctx.beginPath(); ctx.moveTo(x, y); ctx.arc(x, y, 66, a - 0.38, a + 0.38); ctx.closePath();
    ctx.fillStyle = Theme.get("watched"); ctx.globalAlpha = 0.26; ctx.fill(); ctx.globalAlpha = 1;
    ctx.lineWidth = 1.3; ctx.strokeStyle = Theme.get("watched"); ctx.stroke();
  };

  // the mark of the camera and the handle that turns it; both are dragged, both are also on the sheet
  const icon = (name, size, ...parts) => {
    const shell = el("div", {});
    shell.append(Sheet.svg("svg", { viewBox: "-20 -20 40 40" }, ...parts));
    return L.divIcon({ className: name, html: shell, iconSize: [size, size], iconAnchor: [size / 2, size / 2] });
  };
  const pin = L.marker([0, 0], { draggable: true, autoPan: true, keyboard: false, zIndexOffset: 500, icon: icon("pin", 38, Sheet.svg("circle", { class: "case", r: 15 }), Sheet.svg("circle", { class: "lens", r: 6.5 }), Sheet.svg("circle", { class: "case", r: 2.6 })) });
  const handle = L.marker([0, 0], { draggable: true, keyboard: false, zIndexOffset: 600, icon: icon("handle", 30, Sheet.svg("circle", { class: "knob", r: 11 }), Sheet.svg("circle", { class: "tip", r: 4.5 })) });
  const HANDLE_PX = 66;
  const handleAt = () => {
    const p = map.latLngToContainerPoint([state.at.lat, state.at.lon]), a = (((state.deg ?? 45) - 90) * Math.PI) / 180;
    return map.containerPointToLatLng([p.x + HANDLE_PX * Math.cos(a), p.y + HANDLE_PX * Math.sin(a)]);
  };
  const placeMarks = () => {
    if (!state.at) { pin.remove(); handle.remove(); return; }
    pin.setLatLng([state.at.lat, state.at.lon]).addTo(map);
    if (!handle.dragging || !handle.dragging.moved || !handle.dragging.moved()) handle.setLatLng(handleAt());
    handle.addTo(map);
    handle.setOpacity(state.deg === null ? 0.55 : 1);
    for (const [m, words] of [[pin, "camera_mark"], [handle, "handle_mark"]]) { const node = m.getElement(); if (node) node.title = Say.t(words); }
  };
  pin.on("drag", () => { const p = pin.getLatLng(); put({ lat: p.lat, lon: p.lng }, false); });
  handle.on("drag", () => {
    const a = map.latLngToContainerPoint([state.at.lat, state.at.lon]), b = map.latLngToContainerPoint(handle.getLatLng());
    if (Math.hypot(b.x - a.x, b.y - a.y) > 6) { state.deg = Sheet.whole((Math.atan2(b.x - a.x, a.y - b.y) * 180) / Math.PI); direction(); }
  });
  handle.on("dragend", () => handle.setLatLng(handleAt()));

  const put = (at, typed) => {
    state.at = { lat: Math.round(at.lat * 1e6) / 1e6, lon: Math.round((((at.lon + 540) % 360) - 180) * 1e6) / 1e6 };
    // a pixel of the map is how exactly a hand can place a mark
    const pixel = (156543.034 * Math.cos((state.at.lat * Math.PI) / 180)) / 2 ** map.getZoom(), error = Math.round(3 * pixel);
    state.error = !typed && error > 10 ? Math.min(5000, error) : null;
    if (document.activeElement !== $("place")) $("place").value = `${state.at.lat.toFixed(5)}, ${state.at.lon.toFixed(5)}`;
    $("place").setAttribute("aria-invalid", "false");
    refresh();
  };
  const typed = () => {
    const found = Place.parse($("place").value);
    $("place").setAttribute("aria-invalid", String(!found));
    if (!found) { $("place-said").textContent = Say.t("bad_place"); $("place-said").className = "warn"; return; }
    map.setView([found.lat, found.lon], Math.max(map.getZoom(), 17), { animate: false });
    put(found, true);
  };
  const direction = () => { if (state.deg !== null) state.last = state.deg; Sheet.showDirection(state); placeMarks(); near(); top.repaint(); };

  const where = () => {
    const box = $("place-said");
    box.className = state.at && (state.error || state.at.lon > 0) ? "warn" : "";
    if (!state.at) { box.textContent = Say.t("no_place"); return; }
    const place = Say.t("placed", { lat: state.at.lat.toFixed(5), lon: state.at.lon.toFixed(5) });
    const more = state.error ? Say.t("rough", { m: Math.max(1, Math.round(state.error / 3)).toLocaleString(document.documentElement.lang) }) : state.at.lon > 0 && state.at.lon < 140 ? Say.t("west") : "";
    box.textContent = more ? `${place} ${more}` : place;
  };
  const near = () => {
    const box = $("near");
    box.replaceChildren();
    if (!state.at) return;
    const line = (words, cls = "") => box.append(el("p", { class: cls, textContent: words }));
    const others = Place.near(view.others, state.at, S.other_m);
    if (others.length) line(Say.t("other_near", { device: Say.t(`device_${view.others.device(others[0].i)}`), m: Math.round(others[0].m) }), "warn");
    let told = false;
    const found = Place.near(view.cameras, state.at, S.nearby_m);
    for (const want of ["same", "likely", "head"]) {
      const hit = found.find((n) => Place.tier(n.m, view.cameras.headings(n.i), state.deg, S) === want);
      if (!hit) continue;
      const words = Say.t(`tier_${want}`, { id: view.cameras.id(hit.i), m: Math.round(hit.m) });
      line(want === "head" ? words : `${words} ${Say.t("tier_fine")}`, want === "head" ? "" : "warn");
      told = true;
      break;
    }
    if (!told && found.length) line(Say.t("tier_nearby", { n: found.length, m: S.nearby_m }));
    if (!found.length && !others.length && view.cameras.n) line(Say.t("nothing_near"), "plain");
  };
  const refresh = () => { where(); placeMarks(); near(); label(); top.repaint(); };

  // the file: names sorted, six decimals, as `alprmap sighting add` writes it but for the id
  const feature = () => {
    const out = { "man_made": "surveillance", "surveillance:type": "ALPR", direction: state.deg === null ? "unknown" : String(state.deg), evidence: $("evidence").value, licence: document.querySelector("[name=licence]:checked").value };
    const text = (id) => $(id).value.normalize("NFC").replace(/\s+/g, " ").trim();
    if (state.maker) out.manufacturer = state.maker;
    if ($("mount").value) out["camera:mount"] = $("mount").value;
    if (text("operator")) out.operator = text("operator");
    if (text("note")) out.note = text("note");
    if (text("date")) out.check_date = text("date");
    if (state.error) out.position_error_m = state.error;
    const sorted = Object.fromEntries(Object.entries(out).sort(([a], [b]) => (a < b ? -1 : 1)));
    return { type: "Feature", geometry: { type: "Point", coordinates: [state.at.lon, state.at.lat] }, properties: sorted };
  };
  const say = (words, bad = false) => { $("said").textContent = words; $("said").className = bad ? "bad" : ""; };
  const faulty = () => {
    if (!state.at) { say(Say.t("need_place"), true); $("place").setAttribute("aria-invalid", "true"); $("place").focus(); return true; }
    if (state.asked && state.deg === null) { say(Say.t("need_direction"), true); $("degrees").focus(); return true; }
    const date = $("date").value.trim();
    if (date && !Sheet.goodDate(date)) { say(Say.t("bad_date"), true); $("date").focus(); return true; }
    if (!$("agree").checked) { say(Say.t("need_agree"), true); $("agree").focus(); return true; }
    return false;
  };
  const listed = () => {
    $("list-box").hidden = !state.list.length;
    $("list").replaceChildren(...state.list.map((f, k) => {
      const [lon, lat] = f.geometry.coordinates, d = f.properties.direction;
      const words = `${Say.t("camera_n", { n: k + 1 })}: ${lat.toFixed(5)}, ${lon.toFixed(5)}, ${d === "unknown" ? "?" : `${d}°`}`;
      return el("li", {}, el("span", { textContent: words }), el("button", { type: "button", "aria-label": Say.t("remove", { n: k + 1 }), textContent: "×", onclick: () => { state.list.splice(k, 1); listed(); $("another").focus(); } }));
    }));
    label();
  };
  // an untouched sheet behind others is no camera
  const label = () => { const n = state.list.length + (state.at || !state.list.length ? 1 : 0); $("download").textContent = n > 1 ? Say.t("download_n", { n }) : Say.t("download"); };
  const another = (samePole) => {
    if (faulty()) return;
    state.list.push(feature());
    state.deg = null; state.last = null; state.asked = false;
    $("note").value = ""; $("note-said").hidden = true;
    if (!samePole) { state.at = null; state.error = null; $("place").value = ""; }
    say(Say.t("added", { n: state.list.length }));
    listed(); count(); direction(); refresh();
    (samePole ? $("way-known") : $("place")).focus();
  };
  const download = () => {
    // after "another camera" an untouched sheet is no camera of its own
    const rest = state.list.length && !state.at;
    if (!rest && faulty()) return;
    const features = rest ? state.list : [...state.list, feature()];
    const file = features.length > 1 ? "sightings.geojson" : "sighting.geojson";
    const text = `${JSON.stringify({ type: "FeatureCollection", format: doc.meta.format, features }, null, 1)}\n`;
    const url = URL.createObjectURL(new Blob([text], { type: "application/geo+json" }));
    const link = el("a", { href: url, download: file });
    document.body.append(link); link.click(); link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 2000);
    say(Say.t("saved", { file }));
  };
  const count = () => { $("note-left").textContent = Say.t("left", { n: 500 - $("note").value.length }); };

  const theme = (dark) => { if (dark !== null) document.documentElement.dataset.theme = dark ? "dark" : "light"; Theme.read(); base.repaint(); top.repaint(); Known.key(view); $("theme").setAttribute("aria-pressed", String(Theme.isDark())); };
  const speak = () => {
    Sheet.options("mount", ["", ...doc.meta.mounts], "mount");
    Sheet.options("evidence", doc.meta.evidence, "evidence");
    $("credits").textContent = $("credit-full").textContent = [...(hasRoads ? [Say.t("roads")] : []), ...(doc.meta.osm ? [Say.t("cameras_credit")] : []), `${Say.t("ground")} ${doc.meta.credit}`].join(" ");
    Sheet.warn($("note-said"), patterns, $("note").value); Sheet.warn($("operator-said"), patterns, $("operator").value);
    say(""); count(); listed(); Known.key(view); direction(); refresh();
    $("dial").setAttribute("aria-label", Say.t("dial")); $("degrees").setAttribute("aria-label", Say.t("dial"));
  };

  Theme.read();
  Say.start(doc);
  Sheet.makers(state);
  Sheet.dial();
  if (!hasRoads) $("where-help").dataset.t = "where_help_plain";
  $("project").textContent = doc.meta.title; $("project").hidden = !doc.meta.title;
  const b = doc.meta.bbox;
  map.fitBounds([[b[1], b[0]], [b[3], b[2]]], { animate: false, padding: [10, 10] });
  map.addLayer(base); map.addLayer(top);
  L.control.scale({ position: "bottomright", maxWidth: 130 }).addTo(map);
  Say.changed(speak);
  Say.use(doc.meta.language);
  map.on("click", (e) => put({ lat: e.latlng.lat, lon: e.latlng.lng }, false));
  map.on("zoomend moveend", placeMarks);
  map.getContainer().addEventListener("keydown", (e) => {
    if (e.target !== map.getContainer() || (e.key !== "Enter" && e.key !== " ")) return;
    const c = map.getCenter();
    put({ lat: c.lat, lon: c.lng }, false);
    e.preventDefault();
  });
  Sheet.watchDial(state, direction);
  $("form").addEventListener("submit", (e) => e.preventDefault());
  $("set").addEventListener("click", typed);
  $("place").addEventListener("keydown", (e) => { if (e.key === "Enter") { e.preventDefault(); typed(); } });
  $("place").addEventListener("change", () => { if ($("place").value.trim()) typed(); });
  $("note").addEventListener("input", () => { count(); Sheet.warn($("note-said"), patterns, $("note").value); });
  $("operator").addEventListener("input", () => Sheet.warn($("operator-said"), patterns, $("operator").value));
  $("date").addEventListener("change", () => {
    const text = $("date").value.trim(), bad = text !== "" && !Sheet.goodDate(text);
    $("date").setAttribute("aria-invalid", String(bad));
    $("date-said").textContent = bad ? Say.t("bad_date") : Say.t("date_help");
  });
  $("date-said").dataset.t = "date_help";
  $("date-said").textContent = Say.t("date_help");
  $("download").addEventListener("click", download);
  $("another").addEventListener("click", () => another(false));
  $("another-head").addEventListener("click", () => another(true));
  $("theme").addEventListener("click", () => theme(!Theme.isDark()));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme(null));
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe($("stage"));
  $("served").hidden = location.protocol === "file:";
  theme(null);
  document.documentElement.classList.add("ready");
})();
