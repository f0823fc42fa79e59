// The table of districts behind their shades: sorted by a click or by keyboard, most first; what has no figure stands last.
const Areas = (() => {
  const $ = (id) => document.getElementById(id);
  const MOST = 200;
  let layer = null, table = null, sorted = [0, -1];

  const start = (view) => {
    layer = view.layers.find((l) => l.raw.figures) || null;
    $("areas-box").hidden = !layer;
    if (!layer) return;
    table = new Decode.Table(layer.raw.figures);
    // by what the shades show
    sorted = [Math.max(0, layer.raw.columns.findIndex(([name]) => `district-${name}` === layer.raw.id)), -1];
    show();
  };
  const text = (k, row) => {
    const [name, , digits, unit] = layer.raw.columns[k], v = table.num(name)[row];
    return Number.isNaN(v) ? "–" : v.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }) + unit;
  };
  const order = () => {
    const [k, sign] = sorted, rows = Array.from({ length: table.n }, (_, i) => i), name = (i) => String(table.at("area", i));
    const byName = (a, b) => name(a).localeCompare(name(b), "en", { numeric: true });
    if (k < 0) return rows.sort((a, b) => sign * byName(a, b));
    const v = table.num(layer.raw.columns[k][0]);
    return rows.sort((a, b) => (Number.isNaN(v[a]) ? 1 : 0) - (Number.isNaN(v[b]) ? 1 : 0) || sign * (v[a] - v[b]) || byName(a, b));
  };
  const head = (k, label) => el("th", { scope: "col", "aria-sort": k !== sorted[0] ? "none" : sorted[1] > 0 ? "ascending" : "descending" },
    el("button", { type: "button", textContent: label, onclick: () => { sorted = [k, sorted[0] === k ? -sorted[1] : k < 0 ? 1 : -1]; show(); $("areas-head").querySelectorAll("button")[k + 1].focus(); } }));
  const show = () => {
    if (!layer) return;
    const { columns } = layer.raw, rows = order();
    $("areas-head").replaceChildren(el("tr", {}, head(-1, T("District")), ...columns.map(([, label], k) => head(k, T(label)))));
    $("areas-body").replaceChildren(...rows.slice(0, MOST).map((i) => el("tr", {}, el("th", { scope: "row", textContent: table.at("area", i) }), ...columns.map((_, k) => el("td", { class: "num", textContent: text(k, i) })))));
    $("areas-more").textContent = rows.length > MOST ? T(`${Words.whole(MOST)} of ${Words.whole(rows.length)} districts; areas.csv has all`) : "";
  };
  return { start, show };
})();
