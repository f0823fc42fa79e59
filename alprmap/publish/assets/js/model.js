// The cameras as the page holds them: positions, classes, views by camera, what the filters leave.
const Model = (() => {
  // Okabe and Ito's eight colors (2008); a class has a color and a shape, so that neither stands alone
  const OKABE = { orange: "#e69f00", sky: "#56b4e9", green: "#009e73", yellow: "#f0e442", blue: "#0072b2", red: "#d55e00", pink: "#cc79a7" };
  const KINDS = {
    federal: ["red", "star"], state: ["blue", "square"], county: ["green", "diamond"], city: ["sky", "circle"],
    tribal: ["pink", "hexagon"], school: ["yellow", "triangle"], transit: ["pink", "square"], private: ["orange", "down"],
    homeowners: ["yellow", "pentagon"], "vendor only": ["ink", "cross"], unknown: ["gray", "ring"],
  };
  const SERIES = [["blue", "circle"], ["red", "square"], ["green", "diamond"], ["orange", "triangle"], ["pink", "hexagon"], ["sky", "down"], ["yellow", "pentagon"]];
  const OUTCOMES = { matched: ["green", "circle"], "record-only": ["blue", "square"], "crowd-only": ["orange", "triangle"], "crowd-only, not in the operator's list": ["red", "down"] };
  const CHANGES = { added: ["green", "triangle"], removed: ["red", "cross"], moved: ["blue", "diamond"], changed: ["orange", "square"], unchanged: ["gray", "circle"] };
  const CONFIDENCE = [[0.8, "0.8 and more", "blue", "circle"], [0.5, "0.5 to 0.8", "sky", "diamond"], [0, "below 0.5", "orange", "triangle"]];
  // what a slider changes keeps its place in the legend, none left out
  const STATES = { "can look": ["can-look", "circle"], "could look over another": ["could-look", "diamond"], "no record": ["gray", "ring"] };
  const DOORS = {
    own: ["can-look", "star"], front: ["can-look", "circle"], back: ["red", "square"], side: ["pink", "triangle"],
    "two hops": ["could-look", "diamond"], "no record": ["gray", "ring"],
  };
  const ORDERED = { access_on: STATES, door_on: DOORS };
  const SCHEMES = [
    ["operator_kind", "Kind of operator"], ["vendor", "Maker"], ["access_on", ""], ["door_on", ""], ["access_class", ""], ["outcome", "Crowd and records"],
    ["change", "Change since before"], ["confidence", "Confidence"], ["device", "Kind of camera"], ["setting", "Setting"],
  ];

  const build = (doc) => {
    const cams = new Decode.Table(doc.cameras), n = cams.n;
    const lon = cams.num("lon"), lat = cams.num("lat"), x = new Float64Array(n), y = new Float64Array(n);
    for (let i = 0; i < n; i++) { x[i] = Mercator.x(lon[i]); y[i] = Mercator.y(lat[i]); }
    const views = new Decode.Table(doc.views), row = views.num("row"), first = new Int32Array(n + 1);
    // views are sorted by camera row: first[i] .. first[i + 1] are those of camera i
    for (let v = 0; v < views.n; v++) first[row[v] + 1]++;
    for (let i = 0; i < n; i++) first[i + 1] += first[i];
    const model = {
      doc, cams, n, lon, lat, x, y, views, first,
      heading: views.num("heading_deg"), width: views.num("width_deg"), quality: views.coded("quality"),
      shown: new Uint8Array(n).fill(1), count: n, version: 0, cls: new Uint8Array(n), classes: [], scheme: "",
    };
    Timeline.put(model);
    model.schemes = SCHEMES.filter(([name]) => cams.has(name) && distinct(cams, name) > 0).map(([name, text]) => [name, text || Words.label(name)]);
    return model;
  };

  const distinct = (cams, name) => (cams.numeric(name) ? 2 : cams.coded(name).words.length);

  // give every camera the class of scheme `name`: {label, color, shape, value, n}
  const classify = (model, name) => {
    const { cams, n } = model, off = new Set(name === model.scheme ? model.classes.filter((c) => !c.on).map((c) => c.label) : []);
    model.scheme = name;
    model.classes = [];
    if (!name || !cams.has(name)) {
      model.classes = [{ label: "Camera", color: "blue", shape: "circle", n }];
      model.cls = new Uint8Array(n);
      return;
    }
    if (name === "confidence") {
      const v = cams.num(name);
      model.classes = CONFIDENCE.map(([, label, color, shape]) => ({ label, color, shape, n: 0 }));
      model.classes.push({ label: "not stated", color: "gray", shape: "ring", n: 0, rest: true });
      model.cls = Uint8Array.from(v, (c) => (Number.isNaN(c) ? 3 : CONFIDENCE.findIndex(([low]) => c >= low)));
    } else if (Object.hasOwn(ORDERED, name)) {
      const looks = Object.entries(ORDERED[name]), { words, codes } = cams.coded(name), place = words.map((w) => looks.findIndex(([label]) => label === w));
      model.classes = looks.map(([label, [color, shape]]) => ({ label, color, shape, n: 0 }));
      model.cls = Uint8Array.from(codes, (c) => place[c - 1]);
    } else {
      const { words, codes } = cams.coded(name);
      const fixed = name === "operator_kind" ? KINDS : name === "outcome" ? OUTCOMES : name === "change" ? CHANGES : null;
      const counts = new Int32Array(words.length + 1);
      for (let i = 0; i < n; i++) counts[codes[i]]++;
      const order = words.map((w, k) => k + 1).sort((a, b) => counts[b] - counts[a] || (words[a - 1] < words[b - 1] ? -1 : 1));
      const place = new Uint8Array(words.length + 1).fill(255);
      let series = 0;
      for (const k of order) {
        const word = words[k - 1];
        if (word === "unknown") continue;
        const look = fixed && Object.hasOwn(fixed, word) ? fixed[word] : fixed ? ["ink", "cross"] : SERIES[series++];
        // a class number is one byte, and no legend is read beyond a few dozen lines
        if (!look || model.classes.length >= 40) continue;
        place[k] = model.classes.length;
        model.classes.push({ label: word, color: look[0], shape: look[1], n: 0 });
      }
      const rest = order.filter((k) => place[k] === 255 && words[k - 1] !== "unknown");
      if (rest.length) {
        for (const k of rest) place[k] = model.classes.length;
        model.classes.push({ label: `${rest.length} others`, color: "ink", shape: "cross", n: 0, rest: true });
      }
      if (counts[0] || order.some((k) => words[k - 1] === "unknown")) model.classes.push({ label: "not stated", color: "gray", shape: "ring", n: 0, rest: true });
      model.cls = Uint8Array.from(codes, (c) => (place[c] === 255 ? model.classes.length - 1 : place[c]));
    }
    for (let i = 0; i < n; i++) model.classes[model.cls[i]].n++;
    for (const c of model.classes) c.on = !off.has(c.label);
  };

  // the scheme that was asked for; else the first that is stated for half the cameras, else the first
  const preset = (model, asked) => {
    const names = model.schemes.map(([n]) => n);
    if (names.includes(asked)) return asked;
    // a day's access is chosen, not come upon
    const stated = (name) => (Object.hasOwn(ORDERED, name) ? 0 : model.cams.numeric(name) ? 0 : model.cams.coded(name).codes.reduce((k, c) => k + (c && model.cams.coded(name).words[c - 1] !== "unknown"), 0));
    return names.find((n) => stated(n) * 2 >= model.n) || names[0] || "";
  };

  // `tests` are functions of a row; a camera is shown when its class is on and all tests hold
  const filter = (model, tests) => {
    let count = 0;
    for (const c of model.classes) c.left = 0;
    for (let i = 0; i < model.n; i++) {
      const c = model.classes[model.cls[i]];
      let ok = !Number.isNaN(model.lon[i]);
      for (let t = 0; ok && t < tests.length; t++) ok = tests[t](i);
      if (ok) c.left++;
      ok = ok && c.on;
      model.shown[i] = ok ? 1 : 0;
      if (ok) count++;
    }
    model.narrowed = tests.length > 0;
    model.count = count;
    model.version++;
  };

  // the corners of the cameras shown, of those inside `within` where it is given; null where there is none
  const bounds = (model, within = null) => {
    let w = 181, s = 91, e = -181, t = -91;
    for (let i = 0; i < model.n; i++) {
      const lon = model.lon[i], lat = model.lat[i];
      if (!model.shown[i] || (within && !within.contains([lat, lon]))) continue;
      w = Math.min(w, lon); e = Math.max(e, lon); s = Math.min(s, lat); t = Math.max(t, lat);
    }
    return e < w ? null : [[s, w], [t, e]];
  };

  return { build, classify, preset, filter, bounds, OKABE, STATES };
})();
