// The camera layer: counts when zoomed out, symbols, wedges when zoomed in; and what lies under the pointer.
const Cameras = (() => {
  const SINGLE_FROM = 13.5, WEDGE_FROM = 14, CELL_PX = 54, RANGE_M = 60, OPENING_DEG = 45;
  /* RANGE_M, OPENING_DEG: as they are measured at the level mid, schema.VIEW_LEVELS; docs/method/publish.md */
  let cache = new Map(), drawn = [];

  const groups = (model, zoom) => {
    const key = `${zoom}|${model.version}|${model.scheme}`;
    if (cache.has(key)) return cache.get(key);
    if (cache.size > 12) cache = new Map();
    const k = 256 * 2 ** zoom, cells = new Map(), m = model.classes.length;
    for (let i = 0; i < model.n; i++) {
      if (!model.shown[i]) continue;
      const cell = Math.floor((model.x[i] * k) / CELL_PX) * 4194304 + Math.floor((model.y[i] * k) / CELL_PX);
      let g = cells.get(cell);
      if (!g) cells.set(cell, (g = { n: 0, x: 0, y: 0, w: 2, s: 2, e: -2, t: -2, by: new Uint32Array(m), one: i }));
      g.n++; g.x += model.x[i]; g.y += model.y[i]; g.by[model.cls[i]]++;
      g.w = Math.min(g.w, model.x[i]); g.e = Math.max(g.e, model.x[i]); g.s = Math.min(g.s, model.y[i]); g.t = Math.max(g.t, model.y[i]);
    }
    const out = merge([...cells.values()].sort((a, b) => b.n - a.n || a.one - b.one), k);
    cache.set(key, out);
    return out;
  };
  // groups whose circles would overlap become one, the larger one keeping its place roughly
  const merge = (list, k) => {
    const grid = new Map(), out = [], step = CELL_PX * 1.2;
    for (const g of list) {
      const x = (g.x / g.n) * k, y = (g.y / g.n) * k, r = radius(g.n), cx = Math.floor(x / step), cy = Math.floor(y / step);
      let into = null;
      for (let a = cx - 1; a <= cx + 1 && !into; a++) {
        for (let b = cy - 1; b <= cy + 1 && !into; b++) {
          for (const o of grid.get(a * 4194304 + b) || []) if (Math.hypot(o.px - x, o.py - y) < o.r + r + 1) { into = o; break; }
        }
      }
      if (into) {
        into.n += g.n; into.x += g.x; into.y += g.y;
        for (let c = 0; c < g.by.length; c++) into.by[c] += g.by[c];
        into.w = Math.min(into.w, g.w); into.s = Math.min(into.s, g.s); into.e = Math.max(into.e, g.e); into.t = Math.max(into.t, g.t);
      } else {
        const o = Object.assign(g, { px: x, py: y, r }), key = cx * 4194304 + cy;
        if (!grid.has(key)) grid.set(key, []);
        grid.get(key).push(o);
        out.push(o);
      }
    }
    for (const g of out) { g.px = g.px / k; g.py = g.py / k; g.r = radius(g.n); }
    return out;
  };
  const radius = (n) => (n === 1 ? 5.5 : 9.5 + 4.2 * Math.log10(n));
  const short = (n) => (n < 1000 ? String(n) : n < 10000 ? `${(n / 1000).toFixed(1)}k` : `${Math.round(n / 1000)}k`);

  const group = (ctx, model, g, x, y) => {
    const r = g.r;
    ctx.beginPath(); ctx.arc(x, y, r + 1.4, 0, 7); ctx.fillStyle = Theme.get("halo"); ctx.fill();
    ctx.beginPath(); ctx.arc(x, y, r - 2, 0, 7); ctx.fillStyle = Theme.get("panel"); ctx.fill();
    // the ring shows the shares of the classes
    ctx.lineWidth = 3.4;
    for (let c = 0, a = -Math.PI / 2; c < g.by.length; c++) {
      if (!g.by[c]) continue;
      const b = a + (2 * Math.PI * g.by[c]) / g.n;
      ctx.beginPath(); ctx.arc(x, y, r - 1.2, a, b); ctx.strokeStyle = Theme.get(model.classes[c].color); ctx.stroke();
      a = b;
    }
    ctx.fillStyle = Theme.get("ink"); ctx.textAlign = "center"; ctx.textBaseline = "middle";
    ctx.font = `600 ${g.n < 100 ? 10.5 : g.n < 1000 ? 10.5 : 11}px ${Theme.get("font")}`;
    ctx.fillText(short(g.n), x, y + 0.5);
  };

  const wedges = (ctx, model, i, x, y, f) => {
    const meter = f.k / (40075016.686 * Math.cos((model.lat[i] * Math.PI) / 180)), r = Math.max(20, RANGE_M * meter);
    const color = Theme.get(model.classes[model.cls[i]].color);
    for (let v = model.first[i]; v < model.first[i + 1]; v++) {
      const deg = model.heading[v], quality = model.quality.words[model.quality.codes[v] - 1] || "";
      // on dark ground the deeper colors need a light edge
      ctx.lineWidth = 1.2; ctx.strokeStyle = Theme.isDark() ? "rgba(255, 255, 255, .6)" : color;
      if (Number.isNaN(deg)) { ctx.setLineDash([2, 3]); ctx.beginPath(); ctx.arc(x, y, 12, 0, 7); ctx.stroke(); ctx.setLineDash([]); continue; }
      const tagged = !Number.isNaN(model.width[v]), half = ((tagged ? model.width[v] : OPENING_DEG) * Math.PI) / 360, a = ((deg - 90) * Math.PI) / 180;
      ctx.beginPath();
      if (half >= Math.PI - 0.01) ctx.arc(x, y, r, 0, 7); else { ctx.moveTo(x, y); ctx.arc(x, y, r, a - half, a + half); ctx.closePath(); }
      ctx.globalAlpha = (quality === "zero" ? 0.1 : 0.32) * (Theme.isDark() ? 1.7 : 1); ctx.fillStyle = color; ctx.fill();
      ctx.globalAlpha = 1; ctx.setLineDash(tagged && quality !== "zero" ? [] : [4, 3]); ctx.stroke(); ctx.setLineDash([]);
      if (quality === "zero") {
        ctx.fillStyle = Theme.get("ink"); ctx.font = `600 11px ${Theme.get("font")}`; ctx.textAlign = "center"; ctx.textBaseline = "middle";
        ctx.lineWidth = 3; ctx.strokeStyle = Theme.get("halo"); ctx.strokeText("?", x, y - r * 0.72); ctx.fillText("?", x, y - r * 0.72);
      }
    }
  };

  const ids = (model, f) => {
    const found = [], b = f.box, pad = 40 / f.k;
    for (let i = 0; i < model.n; i++) {
      if (model.shown[i] && model.x[i] >= b[0] - pad && model.x[i] <= b[2] + pad && model.y[i] >= b[1] - pad && model.y[i] <= b[3] + pad) found.push(i);
    }
    return found;
  };

  const paint = (view) => (ctx, f) => {
    const { model } = view;
    drawn = [];
    if (view.mode === "dots" && f.zoom < SINGLE_FROM) dots(ctx, model, f);
    else if (f.zoom < SINGLE_FROM) {
      for (const g of groups(model, f.zoom)) {
        const x = g.px * f.k - f.ox, y = g.py * f.k - f.oy;
        if (x < -40 || y < -40 || x > f.w + 40 || y > f.h + 40) continue;
        if (g.n === 1) { Symbols.draw(ctx, model.classes[model.cls[g.one]], x, y, 4.6); drawn.push({ x, y, r: 9, i: g.one }); }
        else { group(ctx, model, g, x, y); drawn.push({ x, y, r: g.r + 3, g }); }
      }
    } else singles(ctx, view, f);
    if (view.selected >= 0) select(ctx, model, view.selected, f);
  };
  const singles = (ctx, view, f) => {
    const { model } = view, found = ids(model, f), r = f.zoom >= 15 ? 6 : 4.8;
    const at = (i) => [model.x[i] * f.k - f.ox, model.y[i] * f.k - f.oy];
    if (f.zoom >= WEDGE_FROM) for (const i of found) wedges(ctx, model, i, ...at(i), f);
    for (const i of found) { const [x, y] = at(i); Symbols.draw(ctx, model.classes[model.cls[i]], x, y, r); drawn.push({ x, y, r: 12, i }); }
  };
  const dots = (ctx, model, f) => {
    const side = f.zoom < 5 ? 1.3 : f.zoom < 8 ? 2 : 3.4;
    // far out, dots too small for a shape have one color: they show where, not what
    const plain = f.zoom < 8;
    for (let c = model.classes.length - 1; c >= 0; c--) {
      ctx.fillStyle = Theme.get(plain ? "accent" : model.classes[c].color);
      ctx.globalAlpha = plain ? 0.7 : 1;
      for (let i = 0; i < model.n; i++) {
        if (!model.shown[i] || model.cls[i] !== c) continue;
        const x = model.x[i] * f.k - f.ox, y = model.y[i] * f.k - f.oy;
        if (x < 0 || y < 0 || x > f.w || y > f.h) continue;
        if (plain) ctx.fillRect(x - side / 2, y - side / 2, side, side);
        else { Symbols.draw(ctx, model.classes[c], x, y, 3); drawn.push({ x, y, r: 7, i }); }
      }
    }
    ctx.globalAlpha = 1;
  };
  const select = (ctx, model, i, f) => {
    const x = model.x[i] * f.k - f.ox, y = model.y[i] * f.k - f.oy;
    ctx.lineWidth = 5; ctx.strokeStyle = Theme.get("halo"); ctx.beginPath(); ctx.arc(x, y, 12, 0, 7); ctx.stroke();
    ctx.lineWidth = 2.4; ctx.strokeStyle = Theme.get("accent"); ctx.beginPath(); ctx.arc(x, y, 12, 0, 7); ctx.stroke();
  };

  // one camera and its views, in the middle of a small picture
  const alone = (ctx, model, i, f) => {
    wedges(ctx, model, i, f.w / 2, f.h / 2, f);
    Symbols.draw(ctx, model.classes[model.cls[i]], f.w / 2, f.h / 2, 6);
  };
  // boxes of what will be drawn on top of the ground: labels keep clear of them
  const obstacles = (view, f) => {
    const { model } = view, out = [];
    if (view.mode === "dots" && f.zoom < SINGLE_FROM) return out;
    if (f.zoom < SINGLE_FROM) {
      for (const g of groups(model, f.zoom)) {
        const x = g.px * f.k - f.ox, y = g.py * f.k - f.oy, r = g.r * 0.8;
        if (x > -40 && y > -40 && x < f.w + 40 && y < f.h + 40) out.push([x - r, y - r, x + r, y + r]);
      }
    } else for (const i of ids(model, f)) { const x = model.x[i] * f.k - f.ox, y = model.y[i] * f.k - f.oy; out.push([x - 6, y - 6, x + 6, y + 6]); }
    return out;
  };

  // the nearest thing drawn under a point of the canvas
  const hit = (x, y) => {
    let best = null, far = Infinity;
    for (const d of drawn) { const away = Math.hypot(d.x - x, d.y - y); if (away < d.r + 3 && away < far) { best = d; far = away; } }
    return best;
  };
  // cameras that stand on the same spot (two heads on one pole)
  const together = (model, i) => {
    const out = [], near = 3 / 40075016.686;
    for (let j = 0; j < model.n; j++) if (model.shown[j] && Math.abs(model.x[j] - model.x[i]) < near && Math.abs(model.y[j] - model.y[i]) < near) out.push(j);
    return out;
  };
  return { paint, alone, hit, together, obstacles, forget: () => { cache = new Map(); } };
})();
