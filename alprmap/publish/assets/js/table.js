// The table of the cameras that the filters leave: sortable by keyboard, a page of rows at a time, and downloads of the same.
const Rows = (() => {
  const $ = (id) => document.getElementById(id);
  const PAGE = 100;
  const COLUMNS = ["camera_id", "operator", "operator_kind", "vendor", "state", "county", "to_mexico_m", "to_canada_m", "to_land_m", "to_port_m", "access_on", "door_on", "access_class", "change", "first_seen", "last_seen", "confidence"];
  let columns = [], order = [], sorted = ["camera_id", 1], page = 0, version = -1;

  const start = (view) => {
    const { cams } = view.model;
    columns = COLUMNS.filter((n) => cams.has(n));
    head(view);
    $("table-toggle").addEventListener("click", () => open(view, $("table-pane").hidden));
    $("table-close").addEventListener("click", () => open(view, false));
    $("page-prev").addEventListener("click", () => { page--; fill(view); });
    $("page-next").addEventListener("click", () => { page++; fill(view); });
    $("save-csv").addEventListener("click", () => save(view, "csv"));
    $("save-geojson").addEventListener("click", () => save(view, "geojson"));
  };
  const head = (view) => {
    $("rows-head").replaceChildren(el("tr", {}, ...columns.map((n) => el("th", { scope: "col", "aria-sort": n !== sorted[0] ? "none" : sorted[1] > 0 ? "ascending" : "descending" },
      el("button", { type: "button", textContent: Words.label(n), onclick: () => { sorted = [n, sorted[0] === n ? -sorted[1] : 1]; page = 0; sort(view); fill(view); } })))));
  };
  const open = (view, yes) => {
    $("table-pane").hidden = !yes;
    $("app").classList.toggle("with-table", yes);
    $("table-toggle").setAttribute("aria-expanded", String(yes));
    view.map.invalidateSize({ animate: false });
    if (yes) { update(view); $("table-pane").focus(); } else $("table-toggle").focus();
  };
  const sort = (view) => {
    const { cams, model } = { cams: view.model.cams, model: view.model }, [name, sign] = sorted;
    order = [];
    for (let i = 0; i < model.n; i++) if (model.shown[i]) order.push(i);
    if (cams.numeric(name)) {
      const v = cams.num(name);
      order.sort((a, b) => (Number.isNaN(v[a]) ? (Number.isNaN(v[b]) ? a - b : 1) : Number.isNaN(v[b]) ? -1 : sign * (v[a] - v[b]) || a - b));
    } else {
      const { words, codes } = cams.coded(name), alphabet = words.map((w, k) => [w, k]).sort((a, b) => a[0].localeCompare(b[0], "en", { numeric: true })), place = new Float64Array(words.length + 1);
      alphabet.forEach(([, k], at) => { place[k + 1] = at + 1; });
      // what is missing stays at the end either way
      order.sort((a, b) => (!codes[a] ? (!codes[b] ? a - b : 1) : !codes[b] ? -1 : sign * (place[codes[a]] - place[codes[b]]) || a - b));
    }
    version = view.model.version;
    for (const [k, th] of [...$("rows-head").querySelectorAll("th")].entries()) th.setAttribute("aria-sort", columns[k] === name ? (sign > 0 ? "ascending" : "descending") : "none");
  };
  const fill = (view) => {
    const { cams } = view.model, pages = Math.max(1, Math.ceil(order.length / PAGE));
    page = Math.min(Math.max(0, page), pages - 1);
    const from = page * PAGE, part = order.slice(from, from + PAGE);
    $("rows-body").replaceChildren(...part.map((i) => el("tr", { class: i === view.selected ? "chosen" : "" }, ...columns.map((n, k) => {
      const v = Words.value(n, cams.at(n, i));
      return k ? el("td", { textContent: v, class: v === T("unknown") ? "soft" : typeof cams.at(n, i) === "number" ? "num" : "" })
        : el("th", { scope: "row" }, el("button", { type: "button", textContent: v, onclick: () => view.goTo(i, true) }));
    }))));
    $("page-text").textContent = T(order.length ? `${Words.whole(from + 1)} to ${Words.whole(from + part.length)} of ${Words.whole(order.length)}` : "no camera passes the filters");
    $("page-prev").disabled = page === 0;
    $("page-next").disabled = page >= pages - 1;
    $("rows-scroll").scrollTop = 0;
  };
  const update = (view) => {
    if ($("table-pane").hidden) return;
    if (version !== view.model.version) { page = 0; sort(view); }
    fill(view);
  };

  // text that a spreadsheet would read as a formula is led by an apostrophe, after a semicolon, tab or bar too; numbers are left alone (store/formats.py: safe_text)
  const first = /^\s*[\t\r]|^[\s"]*[=+\-@\uff1d\uff0b\uff0d\uff20]/, number = /^[+-]?\d+(\.\d+)?$/;
  const later = /([;|\t\r\n])(?=[\s"]*[=+\-@\uff1d\uff0b\uff0d\uff20])(?!\s*[+-]?\d+(?:\.\d+)?\s*(?:[;|\t\r\n]|$))/g;
  const cell = (v) => {
    if (v === null || v === undefined) return "";
    if (typeof v === "number") return String(v);
    const safe = (first.test(v) && !number.test(v) ? `'${v}` : v).replace(later, "$1'");
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const exact = (cams, n, i) => (cams.numeric(n) ? (Number.isNaN(cams.num(n)[i]) ? null : cams.num(n)[i]) : cams.at(n, i));
  const save = (view, kind) => {
    const { cams, model } = { cams: view.model.cams, model: view.model }, names = cams.names.filter((n) => cams.has(n)), rows = [], credit = view.doc.meta.credit;
    for (let i = 0; i < model.n; i++) if (model.shown[i]) rows.push(i);
    let text;
    if (kind === "csv") { // a byte-order mark for Excel; whose it is goes along in each row, since a CSV has no other place for it
      const whose = cell([credit.license, credit.attribution, credit.date].filter(Boolean).join("; "));
      text = "\ufeff" + [[...names, "data_license"].map(cell).join(","), ...rows.map((i) => [...names.map((n) => cell(exact(cams, n, i))), whose].join(","))].join("\r\n") + "\r\n";
    }
    else {
      const features = rows.map((i) => JSON.stringify({ type: "Feature", geometry: { type: "Point", coordinates: [model.lon[i], model.lat[i]] },
        properties: Object.fromEntries(names.filter((n) => n !== "lon" && n !== "lat").map((n) => [n, exact(cams, n, i)])) }));
      text = `{"type":"FeatureCollection",${JSON.stringify(credit).slice(1, -1)},"sources":${JSON.stringify(view.doc.meta.sources || [])},"features":[\n${features.join(",\n")}\n]}\n`;
    }
    const url = URL.createObjectURL(new Blob([text], { type: kind === "csv" ? "text/csv" : "application/geo+json" }));
    const a = el("a", { href: url, download: `${view.doc.meta.fictional ? "fictional-" : ""}cameras.${kind}` });
    document.body.append(a);
    a.click();
    a.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  };
  return { start, update, open, head };
})();
