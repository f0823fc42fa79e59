// Everything under the cameras: land, counties, states, roads, zones, lines, ports and their labels.
const Basemap = (() => {
  // how each style of layer is drawn: never by color alone (width, dash, double line or arrows differ too)
  const LINES = {
    watched: { color: "watched", width: [2, 5], arrows: true },
    reader: { color: "reader", width: [1.4, 3.5] },
    tracked: { color: "tracked", width: [1.6, 4], dash: [10, 3] },
    unread: { color: "unread", width: [1.2, 3.4], calm: 0.35 },
    cordon: { color: "cordon", width: [2, 3], dash: [8, 4, 2, 4] },
    route: { color: "accent", width: [2, 4] },
    border: { color: "border", width: [1.6, 3], dash: [14, 4, 2, 4], glow: true },
    other: { color: "muted", width: [1.5, 3], dash: [5, 3] },
  };
  const ROADS = {
    motorway: [4.5, "road-major", 5], trunk: [5, "road-major", 4.4], primary: [8, "road-major", 3.6], secondary: [9.5, "road-mid", 3],
    tertiary: [11, "road-mid", 2.4], unclassified: [12.5, "road-minor", 1.9], residential: [12.5, "road-minor", 1.8], living_street: [13, "road-minor", 1.6],
  };
  const style = (name) => (Object.hasOwn(LINES, name) ? LINES[name] : LINES.other);
  const ramp = (zoom, [low, high]) => low + (high - low) * Math.min(1, Math.max(0, (zoom - 5) / 11));

  const shapeOf = (layer) => (layer.shape ??= layer.raw.shape ? Decode.shape(layer.raw.shape) : null);
  const tableOf = (layer) => (layer.table ??= new Decode.Table(layer.raw.table));

  // add part p to the path; vertices closer than 0.8 px to the last one drawn are left out
  const trace = (ctx, s, p, f, close) => {
    const from = s.start[p], to = s.start[p + 1];
    let lx = s.x[from] * f.k - f.ox, ly = s.y[from] * f.k - f.oy;
    ctx.moveTo(lx, ly);
    for (let i = from + 1; i < to; i++) {
      const x = s.x[i] * f.k - f.ox, y = s.y[i] * f.k - f.oy;
      if (i === to - 1 || Math.abs(x - lx) + Math.abs(y - ly) > 0.8) { ctx.lineTo(x, y); lx = x; ly = y; }
    }
    if (close) ctx.closePath();
  };
  const inView = (s, p, b) => s.box[4 * p] <= b[2] && s.box[4 * p + 2] >= b[0] && s.box[4 * p + 1] <= b[3] && s.box[4 * p + 3] >= b[1];

  const rings = (ctx, s, f) => {
    ctx.beginPath();
    for (let p = 0; p < s.n; p++) if (inView(s, p, f.box)) trace(ctx, s, p, f, true);
  };
  // at small scales a line shorter than a pixel is one pixel, painted once
  const lines = (ctx, s, f, keep) => {
    const small = 1.2 / f.k, seen = new Uint8Array(Math.ceil(f.w) * Math.ceil(f.h)), wide = Math.ceil(f.w), dots = [];
    ctx.beginPath();
    for (let p = 0; p < s.n; p++) {
      if (!inView(s, p, f.box) || (keep && !keep(s.owner[p]))) continue;
      if (s.box[4 * p + 2] - s.box[4 * p] + s.box[4 * p + 3] - s.box[4 * p + 1] > small) { trace(ctx, s, p, f, false); continue; }
      const x = Math.floor(s.box[4 * p] * f.k - f.ox), y = Math.floor(s.box[4 * p + 1] * f.k - f.oy);
      if (x < 0 || y < 0 || x >= wide || y >= f.h || seen[y * wide + x]) continue;
      seen[y * wide + x] = 1;
      dots.push(x, y);
    }
    return dots;
  };
  // a stretch is shown for as long as one of the cameras that read it is
  const kept = (layer, model) => {
    if (!model || layer.raw.style !== "watched" || !tableOf(layer).has("cameras")) return null;
    const { words, codes } = tableOf(layer).coded("cameras");
    layer.readers ??= words.map((w) => w.split(" ").map(Number));
    return (row) => !codes[row] || layer.readers[codes[row] - 1].some((i) => model.shown[i]);
  };
  const strokeLayer = (ctx, layer, f, model) => {
    const s = shapeOf(layer), look = style(layer.raw.style), width = ramp(f.zoom, look.width), keep = kept(layer, model);
    const color = Theme.get(look.color), dots = lines(ctx, s, f, keep);
    ctx.lineCap = look.dash ? "butt" : "round"; ctx.lineJoin = "round";
    if (look.glow) { ctx.strokeStyle = color; ctx.globalAlpha = 0.18; ctx.lineWidth = width * 3.2; ctx.stroke(); ctx.globalAlpha = 1; }
    else if (f.zoom > 11) { ctx.strokeStyle = Theme.get("halo"); ctx.lineWidth = width + 2; ctx.stroke(); }
    ctx.strokeStyle = color; ctx.lineWidth = width; ctx.globalAlpha = look.calm || 1;
    ctx.setLineDash(look.dash || []);
    ctx.stroke();
    ctx.setLineDash([]); ctx.globalAlpha = 1;
    ctx.fillStyle = color;
    const side = Math.max(1.2, width);
    for (let i = 0; i < dots.length; i += 2) ctx.fillRect(dots[i], dots[i + 1], side, side);
    if (look.arrows && f.zoom >= 15) arrows(ctx, layer, s, f, keep);
  };
  // chevrons in the direction of travel that is read
  const arrows = (ctx, layer, s, f, keep) => {
    const table = tableOf(layer), travel = table.coded("travel");
    ctx.strokeStyle = Theme.get("paper"); ctx.lineWidth = 1.6; ctx.lineCap = "round";
    ctx.beginPath();
    for (let p = 0; p < s.n; p++) {
      if (!inView(s, p, f.box) || (keep && !keep(s.owner[p]))) continue;
      const word = travel.words[travel.codes[s.owner[p]] - 1];
      if (word !== "forward" && word !== "backward") continue;
      const sign = word === "forward" ? 1 : -1;
      for (let i = s.start[p] + 1, walked = 0; i < s.start[p + 1]; i++) {
        const ax = s.x[i - 1] * f.k - f.ox, ay = s.y[i - 1] * f.k - f.oy, dx = s.x[i] * f.k - f.ox - ax, dy = s.y[i] * f.k - f.oy - ay, d = Math.hypot(dx, dy);
        for (let at = 12 - (walked % 24); at < d; at += 24) {
          if (at < 0) continue;
          const x = ax + (dx * at) / d, y = ay + (dy * at) / d, ux = (sign * dx) / d, uy = (sign * dy) / d;
          ctx.moveTo(x - 3 * ux - 2.6 * uy, y - 3 * uy + 2.6 * ux); ctx.lineTo(x + 1.5 * ux, y + 1.5 * uy); ctx.lineTo(x - 3 * ux + 2.6 * uy, y - 3 * uy - 2.6 * ux);
        }
        walked += d;
      }
    }
    ctx.stroke();
  };

  const roads = (ctx, layer, f) => {
    const s = shapeOf(layer), table = tableOf(layer), cls = table.coded("highway");
    const grow = Math.max(0.28, Math.min(2.4, 2 ** ((f.zoom - 14.5) * 0.55)));
    const order = cls.words.map((w, k) => [Object.hasOwn(ROADS, w) ? ROADS[w] : w.endsWith("_link") ? [11, "road-mid", 2] : [13.5, "road-minor", 1.3], k + 1])
      .filter(([look]) => f.zoom >= look[0]).sort((a, b) => a[0][2] - b[0][2]);
    ctx.lineCap = "round"; ctx.lineJoin = "round";
    for (const casing of f.zoom >= 13 ? [true, false] : [false]) {
      for (const [[, color, width], code] of order) {
        const dots = lines(ctx, s, f, (row) => cls.codes[row] === code);
        ctx.strokeStyle = Theme.get(casing ? "road-case" : color); ctx.lineWidth = width * grow + (casing ? 1.4 : 0);
        ctx.stroke();
        if (!casing) { ctx.fillStyle = Theme.get(color); for (let i = 0; i < dots.length; i += 2) ctx.fillRect(dots[i], dots[i + 1], 1, 1); }
      }
    }
  };

  const fillLayer = (ctx, layer, f) => {
    const s = shapeOf(layer), unread = layer.raw.style === "unread", color = Theme.get(unread ? "unread" : "zone");
    rings(ctx, s, f);
    ctx.fillStyle = color;
    ctx.globalAlpha = unread ? 0.14 : 0.1; ctx.fill("evenodd");
    ctx.globalAlpha = 0.9; ctx.strokeStyle = color; ctx.lineWidth = 1.1; ctx.setLineDash(unread ? [] : [5, 3]); ctx.stroke();
    ctx.setLineDash([]); ctx.globalAlpha = 1;
  };

  // shades of districts: no figure is only outlined, none is blank, then light to deep
  const SHADES = ["#e3d3ec", "#c8a9d8", "#a87cc0", "#84529f", "#5c2f78"];
  const shade = (count, k) => SHADES[count < 2 ? 2 : Math.round((k * (SHADES.length - 1)) / (count - 1))];
  const districts = (ctx, layer, f) => {
    const s = shapeOf(layer), code = tableOf(layer).num("shade"), count = layer.raw.shades.length;
    for (let k = 0; k < count + 2; k++) {
      ctx.beginPath();
      for (let p = 0; p < s.n; p++) if (code[s.owner[p]] === k && inView(s, p, f.box)) trace(ctx, s, p, f, true);
      if (k > 1) { ctx.fillStyle = shade(count, k - 2); ctx.globalAlpha = 0.72; ctx.fill("evenodd"); ctx.globalAlpha = 1; }
      ctx.strokeStyle = Theme.get("muted"); ctx.lineWidth = 0.9; ctx.setLineDash(k ? [] : [2, 4]); ctx.stroke(); ctx.setLineDash([]);
    }
  };
  // the district of a shown layer under a point of the unit square, in words
  const districtAt = (view, x, y) => {
    for (const layer of view.layers) {
      if (!layer.on || layer.raw.kind !== "choropleth") continue;
      const s = shapeOf(layer), inside = new Map();
      for (let p = 0; p < s.n; p++) {
        if (x < s.box[4 * p] || x > s.box[4 * p + 2] || y < s.box[4 * p + 1] || y > s.box[4 * p + 3]) continue;
        let odd = false;
        for (let i = s.start[p], j = s.start[p + 1] - 1; i < s.start[p + 1]; j = i++) if (s.y[i] > y !== s.y[j] > y && x < ((s.x[j] - s.x[i]) * (y - s.y[i])) / (s.y[j] - s.y[i]) + s.x[i]) odd = !odd;
        if (odd) inside.set(s.owner[p], !inside.get(s.owner[p]));
      }
      for (const [row, yes] of inside) if (yes) return `${tableOf(layer).at("name", row)}: ${tableOf(layer).at("value", row) ?? T("no figure")} · ${T(layer.raw.label)}`;
    }
    return "";
  };

  const paint = (view) => (ctx, f) => {
    const on = (id) => view.layers.find((l) => l.raw.id === id && l.on);
    const land = view.layers.find((l) => l.raw.role === "land"), counties = on("counties"), states = on("states");
    ctx.fillStyle = Theme.get("sea"); ctx.fillRect(0, 0, f.w, f.h);
    const abroad = view.layers.find((l) => l.raw.role === "abroad");
    if (abroad) {
      rings(ctx, shapeOf(abroad), f);
      ctx.fillStyle = Theme.get("abroad"); ctx.fill("evenodd");
    }
    if (land) {
      rings(ctx, shapeOf(land), f);
      ctx.fillStyle = Theme.get("land"); ctx.fill("evenodd");
      ctx.strokeStyle = Theme.get("land-line"); ctx.lineWidth = 0.7; ctx.stroke();
    } else { ctx.fillStyle = Theme.get("land"); ctx.fillRect(0, 0, f.w, f.h); }
    if (counties && f.zoom >= 5.5) plain(ctx, counties, f, "county-line", Math.min(1, 0.35 + (f.zoom - 5.5) * 0.25));
    if (states) plain(ctx, states, f, "land-line", f.zoom < 5 ? 0.8 : 1.3);
    for (const layer of view.layers) if (layer.on && layer.raw.kind === "choropleth") districts(ctx, layer, f);
    for (const layer of view.layers) if (layer.on && layer.raw.kind === "zone" && !layer.raw.role) fillLayer(ctx, layer, f);
    const numbered = on("interstates");
    if (numbered) { lines(ctx, shapeOf(numbered), f); ctx.strokeStyle = Theme.get("road-major"); ctx.lineWidth = f.zoom < 6 ? 1 : 1.8; ctx.lineJoin = "round"; ctx.stroke(); }
    for (const layer of view.layers) if (layer.on && layer.raw.role === "roads") roads(ctx, layer, f);
    for (const layer of view.layers) if (layer.on && layer.raw.kind === "line" && !layer.raw.role) strokeLayer(ctx, layer, f, view.model);
    const labels = Labels.start([...Cameras.obstacles(view, f), ...Labels.margins(f)]);
    for (const layer of view.layers) if (layer.on && layer.raw.kind === "point") points(ctx, layer, f, labels);
    Labels.write(ctx, view, f, labels);
  };
  const plain = (ctx, layer, f, color, width) => {
    lines(ctx, shapeOf(layer), f);
    ctx.strokeStyle = Theme.get(color); ctx.lineWidth = width; ctx.lineJoin = "round"; ctx.stroke();
  };
  const points = (ctx, layer, f, labels) => {
    const t = tableOf(layer), lon = t.num("lon"), lat = t.num("lat"), review = layer.raw.style === "review", name = t.has("name");
    for (let i = 0; i < t.n; i++) {
      const x = Mercator.x(lon[i]) * f.k - f.ox, y = Mercator.y(lat[i]) * f.k - f.oy;
      if (!(x > -20 && y > -20 && x < f.w + 20 && y < f.h + 20)) continue;
      if (!review && f.zoom < 5) { ctx.fillStyle = Theme.get("port"); ctx.fillRect(x - 1.5, y - 1.5, 3, 3); continue; }
      const r = review ? 5 : ramp(f.zoom, [2.2, 6]);
      ctx.beginPath(); ctx.rect(x - r, y - r * 0.8, 2 * r, 1.6 * r);
      ctx.fillStyle = Theme.get(review ? "cordon" : "panel"); ctx.strokeStyle = Theme.get(review ? "halo" : "port"); ctx.lineWidth = 1.6; ctx.fill(); ctx.stroke();
      if (name && f.zoom >= 7) Labels.point(ctx, labels, t.at("name", i), x, y - r - 4, "port");
    }
  };
  // the ground around one camera with the stretches it reads, for its card
  const around = (ctx, view, f, i) => {
    ctx.fillStyle = Theme.get("land"); ctx.fillRect(0, 0, f.w, f.h);
    for (const layer of view.layers) if (layer.raw.role === "roads") roads(ctx, layer, f);
    const one = { shown: { [i]: 1 } };
    for (const layer of view.layers) if (layer.raw.style === "watched") strokeLayer(ctx, layer, f, one);
    Labels.streets(ctx, view, f, Labels.start([[f.w / 2 - 12, f.h / 2 - 12, f.w / 2 + 12, f.h / 2 + 12]]));
  };
  return { paint, around, shade, districtAt, style, shapeOf, tableOf, inView, LINES, ROADS, ramp };
})();
