// Who can look, day by day: a slider over the days on which the record changes (rules A3, A4). What holds on its day is a column
// of the cameras like any other, so that colors, filters, table and downloads follow it.
const Timeline = (() => {
  const $ = (id) => document.getElementById(id);
  let data = null, which = [], body = 0, at = 0, on = false, before = "";

  // the stay of a list of stays in which day number `k` lies; the days of a list leave no gap
  const stay = (stays, k) => stays.find(([from, to]) => from <= k && (to === -1 || k < to)) || [-1, -1, data.states.length - 1, -1, -1];
  const doorWords = () => [...data.doors, "no record"];
  const put = (model) => {
    data ??= model.doc.timeline || null;
    if (!data) return;
    if (!which.length) {
      which = data.bodies.map((b) => new Decode.Table(b.of).num("stays"));
      at = data.as_of ? Math.max(0, data.days.filter((d) => d <= data.as_of).length - 1) : data.days.length - 1;
    }
    const now = data.bodies[body].stays.map((s) => stay(s, at)), state = new Uint32Array(model.n), door = new Uint32Array(model.n);
    for (let i = 0; i < model.n; i++) {
      const s = Number.isNaN(which[body][i]) ? null : now[which[body][i]];
      state[i] = s ? s[2] + 1 : data.states.length;
      door[i] = s && s[3] >= 0 ? s[3] + 1 : data.doors.length + 1;
    }
    model.cams.put("access_on", data.states, state);
    model.cams.put("door_on", doorWords(), door);
  };

  const dayBefore = (day) => { const d = new Date(`${day}T00:00:00Z`); d.setUTCDate(d.getUTCDate() - 1); return d.toISOString().slice(0, 10); };
  const span = (from, to) => Words.day(dates(from, to));
  const dates = (from, to) => {
    if (to === -1 || to >= data.days.length) return from === -1 ? T("on a record without a date") : T("from {day} on, as far as the record goes", { day: data.days[from] });
    const end = dayBefore(data.days[to]);
    if (from === -1) return T("up to {day}", { day: end });
    return data.days[from] === end ? T("on {day}", { day: end }) : T("from {from} to {to}", { from: data.days[from], to: end });
  };
  const counts = (k) => {
    const { stays } = data.bodies[body], now = stays.map((s) => stay(s, k)[2]), out = data.states.map(() => 0);
    for (const w of which[body]) out[Number.isNaN(w) ? data.states.length - 1 : now[w]]++;
    return out;
  };

  // how many can, and could, between each two days: the higher the bar, the more readers
  let bars = null;
  const strip = () => {
    const canvas = $("time-strip"), w = canvas.clientWidth, h = canvas.clientHeight, ratio = Math.min(3, window.devicePixelRatio || 1);
    if (!w || !h) return;
    bars ??= data.days.map((_, k) => counts(k));
    canvas.width = w * ratio; canvas.height = h * ratio;
    const ctx = canvas.getContext("2d"), most = Math.max(1, ...bars.map((b) => b[0] + b[1])), n = bars.length, pad = 8, step = (w - 2 * pad) / n;
    ctx.scale(ratio, ratio);
    bars.forEach((b, k) => {
      const x = pad + k * step, can = ((h - 4) * b[0]) / most, could = ((h - 4) * b[1]) / most, wide = Math.max(1, step - 1);
      ctx.fillStyle = Theme.get("can-look"); ctx.fillRect(x, h - 2 - can, wide, can);
      ctx.fillStyle = Theme.get("could-look"); ctx.fillRect(x, h - 2 - can - could, wide, could);
      if (k === at) { ctx.strokeStyle = Theme.get("ink"); ctx.lineWidth = 2; ctx.strokeRect(x - 1, 1, wide + 2, h - 2); }
    });
    ctx.strokeStyle = Theme.get("line"); ctx.lineWidth = 1; ctx.beginPath(); ctx.moveTo(pad, h - 1.5); ctx.lineTo(w - pad, h - 1.5); ctx.stroke();
  };

  const looks = () => Object.entries(Model.STATES).map(([label, [color, shape]]) => ({ label, color, shape }));
  const say = () => {
    const now = counts(at), said = span(at, at + 1 < data.days.length ? at + 1 : -1);
    $("time-say").textContent = said[0].toUpperCase() + said.slice(1);
    // on paper the box is not there, and the legend has the numbers
    $("day").textContent = `${T("Who can look")}: ${data.bodies[body].name}, ${said}`;
    $("time-key").replaceChildren(...looks().map((c, k) => el("li", {}, Symbols.swatch((ctx, w, h) => Symbols.draw(ctx, c, w / 2, h / 2, 5)),
      el("span", { class: "name", textContent: T(c.label) }), el("span", { class: "count", textContent: Words.whole(now[k]) }))));
    $("time-at").value = String(at);
    $("time-at").setAttribute("aria-valuetext", `${$("time-say").textContent}: ${looks().map((c, k) => `${T(c.label)} ${Words.whole(now[k])}`).join(", ")}`);
    $("time-back").disabled = at === 0;
    $("time-on").disabled = at === data.days.length - 1;
    strip();
  };
  const show = (view) => {
    if (!data) return;
    $("time-box").hidden = !on;
    $("day").hidden = !on;
    $("time").setAttribute("aria-pressed", String(on));
    if (!on) return;
    const several = data.bodies.length > 1;
    $("time-whom").hidden = !several;
    // a list of one line cuts a long name, so it stands whole beside it
    $("time-name").hidden = several && data.bodies[body].name.length <= 40;
    $("time-name").textContent = data.bodies[body].name;
    $("time-body").replaceChildren(...data.bodies.map((b, k) => el("option", { value: String(k), textContent: b.name })));
    $("time-body").value = String(body);
    $("time-at").max = String(data.days.length - 1);
    for (const id of ["time-at", "time-strip", "time-ends", "time-back", "time-on"]) $(id).hidden = data.days.length < 2;
    $("time-first").textContent = Words.day(data.days[0]);
    $("time-last").textContent = Words.day(data.days[data.days.length - 1]);
    say(view);
  };

  const move = (view, k, whom = body) => {
    if (whom !== body) bars = null;
    body = whom;
    at = Math.min(data.days.length - 1, Math.max(0, k));
    put(view.model);
    show(view);
    if (/^(access|door)_on$/.test(view.model.scheme)) view.recolor(view.model.scheme); else view.refilter();
    if (view.selected >= 0) Card.show(view, view.selected, false);
  };
  const color = (view, name) => { $("scheme").value = name; view.recolor(name); };
  // where the map was before the box took a part of its place, and where that put it
  const spot = (map) => `${map.getZoom()} ${map.getCenter()}`;
  let left = null;
  const place = (view) => {
    const { map } = view;
    if (on) {
      const was = { center: map.getCenter(), zoom: map.getZoom() };
      view.holding(() => show(view));
      left = { ...was, now: spot(map) };
    } else {
      show(view);
      map.invalidateSize({ animate: false });
      if (left && left.now === spot(map)) map.setView(left.center, left.zoom, { animate: false });
    }
  };
  const turn = (view, yes) => {
    on = yes;
    if (on) {
      before = view.model.scheme;
      // on a phone the sheet of the panel would lie over the map
      $("panel").classList.remove("open");
      $("handle").setAttribute("aria-expanded", "false");
    }
    place(view);
    color(view, on ? "access_on" : before || view.first.scheme);
    view.share();
    (on ? (data.days.length > 1 ? $("time-at") : $("time-end")) : $("time")).focus();
  };

  // what the address holds, and takes back
  const state = () => (on ? [["day", data.days[at]], ...(body ? [["who", String(body)]] : [])] : []);
  const restore = (view, values) => {
    const day = values.get("day"), whom = Number(values.get("who") || 0);
    if (!data || !/^\d{4}-\d{2}-\d{2}$/.test(day || "")) return;
    on = true;
    if (!before) before = view.first.scheme;
    move(view, data.days.filter((d) => d <= day).length - 1, Number.isInteger(whom) && data.bodies[whom] ? whom : 0);
    if (!/^(access|door)_on$/.test(view.model.scheme)) color(view, "access_on");
  };

  // one camera's stays in words, for its card
  const story = (i) => {
    if (!data) return null;
    const { stays, name } = data.bodies[body], own = Number.isNaN(which[body][i]) ? [] : stays[which[body][i]];
    if (!own.some((s) => s[2] < data.states.length - 1)) return null;
    const list = el("ul", {}, ...own.map(([from, to, state_, door, record]) => el("li", {}, el("strong", { textContent: T(data.states[state_]) }),
      ` ${span(from, to)}`, door >= 0 ? `, ${T("by the door: {door}", { door: T(data.doors[door]) })}` : "",
      record >= 0 ? el("span", { class: "soft", textContent: ` (${data.records[record]})` }) : null)));
    return el("div", {}, el("p", { textContent: name }), list);
  };

  const start = (view) => {
    $("time").hidden = !data;
    if (!data) return;
    $("time").addEventListener("click", () => turn(view, !on));
    $("time-end").addEventListener("click", () => turn(view, false));
    $("time-at").addEventListener("input", () => move(view, Number($("time-at").value)));
    $("time-back").addEventListener("click", () => move(view, at - 1));
    $("time-on").addEventListener("click", () => move(view, at + 1));
    $("time-body").addEventListener("change", () => move(view, at, Number($("time-body").value)));
    if (/^(access|door)_on$/.test(view.model.scheme)) { on = true; place(view); }
  };
  return { put, start, show, state, restore, story, strip: () => { if (on && data) strip(); } };
})();
