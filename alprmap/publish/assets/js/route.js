// A trip by two clicks: the fastest way with its readers and the least-read way, found in a worker on the roads of the page (rule C6).
const Route = (() => {
  const $ = (id) => document.getElementById(id);
  const LOOKS = { fastest: { label: "Fastest way", color: "accent", dash: [] }, least: { label: "Least-read way", color: "pink", dash: [12, 7] } };
  const TICKS = 1024, FAR_M = 2000;
  let worker = null, graph = null, on = false, ends = [], ways = null, asked = 0;

  // runs by itself in the worker: nothing of the page is at hand there but what it is sent
  const work = () => {
    const READING = 2 ** -22, LONGEST_S = 2 ** 17;
    let g = null;
    const ecef = (lon, lat) => {
      const a = 6378137, e2 = 0.0066943799901413165, p = (lat * Math.PI) / 180, l = (lon * Math.PI) / 180, n = a / Math.sqrt(1 - e2 * Math.sin(p) ** 2);
      return [n * Math.cos(p) * Math.cos(l), n * Math.cos(p) * Math.sin(l), n * (1 - e2) * Math.sin(p)];
    };
    const nearest = ([lon, lat], good) => {
      const at = ecef(lon, lat);
      let best = -1, far = Infinity;
      for (let i = 0; i < g.nodes; i++) {
        if (good && !good[i]) continue;
        const d = (g.x[i] - at[0]) ** 2 + (g.y[i] - at[1]) ** 2 + (g.z[i] - at[2]) ** 2;
        if (d < far) { far = d; best = i; }
      }
      return [best, Math.sqrt(far)];
    };
    // a trip does not start on a loop that leads nowhere, nor end on a road nobody can enter
    const snapped = (from, to) => {
      let a = nearest(from), b = nearest(to);
      if (g.part[a[0]] === g.part[b[0]] || (g.leave[a[0]] && g.enter[b[0]])) return [a, b];
      const c = nearest(from, g.leave), d = nearest(to, g.enter);
      if (c[1] <= g.far) a = c;
      if (d[1] <= g.far) b = d;
      return [a, b];
    };
    const search = (origin, target, least) => {
      const cost = new Float64Array(g.all).fill(Infinity), by = new Int32Array(g.all).fill(-1), heap = [], keys = [];
      const push = (key, node) => {
        let i = heap.length;
        heap.push(node); keys.push(key);
        while (i) { const up = (i - 1) >> 1; if (keys[up] <= key) break; heap[i] = heap[up]; keys[i] = keys[up]; i = up; }
        heap[i] = node; keys[i] = key;
      };
      const pop = () => {
        const top = [keys[0], heap[0]], node = heap.pop(), key = keys.pop(), n = heap.length;
        if (n) {
          let i = 0;
          for (;;) {
            let k = 2 * i + 1;
            if (k >= n) break;
            if (k + 1 < n && keys[k + 1] < keys[k]) k++;
            if (keys[k] >= key) break;
            heap[i] = heap[k]; keys[i] = keys[k]; i = k;
          }
          heap[i] = node; keys[i] = key;
        }
        return top;
      };
      cost[origin] = 0;
      push(0, origin);
      let end = -1, limit = Infinity;
      while (heap.length) {
        const [key, node] = pop();
        if (key > cost[node]) continue;
        if (key > limit) break;
        if (g.base[node] === target && (end < 0 || key < cost[end] || (key === cost[end] && node < end))) { end = node; limit = key; }
        for (let arc = g.first[node]; arc < g.first[node + 1]; arc++) {
          const head = g.head[arc];
          if (head === node) continue;
          const next = key + g.ticks[g.road[arc]] / g.second + g.count[arc] * (least ? LONGEST_S : READING);
          if (next < cost[head]) { cost[head] = next; by[head] = arc; push(next, head); }
        }
      }
      if (end < 0) return null;
      const arcs = [];
      for (let node = end; node !== origin; node = g.tail[by[node]]) arcs.push(by[node]);
      return arcs.reverse();
    };
    const told = (arcs) => {
      let meters = 0, seconds = 0;
      const met = new Map();
      for (const arc of arcs) {
        const own = arc + g.twin[arc];
        for (let k = g.readFirst[own]; k < g.readFirst[own + 1]; k++) {
          const km = (meters + g.readAt[k]) / 1000, row = g.readRow[k];
          if (!met.has(row) || met.get(row) > km) met.set(row, km);
        }
        meters += g.length[g.road[arc]];
        seconds += g.time[g.road[arc]];
      }
      const readers = [...met].map(([row, km]) => ({ row, km })).sort((a, b) => a.km - b.km || a.row - b.row);
      return { km: meters / 1000, minutes: seconds / 60, readers, roads: arcs.map((arc) => [g.road[arc], g.forward[arc]]) };
    };
    onmessage = ({ data }) => {
      if (data.graph) { g = data.graph; return; }
      const [a, b] = snapped(data.from, data.to);
      const far = Math.max(a[1], b[1]) > g.far, answer = { id: data.id, far: far ? (a[1] > g.far ? 0 : 1) : -1 };
      if (!far && a[0] !== b[0]) for (const [name, least] of [["fastest", false], ["least", true]]) { const arcs = search(a[0], b[0], least); answer[name] = arcs && told(arcs); }
      else if (!far) answer.fastest = answer.least = told([]);
      postMessage(answer);
    };
  };

  const firsts = (owner, n) => {
    const first = new Int32Array(n + 1);
    for (const o of owner) first[o + 1]++;
    for (let i = 0; i < n; i++) first[i + 1] += first[i];
    return first;
  };
  const load = (view) => {
    const raw = view.doc.trip, table = (name) => new Decode.Table(raw[name]), nodes = table("nodes"), arcs = table("arcs"), roads = table("roads"), read = table("read"), copies = table("base");
    const n = nodes.n, all = n + copies.n, m = arcs.n, tail = Int32Array.from(arcs.num("tail")), twin = Int32Array.from(arcs.num("twin")), base = new Int32Array(all);
    for (let i = 0; i < all; i++) base[i] = i < n ? i : copies.num("base")[i - n];
    const lon = nodes.num("lon"), lat = nodes.num("lat"), x = new Float64Array(n), y = new Float64Array(n), z = new Float64Array(n), e2 = 0.0066943799901413165;
    for (let i = 0; i < n; i++) {
      const p = (lat[i] * Math.PI) / 180, l = (lon[i] * Math.PI) / 180, r = 6378137 / Math.sqrt(1 - e2 * Math.sin(p) ** 2);
      x[i] = r * Math.cos(p) * Math.cos(l); y[i] = r * Math.cos(p) * Math.sin(l); z[i] = r * (1 - e2) * Math.sin(p);
    }
    const readFirst = firsts(read.n ? read.num("arc") : [], m), count = new Int32Array(m);
    for (let i = 0; i < m; i++) { const own = i + twin[i]; count[i] = readFirst[own + 1] - readFirst[own]; }
    const shape = Decode.shape(raw.shape), partOf = new Int32Array(roads.n).fill(-1);
    for (let p = 0; p < shape.n; p++) partOf[shape.owner[p]] = p;
    graph = { shape, partOf };
    worker = new Worker(URL.createObjectURL(new Blob([`(${work})()`], { type: "text/javascript" })));
    worker.onmessage = ({ data }) => answered(view, data);
    worker.postMessage({ graph: {
      nodes: n, all, base, x, y, z, part: Int32Array.from(nodes.num("part")), leave: Uint8Array.from(nodes.num("leave")), enter: Uint8Array.from(nodes.num("enter")), far: FAR_M, second: TICKS,
      tail, head: Int32Array.from(arcs.num("head")), road: Int32Array.from(arcs.num("road")), forward: Uint8Array.from(arcs.num("forward")), twin, first: firsts(tail, all), count,
      ticks: roads.num("ticks"), length: roads.num("length_m"), time: roads.num("time_s"), readFirst, readRow: Int32Array.from(read.n ? read.num("row") : []), readAt: Float64Array.from(read.n ? read.num("at_m") : []),
    } });
  };

  const answered = (view, data) => {
    if (data.id !== asked || !on) return;
    ways = data.far < 0 && data.fastest ? { fastest: data.fastest, least: data.least } : null;
    if (data.far >= 0) ends.splice(data.far);
    show(view, data.far >= 0 ? `That lies more than ${FAR_M.toLocaleString("en-US")} m from any junction of these roads.` : ways ? "" : "No way leads from the one place to the other on these roads.");
    view.repaint();
  };
  const readers = (n) => T(n ? `${Words.whole(n)} reader${n === 1 ? "" : "s"}` : "no reader");
  const show = (view, said) => {
    $("route-box").hidden = !on;
    $("route").setAttribute("aria-pressed", String(on));
    $("route-say").textContent = T(said ?? (ends.length === 0 ? "Click where the trip starts." : ends.length === 1 ? "Click where it ends." : "Looking for the ways …"));
    $("route-ways").replaceChildren(...(ways ? Object.entries(LOOKS).map(([name, look]) => {
      const way = ways[name], miles = (way.km * 1000) / Words.MILE_M, extra = (way.minutes - ways.fastest.minutes).toFixed(1);
      const values = { miles: miles.toFixed(1), km: way.km.toFixed(1), minutes: way.minutes.toFixed(1), extra, readers: readers(way.readers.length) };
      const item = el("li", {}, Symbols.swatch((ctx, w, h) => stroke(ctx, look, () => { ctx.moveTo(1, h / 2); ctx.lineTo(w - 1, h / 2); }), 30, 14), el("strong", { textContent: T(look.label) }),
        el("span", { textContent: T(name === "fastest" ? "{miles} mi ({km} km), {minutes} min, {readers}" : "{miles} mi ({km} km), {minutes} min (+{extra}), {readers}", values) }));
      Object.assign(item.dataset, { way: name, km: way.km, minutes: way.minutes, readers: way.readers.map((r) => view.model.cams.at("camera_id", r.row)).join(" ") });
      return item;
    }) : []));
    const met = ways ? ways.fastest.readers : [];
    $("route-met").hidden = !met.length;
    $("route-readers").replaceChildren(...met.slice(0, 60).map((r) => el("li", {}, el("button", { type: "button", textContent: view.model.cams.at("operator", r.row) || T("Operator not stated"), onclick: () => view.goTo(r.row) }),
      el("span", { class: "soft", textContent: ` ${((r.km * 1000) / Words.MILE_M).toFixed(1)} mi` }))));
    $("route-same").hidden = !(ways && met.length && ways.least.readers.length === met.length);
  };
  const ask = (view) => {
    asked++;
    ways = null;
    show(view);
    worker.postMessage({ id: asked, from: ends[0], to: ends[1] });
  };
  // a click on the map; true where it belonged to the trip
  const click = (view, at) => {
    if (!on) return false;
    if (ends.length === 2) ends = [];
    ends.push([at.lng, at.lat]);
    ways = null;
    if (ends.length === 2) ask(view); else show(view);
    view.repaint();
    view.share();
    return true;
  };
  const turn = (view, yes) => {
    on = yes;
    ends = []; ways = null; asked++;
    if (on && !worker) load(view);
    show(view);
    view.repaint();
    view.share();
    if (on) view.map.getContainer().focus(); else $("route").focus();
  };
  const state = () => (on && ends.length === 2 ? ends.map(([lon, lat]) => `${lat.toFixed(5)},${lon.toFixed(5)}`).join("~") : "");
  const restore = (view, text) => {
    const pairs = String(text || "").split("~").map((t) => t.split(",").map(Number));
    if (!view.doc.trip || pairs.length !== 2 || !pairs.flat().every(Number.isFinite) || pairs.flat().length !== 4) return;
    on = true;
    load(view);
    ends = pairs.map(([lat, lon]) => [lon, lat]);
    ask(view);
  };

  // where both ways run together the dashes of the one lie on the other
  const stroke = (ctx, look, path) => {
    ctx.lineJoin = "round"; ctx.lineCap = look.dash.length ? "butt" : "round";
    for (const [width, color] of look.dash.length ? [[3.6, Theme.get(look.color)]] : [[10, Theme.get("halo")], [7, Theme.get(look.color)]]) {
      ctx.lineWidth = width; ctx.strokeStyle = color; ctx.setLineDash(look.dash);
      ctx.beginPath(); path(); ctx.stroke();
    }
    ctx.setLineDash([]);
  };
  const along = (ctx, way, f) => {
    const { shape, partOf } = graph;
    let begun = false;
    for (const [road, forward] of way.roads) {
      const p = partOf[road];
      if (p < 0) continue;
      const from = shape.start[p], to = shape.start[p + 1];
      for (let j = 0; j < to - from; j++) {
        const i = forward ? from + j : to - 1 - j;
        ctx[begun ? "lineTo" : "moveTo"](shape.x[i] * f.k - f.ox, shape.y[i] * f.k - f.oy);
        begun = true;
      }
    }
  };
  const paint = (ctx, f) => {
    if (!on) return;
    if (ways) for (const name of ["fastest", "least"]) if (ways[name]) stroke(ctx, LOOKS[name], () => along(ctx, ways[name], f));
    ends.forEach(([lon, lat], k) => {
      const x = Mercator.x(lon) * f.k - f.ox, y = Mercator.y(lat) * f.k - f.oy;
      ctx.beginPath(); ctx.arc(x, y, 10, 0, 7); ctx.fillStyle = Theme.get("ink"); ctx.fill();
      ctx.lineWidth = 2; ctx.strokeStyle = Theme.get("paper"); ctx.stroke();
      ctx.fillStyle = Theme.get("paper"); ctx.font = `700 12px ${Theme.get("font")}`; ctx.textAlign = "center"; ctx.textBaseline = "middle"; ctx.fillText("AB"[k], x, y + 0.5);
    });
  };
  const start = (view) => {
    $("route").hidden = !view.doc.trip;
    if (!view.doc.trip) return;
    $("route").addEventListener("click", () => turn(view, !on));
    $("route-end").addEventListener("click", () => turn(view, false));
  };
  return { start, click, paint, state, restore, show: (view) => { if (on) show(view, ways ? "" : undefined); } };
})();
