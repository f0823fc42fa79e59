// How values are said: labels of columns, units, dates, headings. Everything here ends in textContent.
const Words = (() => {
  const MILE_M = 1609.344;
  const LABELS = {
    camera_id: "Camera", operator: "Operator", operator_kind: "Kind of operator", vendor: "Maker", setting: "Setting", device: "Device",
    status: "Status", first_seen: "First seen", last_seen: "Last seen", confidence: "Confidence", n_reports: "Reports", n_sources: "Sources",
    outcome: "Crowd and records", sources: "Found in", position_error_m: "Position good to", located_by: "Located by", state: "State", county: "County",
    to_mexico_m: "to Mexico", to_canada_m: "to Canada", to_land_m: "to the land border", to_coast_m: "to the shoreline",
    to_external_m: "to the external boundary", to_port_m: "to a port of entry", road_to_port_m: "by road to a port", access_class: "Access on record",
    road_to_port_s: "driving time to a port", county_geoid: "County code", change: "Change", source_record: "Source record", lon: "Longitude", lat: "Latitude",
    highway: "Class", name: "Name", ref: "Route", length_m: "Length", travel: "Travel", score: "Score", readers: "Cameras", view_quality: "Direction", near_port: "Nearest port of entry", agency_id: "Agency", via_id: "Through", since: "Since", why: "Because", body: "Body", access_on: "Who can look", door_on: "By which door",
  };
  const POINTS = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"];
  const QUALITY = {
    exact: "", range: "width as tagged", full_circle: "tagged as a full circle", cardinal: "from a compass point",
    travel: "from the direction of traffic", repaired: "tag repaired", doubtful: "tag doubtful", zero: "exactly 0: north, or never set",
    missing: "not tagged", junk: "tag not readable", relative: "only relative to the road", partial: "tag readable in part",
  };

  const whole = (v) => Math.round(v).toLocaleString("en-US");
  // dates in a text as one writes them: "2026-04" is April 2026, in the language of the page
  const DAY = /\b(\d{4})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?(?![\d-])/g;
  const day = (text) => String(text).replace(DAY, (all, y, m, d) => new Intl.DateTimeFormat(Say.lang === "en" ? "en-US" : Say.lang, { year: "numeric", month: "long", ...(d ? { day: "numeric" } : {}), timeZone: "UTC" }).format(Date.UTC(y, m - 1, d || 1)));
  const far = (m) => {
    if (Number.isNaN(m) || m === null) return T("unknown");
    const mi = m / MILE_M, km = m / 1000, d = mi < 10 ? 1 : 0;
    if (m < 400) return T(`${whole(m / 0.3048)} ft (${whole(m)} m)`);
    return `${mi.toLocaleString("en-US", { maximumFractionDigits: d })} mi (${km.toLocaleString("en-US", { maximumFractionDigits: d })} km)`;
  };
  // whose access is asked for is said by the page's data, not by us
  let whose = "";
  const call = (body) => { whose = body; };
  const label = (name) => (name === "access_class" && whose ? T("Access of {body}", { body: whose }) : T(Object.hasOwn(LABELS, name) ? LABELS[name] : String(name).replaceAll("_", " ")));
  // columns whose words are ours; those of other columns are names and stay as they are
  const OURS = new Set(["operator_kind", "device", "setting", "status", "change", "outcome", "located_by", "access_class", "access_on", "door_on", "class", "why"]);
  const value = (name, v) => {
    if (v === null || v === undefined || Number.isNaN(v)) return T("unknown");
    if (typeof v !== "number") return OURS.has(name) ? T(v) : v;
    if (name === "confidence" || name === "score") return v.toFixed(2);
    if (name === "position_error_m" || name === "distance_m") return `${whole(v)} m`;
    if (name.endsWith("_m")) return far(v);
    if (name.endsWith("_s")) { const min = Math.round(v / 60); return min < 60 ? `${min} min` : `${whole(Math.floor(min / 60))} h ${min % 60} min`; }
    if (name.endsWith("_deg")) return heading(v);
    return Number.isInteger(v) ? whole(v) : v.toLocaleString("en-US", { maximumFractionDigits: 5 });
  };
  const heading = (deg) => (Number.isNaN(deg) ? T("unknown") : `${Math.round(deg * 10) / 10}° ${POINTS[Math.round((deg % 360) / 22.5) % 16]}`);
  const view = (deg, width, quality) => {
    const said = T(Object.hasOwn(QUALITY, quality) ? QUALITY[quality] : quality);
    if (Number.isNaN(deg)) return T("heading unknown: {why}", { why: said });
    if (quality === "full_circle") return T("all round (360°)");
    return `${heading(deg)}${Number.isNaN(width) ? T(", width not tagged") : T(`, ${Math.round(width)}° wide`)}${said ? ` (${said})` : ""}`;
  };
  // what a camera reads, as one says it: "I-70 westbound, 167 ft (51 m) away: rear plates, clear view"
  const reading = (road, bound, range, plates, sure) => {
    const away = range === null || Number.isNaN(range) ? "" : T(", {far} away", { far: far(range) });
    return `${road === "a road without a name" ? T(road) : road} ${T(bound)}${away}: ${T(`${plates === "either" ? "front or rear" : plates} plates`)}, ${T(sure)}`;
  };
  // only https addresses ever become links
  const link = (text, address) => {
    let ok = null;
    try { ok = new URL(address); } catch { ok = null; }
    if (!ok || ok.protocol !== "https:") return Object.assign(document.createElement("span"), { textContent: text });
    return Object.assign(document.createElement("a"), { href: ok.href, rel: "noopener noreferrer", target: "_blank", textContent: text });
  };
  // pages of the same folder alone: a name, perhaps in states/ or above
  const beside = (text, href) => Object.assign(document.createElement(/^(?:states\/|\.\.\/)?[a-z][a-z0-9-]*\.html$/.test(href) ? "a" : "span"), { textContent: text, href });
  // OSM objects have a page of their own
  const record = (id) => {
    const osm = /(?:^|[:;])(node|way|relation)\/(\d{1,18})$/.exec(id || "");
    return osm ? link(`OpenStreetMap ${osm[1]} ${osm[2]}`, `https://www.openstreetmap.org/${osm[1]}/${osm[2]}`) : null;
  };
  return { MILE_M, whole, day, far, label, value, heading, view, reading, link, beside, record, QUALITY, call };
})();

// Small helpers that build elements; text goes in as text, never as markup.
const el = (tag, props = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [k, v] of Object.entries(props)) {
    if (k === "class") node.className = v;
    else if (k.startsWith("on")) node.addEventListener(k.slice(2), v);
    else if (k.includes("-") || k === "role" || k === "for" || k === "scope") node.setAttribute(k, v);
    else node[k] = v;
  }
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
};
