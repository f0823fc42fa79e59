// The card: all that is known of one camera, said in text.
const Card = (() => {
  const $ = (id) => document.getElementById(id);
  const FACTS = ["operator_kind", "vendor", "device", "setting", "status", "change", "outcome", "state", "county", "first_seen", "last_seen", "located_by", "position_error_m", "confidence", "n_reports", "n_sources", "sources"];
  const HIDDEN = new Set(["camera_id", "lon", "lat", "operator", "source_record", "county_geoid", "access_class", "access_on", "door_on", ...FACTS]);
  let index = null;

  const rows = (pairs) => el("dl", {}, ...pairs.flatMap(([k, v]) => [el("dt", { textContent: k }), el("dd", {}, v instanceof Node ? v : document.createTextNode(String(v)))]));
  const part = (title, ...nodes) => (nodes.filter(Boolean).length ? el("section", {}, el("h3", { textContent: T(title) }), ...nodes) : null);

  // rows of a table about camera i, by its `row` column
  const about = (view, name, i) => {
    index ??= {};
    if (!index[name]) {
      const table = new Decode.Table(view.doc[name], view.model.cams), row = table.num("row"), by = new Map();
      for (let k = 0; k < table.n; k++) { if (!by.has(row[k])) by.set(row[k], []); by.get(row[k]).push(k); }
      index[name] = { table, by };
    }
    return [index[name].table, index[name].by.get(i) || []];
  };

  const looks = (view, i) => {
    const { model } = view, out = [];
    for (let v = model.first[i]; v < model.first[i + 1]; v++) {
      out.push(el("li", { textContent: Words.view(model.heading[v], model.width[v], model.quality.words[model.quality.codes[v] - 1] || "missing") }));
    }
    return out.length ? el("ul", {}, ...out) : null;
  };
  const reads = (view, i) => {
    if (!view.doc.reads) return null;
    const [t, found] = about(view, "reads", i);
    if (!found.length) return el("p", { textContent: T("No road of this map lies in its view.") });
    return el("ul", { class: "reads" }, ...found.map((k) => el("li", { textContent: Words.reading(t.at("road", k), t.at("bound", k), t.num("range_m")[k], t.at("plates", k), t.at("sure", k)) })));
  };
  // what it reads, drawn: roads around it, its view, the stretches it reads with arrows of travel; north is up
  const picture = (view, i) => {
    if (!view.doc.reads) return null;
    const [t, rows_] = about(view, "reads", i);
    if (!rows_.length) return null;
    const { model } = view, w = 334, h = 168, far = Math.max(40, ...rows_.map((k) => t.num("range_m")[k] || 0)), meter = 40075016.686 * Math.cos((model.lat[i] * Math.PI) / 180);
    const k = ((h / 2) * 0.8 * meter) / far, f = { zoom: Math.min(19, Math.log2(k / 256)), k, w, h, small: true, ox: model.x[i] * k - w / 2, oy: model.y[i] * k - h / 2 };
    f.box = [f.ox / k, f.oy / k, (f.ox + w) / k, (f.oy + h) / k];
    const canvas = Symbols.swatch((ctx) => {
      Basemap.around(ctx, view, f, i);
      Cameras.alone(ctx, model, i, f);
      const bar = (100 * 0.3048 * k) / meter, at = h - 10;
      ctx.strokeStyle = Theme.get("ink"); ctx.lineWidth = 2; ctx.beginPath(); ctx.moveTo(10, at); ctx.lineTo(10 + bar, at); ctx.stroke();
      ctx.font = `600 11px ${Theme.get("font")}`; ctx.textAlign = "left"; ctx.textBaseline = "alphabetic"; ctx.lineWidth = 3; ctx.strokeStyle = Theme.get("halo");
      ctx.strokeText(T("100 ft"), 10, at - 5); ctx.fillStyle = Theme.get("ink"); ctx.fillText(T("100 ft"), 10, at - 5);
    }, w, h);
    canvas.className = "picture";
    canvas.removeAttribute("aria-hidden");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", T("The camera, its view, and the roads it reads, north up"));
    return canvas;
  };
  const distances = (view, i) => {
    const { cams } = view.model, names = cams.names.filter((n) => /^(to|road_to)_.*_[ms]$/.test(n) && cams.has(n));
    const pairs = names.map((n) => [Words.label(n), Words.value(n, cams.num(n)[i])]);
    return pairs.length ? rows(pairs) : null;
  };
  const reports = (view, i) => {
    if (!view.doc.reports) return null;
    const [t, found] = about(view, "reports", i);
    if (!found.length) return null;
    return el("ul", { class: "reports" }, ...found.map((k) => {
      const id = t.at("report_id", k), dates = [t.at("first_seen", k), t.at("last_seen", k)].filter(Boolean).map(Words.day), far = t.at("distance_m", k), rule = t.at("rule", k);
      const bits = [t.at("source_id", k), dates.length ? [...new Set(dates)].join(T(" to ")) : T("undated"), far ? T(`${Math.round(far)} m away`) : null, rule ? T("rule {rule}", { rule }) : null].filter(Boolean);
      const said = ["direction_raw", "operator_raw", "vendor_raw", "place_raw"].filter((n) => t.has(n) && t.at(n, k)).map((n) => `${T(n.replace("_raw", ""))}: ${t.at(n, k)}`);
      return el("li", {}, (view.doc.meta.fictional ? null : Words.record(id)) || el("span", { textContent: id }), el("span", { class: "soft", textContent: ` ${bits.join(", ")}` }), said.length ? el("p", { class: "said", textContent: said.join("; ") }) : null);
    }));
  };
  const access = (view, i) => {
    const cls = view.model.cams.has("access_class") ? view.model.cams.at("access_class", i) : null;
    if (!view.doc.access) return cls ? rows([[Words.label("access_class"), cls]]) : null;
    const [t, found] = about(view, "access", i);
    if (!found.length) return el("p", { textContent: T("No sharing record names this camera's operator. That is not proof that nobody else looks.") });
    return el("ul", {}, ...found.slice(0, 40).map((k) => {
      const names = t.names.filter((n) => n !== "row" && t.at(n, k) !== null);
      if (t.has("class") && t.has("hops")) return said(t, k, names);
      return el("li", {}, ...names.map((n, j) => {
        const v = t.at(n, k), text = `${j ? ", " : ""}${Words.label(n)}: ${Words.value(n, v)}`;
        return typeof v === "string" && v.startsWith("https://") ? Words.link(text, v) : document.createTextNode(text);
      }));
    }), found.length > 40 ? el("li", { textContent: T(`and ${found.length - 40} more`) }) : null);
  };

  // rules A2 and A3: the class, then one hop as a fact and two as a possibility, then the record that says so
  const HOPS = ["run by that body itself", "one hop: its operator shares with it, on record", "two hops: a possibility, not a fact"];
  const said = (t, k, names) => {
    const hops = t.num("hops")[k], cls = t.at("class", k), item = el("li", {}, el("strong", { textContent: T(cls === null ? "no record" : cls) }));
    if (!Number.isNaN(hops)) item.append(`, ${T(HOPS[hops] || `${hops} hops`)}`);
    else item.append(T(": no record names this agency; that is not proof that nobody else looks"));
    const rest = names.filter((n) => n !== "class" && n !== "hops").map((n) => [Words.label(n), Words.value(n, t.at(n, k))]);
    if (rest.length) item.append(rows(rest));
    return item;
  };

  const show = (view, i, focus = true) => {
    const { model } = view, { cams } = model, card = $("card"), body = $("card-body");
    const others = Cameras.together(model, i), facts = FACTS.filter((n) => cams.has(n)).map((n) => [Words.label(n), /_seen$/.test(n) ? Words.day(Words.value(n, cams.at(n, i))) : Words.value(n, cams.at(n, i))]);
    const more = cams.names.filter((n) => !HIDDEN.has(n) && cams.has(n) && !/^(to|road_to)_/.test(n)).map((n) => [Words.label(n), Words.value(n, cams.at(n, i))]);
    // numbers of a fictional page are nobody's at OpenStreetMap
    const record = view.doc.meta.fictional ? null : Words.record(cams.at("source_record", i)) || Words.record(cams.at("camera_id", i)), c = model.classes[model.cls[i]];
    body.replaceChildren(...[
      view.doc.meta.fictional ? el("p", { class: "badge", textContent: T("Fictional example") }) : null,
      el("p", { class: "class-line" }, Symbols.swatch((ctx, w, h) => Symbols.draw(ctx, c, w / 2, h / 2, 5)), el("span", { textContent: Panel.said(view, c) })),
      el("h2", { id: "card-title", tabIndex: -1, textContent: cams.at("operator", i) || T("Operator not stated") }),
      el("p", { class: "id" }, el("code", { textContent: cams.at("camera_id", i) ?? "" }), ` ${T("at")} ${model.lat[i].toFixed(5)}, ${model.lon[i].toFixed(5)}`),
      record ? el("p", {}, record) : null,
      others.length > 1 ? pager(view, others, i) : null,
      part("Reads", picture(view, i), reads(view, i)), part("Looks", looks(view, i)), part("Facts", rows([...facts, ...more])), part("Distance", distances(view, i)),
      part(view.doc.meta.access_to ? Words.label("access_class") : "Who has access", access(view, i)), part("Day by day", Timeline.story(i)), part("Reports", reports(view, i)),
    ].filter(Boolean));
    card.hidden = false;
    body.scrollTop = 0;
    if (focus) $("card-title").focus({ preventScroll: true });
  };
  const pager = (view, others, i) => {
    const at = others.indexOf(i), next = others[(at + 1) % others.length];
    return el("p", { class: "pager" }, T(`${at + 1} of ${others.length} on this spot`), " ", el("button", { type: "button", textContent: T("next"), onclick: () => view.select(next) }));
  };
  const hide = () => { $("card").hidden = true; };
  return { show, hide };
})();
