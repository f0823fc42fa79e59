// Reading the payload (docs/method/publish.md, P1 to P6): base64 and varints back to typed arrays, lazily.
const Decode = (() => {
  const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
  let strings = [];

  const bytes = (text) => {
    const raw = atob(typeof text === "number" ? strings[text] : text);
    const out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  };

  // values can pass 2^32 (node ids), so they are put together by multiplication, not by bit operations
  const varints = (text) => {
    const data = bytes(text);
    let n = 0;
    for (let i = 0; i < data.length; i++) if (data[i] < 128) n++;
    const out = new Float64Array(n);
    for (let i = 0, k = 0, v = 0, m = 1; i < data.length; i++) {
      const b = data[i];
      if (b < 128) { out[k++] = v + b * m; v = 0; m = 1; } else { v += (b - 128) * m; m *= 128; }
    }
    return out;
  };

  const unzig = (v) => (v % 2 ? -(v + 1) / 2 : v / 2);

  const signed = (text) => {
    const out = varints(text);
    for (let i = 0, last = 0; i < out.length; i++) { last += unzig(out[i]); out[i] = last; }
    return out;
  };

  // differences given by run lengths
  const steps = (text, n) => {
    const pairs = varints(text), out = new Float64Array(n);
    for (let i = 0, at = 0, last = 0; i < pairs.length; i += 2) {
      const step = unzig(pairs[i]);
      for (let k = 0; k < pairs[i + 1]; k++) { last += step; out[at++] = last; }
    }
    return out;
  };

  const unrun = (text, n) => {
    const pairs = varints(text), out = new Uint32Array(n);
    for (let i = 0, at = 0; i < pairs.length; i += 2) { out.fill(pairs[i], at, at + pairs[i + 1]); at += pairs[i + 1]; }
    return out;
  };

  const numbers = (c, n) => {
    if (c.k === "const") return new Float64Array(n).fill(c.v === null ? NaN : c.v);
    if (c.k === "num") return Float64Array.from(c.r ? unrun(c.d, n) : varints(c.d), (k) => (k ? c.w[k - 1] : NaN));
    const out = c.r ? steps(c.d, n) : signed(c.d);
    if (c.s) for (let i = 0; i < n; i++) out[i] /= c.s;
    if (c.m) {
      const runs = varints(c.m);
      for (let r = 0, at = 0; r < runs.length; r++) { if (r % 2) out.fill(NaN, at, at + runs[r]); at += runs[r]; }
    }
    return out;
  };

  // text columns come back as {words, codes}: code 0 is missing, code k is words[k - 1]
  const coded = (c, n, self) => {
    if (c.k === "const") return { words: c.v === null ? [] : [String(c.v)], codes: new Uint32Array(n).fill(c.v === null ? 0 : 1) };
    if (c.k === "dict") return { words: c.w, codes: c.r ? unrun(c.d, n) : Uint32Array.from(varints(c.d)) };
    const words = [], codes = new Uint32Array(n), seen = new Map(), at = reader(c, n, self);
    for (let i = 0; i < n; i++) {
      const v = at(i);
      if (v === null) continue;
      if (!seen.has(v)) { words.push(v); seen.set(v, words.length); }
      codes[i] = seen.get(v);
    }
    return { words, codes };
  };

  const reader = (c, n, self) => {
    if (c.k === "const") return () => c.v;
    if (c.k === "text") return (i) => c.v[i];
    if (c.k === "id") {
      const which = unrun(c.i, n), value = signed(c.d);
      return (i) => c.p[which[i]] + value[i];
    }
    if (c.k === "b32") {
      const data = bytes(c.d);
      const letter = (k) => { const at = k * 5, b = at >> 3; return LETTERS[(((data[b] << 8) | (data[b + 1] || 0)) >> (11 - (at & 7))) & 31]; };
      return (i) => { let out = c.p; for (let j = 0; j < c.n; j++) out += letter(i * c.n + j); return out; };
    }
    // the end of the text stands in a column of the cameras, under the row that this table names
    if (c.k === "ends") {
      const begin = reader(c.b, n), other = reader(c.o, n), row = numbers(self.columns.row, n);
      return (i) => { const b = begin(i); return b === null ? other(i) : b + self.cameras.at(c.of, row[i]); };
    }
    if (c.k === "dict") { const { words, codes } = coded(c, n); return (i) => (codes[i] ? words[codes[i] - 1] : null); }
    const value = numbers(c, n);
    return (i) => (Number.isNaN(value[i]) ? null : value[i]);
  };

  class Table {
    constructor(raw, cameras = null) {
      this.cameras = cameras;
      this.n = raw ? raw.n : 0;
      this.columns = raw ? raw.c : {};
      this.names = Object.keys(this.columns);
      this.kept = new Map();
    }
    // a column that the page makes itself, such as what holds on the day of a slider
    put(name, words, codes) {
      if (!this.names.includes(name)) this.names.push(name);
      this.columns[name] = { k: "own" };
      this.kept.set(`c${name}`, { words, codes });
      this.kept.set(`r${name}`, (i) => (codes[i] ? words[codes[i] - 1] : null));
    }
    has(name) { return Object.hasOwn(this.columns, name) && !(this.columns[name].k === "const" && this.columns[name].v === null); }
    numeric(name) { const c = this.columns[name]; return c.k === "int" || c.k === "num" || c.k === "min" || (c.k === "const" && typeof c.v === "number"); }
    once(kind, name, make) {
      const key = kind + name;
      if (!this.kept.has(key)) this.kept.set(key, make(Object.hasOwn(this.columns, name) ? this.columns[name] : { k: "const", v: null }, this.n, this));
      return this.kept.get(key);
    }
    num(name) {
      const c = Object.hasOwn(this.columns, name) ? this.columns[name] : null;
      if (!c || c.k !== "min") return this.once("n", name, numbers);
      // the least of other columns, such as the nearer of two borders
      return this.once("n", name, () => c.of.map((o) => this.num(o)).reduce((a, b) => a.map((v, i) => (Number.isNaN(v) || b[i] < v ? b[i] : v))));
    }
    coded(name) { return this.once("c", name, coded); }
    at(name, i) {
      if (Object.hasOwn(this.columns, name) && this.columns[name].k === "min") { const v = this.num(name)[i]; return Number.isNaN(v) ? null : v; }
      return this.once("r", name, reader)(i);
    }
  }

  // parts of lines or rings: mercator x and y in [0, 1], where each part starts, its owner row and its box
  const shape = (raw) => {
    const n = raw.n, sizes = varints(raw.z), owner = Int32Array.from(signed(raw.o)), flat = varints(raw.d);
    const start = new Int32Array(n + 1), x = new Float64Array(flat.length / 2), y = new Float64Array(flat.length / 2);
    const box = new Float64Array(4 * n);
    let lon = 0, lat = 0;
    for (let p = 0, i = 0; p < n; p++) {
      start[p + 1] = start[p] + sizes[p];
      let w = 2, s = 2, e = -2, t = -2;
      for (; i < start[p + 1]; i++) {
        lon += unzig(flat[2 * i]); lat += unzig(flat[2 * i + 1]);
        const px = Mercator.x(lon / raw.s), py = Mercator.y(lat / raw.s);
        x[i] = px; y[i] = py;
        if (px < w) w = px; if (px > e) e = px; if (py < s) s = py; if (py > t) t = py;
      }
      box[4 * p] = w; box[4 * p + 1] = s; box[4 * p + 2] = e; box[4 * p + 3] = t;
    }
    return { n, owner, start, x, y, box };
  };

  return { Table, shape, use: (pool) => { strings = pool || []; } };
})();

// Web Mercator (EPSG:3857) scaled to the unit square, y downwards, as Leaflet's world pixels are.
const Mercator = {
  x: (lon) => lon / 360 + 0.5,
  y: (lat) => 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI),
  lon: (x) => (x - 0.5) * 360,
  lat: (y) => (Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) * 360) / Math.PI - 90,
};
