// Known cameras and known devices that read no plates: read once, drawn on their own canvas.
const Known = (() => {
  const table = (raw, views) => {
    const t = new Decode.Table(raw), heads = new Map();
    if (views) {
      const v = new Decode.Table(views), row = v.num("row"), deg = v.num("heading_deg");
      for (let k = 0; k < v.n; k++) heads.set(row[k], [...(heads.get(row[k]) || []), deg[k]]);
    }
    return { t, n: t.n, lon: t.num("lon"), lat: t.num("lat"), headings: (i) => heads.get(i) || [], id: (i) => t.at("id", i), device: (i) => t.at("device", i) || "other" };
  };
  const reader = (ctx, x, y, r, headings, meter) => {
    const color = Theme.get("reader"), long = Math.max(18, 40 * meter);
    for (const deg of headings) {
      const a = ((deg - 90) * Math.PI) / 180;
      ctx.beginPath(); ctx.moveTo(x, y); ctx.arc(x, y, long, a - 0.3, a + 0.3); ctx.closePath();
      ctx.globalAlpha = 0.22; ctx.fillStyle = color; ctx.fill(); ctx.globalAlpha = 1;
    }
    ctx.beginPath(); ctx.arc(x, y, r, 0, 7); ctx.fillStyle = color; ctx.strokeStyle = Theme.get("halo"); ctx.lineWidth = 1.6; ctx.fill(); ctx.stroke();
  };
  const other = (ctx, x, y, r) => {
    ctx.beginPath(); ctx.rect(x - r, y - r, 2 * r, 2 * r);
    ctx.fillStyle = Theme.get("panel"); ctx.fill(); ctx.strokeStyle = Theme.get("grey"); ctx.lineWidth = 1.8; ctx.stroke();
    ctx.beginPath(); ctx.moveTo(x - r, y + r); ctx.lineTo(x + r, y - r); ctx.stroke();
  };
  const paint = (view) => (ctx, f) => {
    const each = (list, draw) => {
      for (let i = 0; i < list.n; i++) {
        const x = Mercator.x(list.lon[i]) * f.k - f.ox, y = Mercator.y(list.lat[i]) * f.k - f.oy;
        if (x > -60 && y > -60 && x < f.w + 60 && y < f.h + 60) draw(i, x, y);
      }
    };
    if (f.zoom < 12) {
      ctx.fillStyle = Theme.get("reader"); ctx.globalAlpha = 0.65;
      const side = f.zoom < 6 ? 1.6 : 3;
      each(view.cameras, (i, x, y) => ctx.fillRect(x - side / 2, y - side / 2, side, side));
      ctx.globalAlpha = 1;
      return;
    }
    const meter = f.k / (40075016.686 * Math.cos((view.map.getCenter().lat * Math.PI) / 180)), r = f.zoom < 15 ? 4 : 6;
    each(view.others, (i, x, y) => other(ctx, x, y, r - 0.5));
    each(view.cameras, (i, x, y) => reader(ctx, x, y, r, f.zoom < 14 ? [] : view.cameras.headings(i), meter));
  };
  const key = (view) => {
    const yours = (ctx, w, h) => { ctx.beginPath(); ctx.moveTo(9, h / 2); ctx.arc(9, h / 2, 20, -0.35, 0.35); ctx.closePath(); ctx.globalAlpha = 0.3; ctx.fillStyle = Theme.get("watched"); ctx.fill(); ctx.globalAlpha = 1; ctx.beginPath(); ctx.arc(9, h / 2, 6.5, 0, 7); ctx.fill(); };
    const rows = [["legend_yours", yours]];
    if (view.cameras.n) rows.push(["legend_known", (ctx, w, h) => reader(ctx, 9, h / 2, 5, [90], 0)]);
    if (view.others.n) rows.push(["legend_others", (ctx, w, h) => other(ctx, 12, h / 2, 5)]);
    document.getElementById("key").replaceChildren(...rows.map(([words, draw]) => el("li", {}, Symbols.swatch(draw, 34, 22), el("span", { textContent: Say.t(words) }))));
  };
  // labels of the ground keep clear of nothing here: the cameras are drawn above them
  return { table, paint, key };
})();
const Cameras = { obstacles: () => [] };
