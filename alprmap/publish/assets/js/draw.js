// Canvas ground: a Leaflet layer that redraws itself after each move, the symbols, and the colors of the theme.
const Theme = (() => {
  let values = {};
  const names = ["paper", "sea", "abroad", "land", "land-line", "county-line", "ink", "muted", "halo", "panel", "accent", "gray", "border", "road-major", "road-mid",
    "road-minor", "road-case", "watched", "reader", "tracked", "unread", "cordon", "zone", "port", "water-ink", "shield", "can-look", "could-look", "line"];
  const read = () => {
    const style = getComputedStyle(document.documentElement);
    values = Object.fromEntries(names.map((n) => [n, style.getPropertyValue(`--${n}`).trim()]));
    values.font = style.getPropertyValue("--font").trim();
    values.dark = style.getPropertyValue("color-scheme").trim() === "dark";
  };
  const get = (name) => values[name] || Model.OKABE[name] || name;
  return { read, get, isDark: () => values.dark };
})();

const Symbols = (() => {
  const polygon = (ctx, x, y, r, corners, turn) => {
    for (let k = 0; k < corners; k++) {
      const a = turn + (2 * Math.PI * k) / corners;
      ctx[k ? "lineTo" : "moveTo"](x + r * Math.sin(a), y - r * Math.cos(a));
    }
    ctx.closePath();
  };
  const star = (ctx, x, y, r) => {
    for (let k = 0; k < 10; k++) {
      const a = (Math.PI * k) / 5, q = k % 2 ? r * 0.45 : r;
      ctx[k ? "lineTo" : "moveTo"](x + q * Math.sin(a), y - q * Math.cos(a));
    }
    ctx.closePath();
  };
  const path = (ctx, shape, x, y, r) => {
    ctx.beginPath();
    if (shape === "square") polygon(ctx, x, y, r * 1.15, 4, Math.PI / 4);
    else if (shape === "diamond") polygon(ctx, x, y, r * 1.25, 4, 0);
    else if (shape === "triangle") polygon(ctx, x, y + r * 0.15, r * 1.25, 3, 0);
    else if (shape === "down") polygon(ctx, x, y - r * 0.15, r * 1.25, 3, Math.PI);
    else if (shape === "pentagon") polygon(ctx, x, y, r * 1.12, 5, 0);
    else if (shape === "hexagon") polygon(ctx, x, y, r * 1.1, 6, Math.PI / 6);
    else if (shape === "star") star(ctx, x, y, r * 1.45);
    else ctx.arc(x, y, r, 0, 7);
  };
  const draw = (ctx, cls, x, y, r) => {
    const color = Theme.get(cls.color);
    if (cls.shape === "cross") {
      for (const [width, stroke] of [[r * 0.95, Theme.get("halo")], [r * 0.55, color]]) {
        ctx.lineWidth = width; ctx.strokeStyle = stroke;
        ctx.beginPath();
        ctx.moveTo(x - r * 0.75, y - r * 0.75); ctx.lineTo(x + r * 0.75, y + r * 0.75);
        ctx.moveTo(x + r * 0.75, y - r * 0.75); ctx.lineTo(x - r * 0.75, y + r * 0.75);
        ctx.stroke();
      }
      return;
    }
    path(ctx, cls.shape, x, y, r);
    if (cls.shape === "ring") {
      ctx.fillStyle = Theme.get("panel"); ctx.fill();
      ctx.lineWidth = Math.max(1.5, r * 0.42); ctx.strokeStyle = color; ctx.stroke();
      return;
    }
    ctx.lineJoin = "round";
    ctx.lineWidth = 1.4; ctx.strokeStyle = Theme.get("halo"); ctx.fillStyle = color;
    ctx.stroke(); ctx.fill();
    // a hairline in ink keeps light colors apart from a light ground
    ctx.lineWidth = 0.6; ctx.strokeStyle = Theme.isDark() ? "rgba(255,255,255,.8)" : "rgba(20,24,28,.55)"; ctx.stroke();
  };
  // a swatch for legends, drawn with the same hand as the map
  const swatch = (paint, width = 22, height = 16) => {
    const canvas = el("canvas", { width: width * 2, height: height * 2, class: "swatch", "aria-hidden": "true" });
    const ctx = canvas.getContext("2d");
    ctx.scale(2, 2);
    paint(ctx, width, height);
    return canvas;
  };
  return { draw, path, swatch };
})();

const CanvasLayer = L.Renderer.extend({
  options: { padding: 0.15 },
  initialize(paint, options) { this._paint = paint; this._layers = {}; L.Renderer.prototype.initialize.call(this, options); },
  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.setAttribute("aria-hidden", "true");
    this._container.className = "layer-canvas";
    this._ctx = this._container.getContext("2d");
  },
  _destroyContainer() { this._container.remove(); },
  _updatePaths() {},
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this.repaint();
  },
  // what a painter needs: unit-square coordinates times k, minus (ox, oy), are pixels of this canvas
  frame() {
    const zoom = this._map.getZoom(), k = 256 * 2 ** zoom, origin = this._map.getPixelOrigin(), min = this._bounds.min, size = this._bounds.getSize();
    const ox = origin.x + min.x, oy = origin.y + min.y;
    // the part of the canvas that is seen; the rest waits for the map to be moved
    const corner = this._map.containerPointToLayerPoint([0, 0]).subtract(min), seen = this._map.getSize();
    return { zoom, k, ox, oy, w: size.x, h: size.y, seen: [corner.x, corner.y, corner.x + seen.x, corner.y + seen.y], box: [ox / k, oy / k, (ox + size.x) / k, (oy + size.y) / k] };
  },
  repaint() {
    if (!this._map || !this._bounds) return;
    const f = this.frame(), ratio = Math.min(3, window.devicePixelRatio || 1), canvas = this._container;
    // a new size empties the canvas and sets it back
    canvas.width = Math.round(f.w * ratio); canvas.height = Math.round(f.h * ratio);
    canvas.style.width = `${f.w}px`; canvas.style.height = `${f.h}px`;
    this._ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    this._paint(this._ctx, f);
  },
});
