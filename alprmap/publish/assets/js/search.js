// Search: places, roads, operators, camera ids and "lat, lon"; a combobox as the ARIA practices describe it.
const Search = (() => {
  const $ = (id) => document.getElementById(id);
  const LIMIT = 12;
  let found = [], active = -1, mine = "", drop = () => {};

  const rank = (text, part) => { const k = text.toLowerCase().indexOf(part); return k < 0 ? -1 : k === 0 ? 0 : /[\s(,./-]/.test(text[k - 1]) ? 1 : 2; };
  const areas = (view, id, what, part, out) => {
    const layer = view.layers.find((l) => l.raw.id === id);
    if (!layer) return;
    const t = Basemap.tableOf(layer);
    for (let i = 0; i < t.n; i++) {
      const name = t.at("name", i), r = name ? rank(name, part) : -1;
      if (r < 0) continue;
      const span = t.has("span_deg") ? Math.max(0.02, t.num("span_deg")[i] * 0.6) : 0.03 * 2 ** (t.num("rank")[i] / 5), lon = t.num("lon")[i], lat = t.num("lat")[i], state = id === "states" || !t.has("state") ? "" : `, ${t.at("state", i)}`;
      // of two towns of one name the larger one comes first
      out.push({ r: r - (t.has("rank") ? t.num("rank")[i] / 1000 : 0), text: name + state, what, go: () => view.map.fitBounds([[lat - span * 0.7, lon - span], [lat + span * 0.7, lon + span]], { maxZoom: 15 }) });
    }
  };
  // "I 70", "I-70" and "i70" are one road
  const tight = (text) => text.toLowerCase().replace(/^(i|us|sr|ih)[\s-]*(?=\d)/, "$1-");
  const roads = (view, role, part, out) => {
    const layer = view.layers.find((l) => l.raw.role === role);
    if (!layer) return;
    const t = Basemap.tableOf(layer), s = Basemap.shapeOf(layer);
    for (const column of ["name", "ref"].filter((c) => t.has(c))) {
      const { words, codes } = t.coded(column);
      words.forEach((name, k) => {
        const short = tight(name), r = column === "ref" && short === tight(part) ? -0.5 : rank(name, part);
        if (r < 0 && r !== -0.5) return;
        out.push({ r, text: name, what: "road", go: () => {
          const box = [2, 2, -2, -2];
          for (let p = 0; p < s.n; p++) if (codes[s.owner[p]] === k + 1) for (let j = 0; j < 4; j++) box[j] = j < 2 ? Math.min(box[j], s.box[4 * p + j]) : Math.max(box[j], s.box[4 * p + j]);
          view.map.fitBounds([[Mercator.lat(box[3]), Mercator.lon(box[0])], [Mercator.lat(box[1]), Mercator.lon(box[2])]], { maxZoom: 17 });
        } });
      });
    }
  };
  const cameras = (view, part, out) => {
    const { cams, n } = view.model;
    if (cams.has("operator")) {
      const { words } = cams.coded("operator");
      for (const name of words) { const r = rank(name, part); if (r >= 0) out.push({ r: r + 0.5, text: name, what: "operator: filter", go: () => { view.filters.operator = mine = name; Filters.show(view); view.refilter(); view.fit(); } }); }
    }
    if (part.length < 3 || !/[\d/]/.test(part)) return;
    for (let i = 0, k = 0; i < n && k < LIMIT; i++) {
      const id = String(cams.at("camera_id", i));
      if (id.toLowerCase().includes(part)) { k++; out.push({ r: 0, text: id, what: "camera", go: () => view.goTo(i) }); }
    }
  };
  const look = (view, query) => {
    const part = query.trim().toLowerCase(), out = [];
    if (part.length < 2) return out;
    const pair = /^(-?\d{1,2}(?:\.\d+)?)[ ,]+(-?\d{1,3}(?:\.\d+)?)$/.exec(part);
    if (pair && Math.abs(pair[1]) <= 90 && Math.abs(pair[2]) <= 180) out.push({ r: -1, text: `${pair[1]}, ${pair[2]}`, what: "position", go: () => view.map.setView([Number(pair[1]), Number(pair[2])], 15) });
    areas(view, "states", "state", part, out);
    areas(view, "counties", "county", part, out);
    areas(view, "towns", "town", part, out);
    areas(view, "ports", "port of entry", part, out);
    roads(view, "roads", part, out);
    roads(view, "interstates", part, out);
    cameras(view, part, out);
    return out.sort((a, b) => a.r - b.r || a.text.length - b.text.length || (a.text < b.text ? -1 : 1)).slice(0, LIMIT);
  };

  const show = () => {
    const list = $("q-list"), input = $("q");
    list.replaceChildren(...found.map((f, k) => el("li", { role: "option", id: `q-${k}`, "aria-selected": String(k === active), onpointerdown: (e) => { e.preventDefault(); pick(k); } },
      el("span", { textContent: f.text }), el("span", { class: "soft", textContent: T(f.what) }))));
    if (!found.length && input.value.trim().length > 1) list.append(el("li", { role: "option", "aria-disabled": "true", "aria-selected": "false", class: "soft", textContent: T("nothing on this page has that name") }));
    list.hidden = !list.children.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (active >= 0) input.setAttribute("aria-activedescendant", `q-${active}`); else input.removeAttribute("aria-activedescendant");
  };
  const close = () => { found = []; active = -1; $("q-list").hidden = true; $("q").setAttribute("aria-expanded", "false"); };
  const pick = (k) => { const f = found[k]; if (!f) return; $("q").value = f.text; close(); drop(); f.go(); };

  const start = (view) => {
    const input = $("q");
    let wait = 0;
    // the operator that a result chose is a filter for as long as its name stands in the box
    drop = () => {
      if (!mine || view.filters.operator !== mine) return;
      view.filters.operator = mine = "";
      Filters.show(view);
      view.refilter();
    };
    input.addEventListener("input", () => { if (!input.value) drop(); clearTimeout(wait); wait = setTimeout(() => { found = look(view, input.value); active = -1; show(); }, 80); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (e) => {
      if (e.key === "Escape") { close(); return; }
      if (e.key === "Enter") { e.preventDefault(); if (!found.length) found = look(view, input.value); pick(Math.max(0, active)); return; }
      if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
      e.preventDefault();
      if (!found.length) return;
      active = (active + (e.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
      show();
    });
  };
  return { start };
})();
