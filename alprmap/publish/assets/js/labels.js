// Names on the map: states, counties, ports, roads along their line, route shields; none may touch another.
const Labels = (() => {
  const start = (boxes) => ({ boxes });
  // a name is whole or not there: none crosses the edge of what is seen, none lies under a button or the credits
  const margins = ({ seen: [w, n, e, s] }) => {
    const stage = document.getElementById("stage"), at = stage.getBoundingClientRect();
    const over = [...stage.querySelectorAll(".leaflet-control, #credits")].map((c) => c.getBoundingClientRect()).filter((r) => r.width && r.height);
    return [[w - 2, n, w, s], [e, n, e + 2, s], [w, n - 2, e, n], [w, s, e, s + 2],
      ...over.map((r) => [r.left - at.left + w, r.top - at.top + n, r.right - at.left + w, r.bottom - at.top + n])];
  };
  const free = (labels, b, pad = 3) => {
    for (const o of labels.boxes) if (b[0] - pad < o[2] && b[2] + pad > o[0] && b[1] - pad < o[3] && b[3] + pad > o[1]) return false;
    labels.boxes.push(b);
    return true;
  };
  const text = (ctx, words, x, y, color, halo = 3) => {
    ctx.lineJoin = "round"; ctx.lineWidth = halo; ctx.strokeStyle = Theme.get("halo"); ctx.strokeText(words, x, y);
    ctx.fillStyle = Theme.get(color); ctx.fillText(words, x, y);
  };
  const font = (ctx, size, weight = 400, spacing = 0) => {
    ctx.font = `${weight} ${size}px ${Theme.get("font")}`; ctx.textAlign = "center"; ctx.textBaseline = "middle";
    if ("letterSpacing" in ctx) ctx.letterSpacing = `${spacing}px`;
  };
  const point = (ctx, labels, words, x, y, color) => {
    if (!words) return;
    font(ctx, 11, 600);
    const w = ctx.measureText(words).width / 2;
    if (free(labels, [x - w, y - 7, x + w, y + 7])) text(ctx, words, x, y, color);
  };

  const areas = (ctx, view, f, labels) => {
    for (const [id, low, high, size, weight, spacing] of [["states", 3.5, 9, 12, 600, 2.2], ["counties", 8, 13, 11, 400, 0.6]]) {
      const layer = view.layers.find((l) => l.raw.id === id && l.on);
      if (!layer || f.zoom < low || f.zoom > high) continue;
      const t = Basemap.tableOf(layer), lon = t.num("lon"), lat = t.num("lat"), span = t.num("span_deg");
      const order = Array.from({ length: t.n }, (_, i) => i).sort((a, b) => span[b] - span[a]);
      for (const i of order) {
        const x = Mercator.x(lon[i]) * f.k - f.ox, y = Mercator.y(lat[i]) * f.k - f.oy;
        if (!(x > 0 && y > 0 && x < f.w && y < f.h)) continue;
        const room = (span[i] / 360) * f.k;
        let words = id === "states" ? t.at("name", i).toUpperCase() : t.at("name", i), px = size;
        font(ctx, px, weight, spacing);
        if (ctx.measureText(words).width > room * 1.02) {
          if (id !== "states" || room < 16) continue;
          words = t.at("state", i); px = 11; font(ctx, px, weight, 0.5);
        }
        const w = ctx.measureText(words).width / 2, dy = Math.min(34, room * 0.22), dx = Math.max(0, Math.min(30, room / 2 - w));
        // in the middle if it is free, else a little above, below, left or right of it
        for (const [ox, oy] of [[0, 0], [0, -dy], [0, dy], [-dx, 0], [dx, 0], [-dx, -dy], [dx, dy], [dx, -dy], [-dx, dy]]) {
          if (!free(labels, [x + ox - w, y + oy - px / 2, x + ox + w, y + oy + px / 2])) continue;
          text(ctx, words, x + ox, y + oy, "muted");
          break;
        }
      }
    }
  };

  // the longest stretch of a part that is nearly straight and long enough for `need` pixels
  const run = (s, p, f, need) => {
    const pts = [];
    for (let i = s.start[p]; i < s.start[p + 1]; i++) pts.push([s.x[i] * f.k - f.ox, s.y[i] * f.k - f.oy]);
    let best = null;
    for (let a = 0; a < pts.length - 1; a++) {
      let length = 0;
      const turn0 = Math.atan2(pts[a + 1][1] - pts[a][1], pts[a + 1][0] - pts[a][0]);
      for (let b = a + 1; b < pts.length; b++) {
        const turn = Math.atan2(pts[b][1] - pts[b - 1][1], pts[b][0] - pts[b - 1][0]);
        if (Math.abs(Math.atan2(Math.sin(turn - turn0), Math.cos(turn - turn0))) > 0.35) break;
        length += Math.hypot(pts[b][0] - pts[b - 1][0], pts[b][1] - pts[b - 1][1]);
        if (length > need && (!best || length > best.length)) best = { length, a: pts[a], b: pts[b] };
      }
    }
    return best;
  };
  const roads = (ctx, view, f, labels) => {
    const layer = view.layers.find((l) => l.raw.role === "roads" && (l.on || f.small));
    if (!layer || f.zoom < 11) return;
    const s = Basemap.shapeOf(layer), t = Basemap.tableOf(layer), cls = t.coded("highway"), name = t.coded("name"), ref = t.coded("ref");
    const rank = cls.words.map((w) => (Object.hasOwn(Basemap.ROADS, w) ? Basemap.ROADS[w] : [15, "", 0]));
    const seen = new Map(), todo = [];
    for (let p = 0; p < s.n; p++) {
      if (!Basemap.inView(s, p, f.box)) continue;
      const look = rank[cls.codes[s.owner[p]] - 1];
      if (!look || f.zoom < look[0] + 2.4) continue;
      const span = Math.hypot(s.box[4 * p + 2] - s.box[4 * p], s.box[4 * p + 3] - s.box[4 * p + 1]) * f.k;
      if (span > 40) todo.push([look[2], span, p]);
    }
    todo.sort((a, b) => b[0] - a[0] || b[1] - a[1]);
    for (const [, , p] of todo.slice(0, 600)) {
      const row = s.owner[p], words = name.words[name.codes[row] - 1], route = ref.words[ref.codes[row] - 1];
      if (route && shield(ctx, labels, s, p, f, route.split(";")[0].trim(), seen)) continue;
      if (words) along(ctx, labels, s, p, f, words, seen);
    }
  };
  const far = (seen, words, x, y, apart) => {
    const places = seen.get(words) || [];
    if (places.some(([a, b]) => Math.hypot(a - x, b - y) < apart)) return false;
    seen.set(words, [...places, [x, y]]);
    return true;
  };
  // the vertex in the middle of what is in view of a part
  const middle = (s, p, f) => {
    let first = -1, last = -1;
    for (let i = s.start[p]; i < s.start[p + 1]; i++) {
      const x = s.x[i] * f.k - f.ox, y = s.y[i] * f.k - f.oy;
      if (x > 20 && y > 12 && x < f.w - 20 && y < f.h - 12) { if (first < 0) first = i; last = i; }
    }
    return first < 0 ? (s.start[p] + s.start[p + 1] - 1) >> 1 : (first + last) >> 1;
  };
  const shield = (ctx, labels, s, p, f, words, seen) => {
    if (words.length > 8) return false;
    const i = middle(s, p, f), x = s.x[i] * f.k - f.ox, y = s.y[i] * f.k - f.oy;
    if (!(x > 0 && y > 0 && x < f.w && y < f.h)) return false;
    font(ctx, 10.5, 700);
    const w = ctx.measureText(words).width / 2 + 5;
    if ((seen.get(`#${words}`) || []).some(([a, b]) => Math.hypot(a - x, b - y) < 260)) return false;
    if (!free(labels, [x - w, y - 8, x + w, y + 8], 6)) return false;
    far(seen, `#${words}`, x, y, 0);
    ctx.beginPath(); ctx.roundRect(x - w, y - 8, 2 * w, 16, 4);
    ctx.fillStyle = Theme.get("shield"); ctx.fill(); ctx.lineWidth = 1; ctx.strokeStyle = Theme.get("muted"); ctx.stroke();
    ctx.fillStyle = Theme.get("ink"); ctx.fillText(words, x, y + 0.5);
    return true;
  };
  const along = (ctx, labels, s, p, f, words, seen) => {
    font(ctx, 11, 500, 0.2);
    const need = ctx.measureText(words).width + 8, best = run(s, p, f, need);
    if (!best) return;
    const x = (best.a[0] + best.b[0]) / 2, y = (best.a[1] + best.b[1]) / 2;
    if (!(x > 0 && y > 0 && x < f.w && y < f.h) || (seen.get(words) || []).some(([a, b]) => Math.hypot(a - x, b - y) < 320)) return;
    let angle = Math.atan2(best.b[1] - best.a[1], best.b[0] - best.a[0]);
    if (angle > Math.PI / 2 || angle < -Math.PI / 2) angle += Math.PI;
    // a slanted name is boxed by a chain of squares along it
    const steps = Math.ceil(need / 14), boxes = [];
    for (let k = 0; k <= steps; k++) {
      const d = (k / steps - 0.5) * need, cx = x + d * Math.cos(angle), cy = y + d * Math.sin(angle);
      boxes.push([cx - 6, cy - 6, cx + 6, cy + 6]);
    }
    if (boxes.some((b) => labels.boxes.some((o) => b[0] < o[2] && b[2] > o[0] && b[1] < o[3] && b[3] > o[1]))) return;
    labels.boxes.push(...boxes);
    far(seen, words, x, y, 0);
    ctx.save(); ctx.translate(x, y); ctx.rotate(angle);
    text(ctx, words, 0, 0.5, "ink", 3.2);
    ctx.restore();
  };
  // towns by their people: the farther in, the smaller; names of waters in slanted type
  const CLEAR_PX = 31, NEAR_PX = 48;
  const towns = (ctx, view, f, labels) => {
    const layer = view.layers.find((l) => l.raw.id === "towns" && l.on);
    if (!layer || f.zoom < 4) return;
    const t = Basemap.tableOf(layer), lon = t.num("lon"), lat = t.num("lat"), rank = t.num("rank");
    layer.order ??= Array.from({ length: t.n }, (_, i) => i).sort((a, b) => rank[b] - rank[a] || a - b);
    const least = f.zoom >= 12 ? -1 : 19 - (f.zoom - 4) * 2.5;
    const crowded = [];
    let shown = 0;
    for (const i of layer.order) {
      if (rank[i] < least || shown > 90) break;
      const x = Mercator.x(lon[i]) * f.k - f.ox, y = Mercator.y(lat[i]) * f.k - f.oy;
      if (!(x > 0 && y > 0 && x < f.w && y < f.h)) continue;
      const px = rank[i] >= 17 ? 13 : rank[i] >= 11 ? 12 : 11, words = t.at("name", i);
      font(ctx, px, rank[i] >= 13 ? 600 : 500);
      // a suburb does not stand for the city beside it whose name found no room
      if (crowded.some(([a, b]) => Math.hypot(a - x, b - y) < NEAR_PX)) continue;
      const w = ctx.measureText(words).width / 2;
      // on its place, else beside it, else clear of a count of cameras there
      const spots = [[0, 0], [0, -px - 6], [0, px + 6], [w + 10, 0], [-w - 10, 0], [0, -CLEAR_PX], [0, CLEAR_PX], [w + CLEAR_PX, 0], [-w - CLEAR_PX, 0]];
      const spot = spots.find(([ox, oy]) => free(labels, [x + ox - w, y + oy - px / 2, x + ox + w, y + oy + px / 2]));
      if (!spot) { crowded.push([x, y]); continue; }
      text(ctx, words, x + spot[0], y + spot[1], "ink");
      shown++;
    }
  };
  const waters = (ctx, view, f, labels) => {
    const layer = view.layers.find((l) => l.raw.id === "waters" && l.on);
    if (!layer) return;
    const t = Basemap.tableOf(layer), lon = t.num("lon"), lat = t.num("lat"), from = t.num("from_zoom");
    for (let i = 0; i < t.n; i++) {
      const x = Mercator.x(lon[i]) * f.k - f.ox, y = Mercator.y(lat[i]) * f.k - f.oy;
      if (f.zoom < from[i] || !(x > 0 && y > 0 && x < f.w && y < f.h)) continue;
      font(ctx, 12, 400, 0.8);
      ctx.font = `italic ${ctx.font}`;
      const w = ctx.measureText(t.at("name", i)).width / 2;
      if (!free(labels, [x - w, y - 7, x + w, y + 7])) continue;
      ctx.fillStyle = Theme.get("water-ink"); ctx.fillText(t.at("name", i), x, y);
    }
    if ("letterSpacing" in ctx) ctx.letterSpacing = "0px";
  };
  const interstates = (ctx, view, f, labels) => {
    const layer = view.layers.find((l) => l.raw.id === "interstates" && l.on);
    if (!layer || f.zoom < 4.5) return;
    const s = Basemap.shapeOf(layer), t = Basemap.tableOf(layer), seen = new Map(), box = f.box;
    const order = Array.from({ length: s.n }, (_, p) => p).filter((p) => Basemap.inView(s, p, box));
    for (const p of order) {
      if (Math.hypot(s.box[4 * p + 2] - s.box[4 * p], s.box[4 * p + 3] - s.box[4 * p + 1]) * f.k < 60) continue;
      shield(ctx, labels, s, p, f, t.at("ref", s.owner[p]), seen);
    }
  };
  const write = (ctx, view, f, labels) => {
    waters(ctx, view, f, labels);
    roads(ctx, view, f, labels);
    if (f.zoom < 5.5) areas(ctx, view, f, labels);
    towns(ctx, view, f, labels);
    interstates(ctx, view, f, labels);
    if (f.zoom >= 5.5) areas(ctx, view, f, labels);
    if ("letterSpacing" in ctx) ctx.letterSpacing = "0px";
  };
  return { start, margins, write, point, free, streets: roads };
})();
