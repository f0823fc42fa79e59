// Places: coordinates as people write them, distances, what is known nearby. Nothing is looked up anywhere.
const Place = (() => {
  const LINKS = [/@(-?\d{1,2}\.\d+),(-?\d{1,3}\.\d+)/, /[?&](?:q|ll|query|center|daddr)=(-?\d{1,2}\.\d+)(?:,|%2C)(-?\d{1,3}\.\d+)/i,
    /mlat=(-?\d{1,2}\.\d+).*?mlon=(-?\d{1,3}\.\d+)/, /#map=[\d.]+\/(-?\d{1,2}\.\d+)\/(-?\d{1,3}\.\d+)/, /^geo:(-?\d{1,2}\.?\d*),(-?\d{1,3}\.?\d*)/i];
  const HALF = "([NSEWO])?\\s*([+-]?\\d{1,3}(?:[.]\\d+)?)\\s*[°º]?\\s*(?:(\\d{1,2}(?:[.]\\d+)?)\\s*['′’]\\s*)?(?:(\\d{1,2}(?:[.]\\d+)?)\\s*(?:\"|″|”|'')\\s*)?([NSEWO])?";
  const PAIR = new RegExp(`^\\s*${HALF}\\s*[,;\\s]\\s*${HALF}\\s*$`, "i");
  const half = (before, d, m, s, after) => {
    const letter = (before || after || "").toUpperCase(), value = Math.abs(Number(d)) + Number(m || 0) / 60 + Number(s || 0) / 3600;
    const sign = d.startsWith("-") || letter === "S" || letter === "W" || letter === "O" ? -1 : 1;
    return { value: sign * value, axis: letter === "" ? "" : "NS".includes(letter) ? "lat" : "lon" };
  };
  const parse = (text) => {
    const plain = text.trim().replace(/−/g, "-");
    for (const link of LINKS) { const m = link.exec(plain); if (m) return sound(Number(m[1]), Number(m[2])); }
    const m = PAIR.exec(plain);
    if (!m) return null;
    const a = half(m[1], m[2], m[3], m[4], m[5]), b = half(m[6], m[7], m[8], m[9], m[10]);
    if (a.axis && a.axis === b.axis) return null;
    return a.axis === "lon" || b.axis === "lat" ? sound(b.value, a.value) : sound(a.value, b.value);
  };
  const sound = (lat, lon) => (Math.abs(lat) <= 85 && Math.abs(lon) <= 180 && !(lat === 0 && lon === 0) ? { lat, lon } : null);

  // a sphere is good to half a per cent, which is plenty for "30 m away"
  const R = 6371008.8, rad = Math.PI / 180;
  const meters = (a, b) => {
    const x = (b.lon - a.lon) * rad * Math.cos(((a.lat + b.lat) * rad) / 2), y = (b.lat - a.lat) * rad;
    return R * Math.hypot(x, y);
  };
  const bearing = (a, b) => ((Math.atan2((b.lon - a.lon) * Math.cos(a.lat * rad), b.lat - a.lat) / rad) + 360) % 360;
  const along = (a, deg, m) => ({ lat: a.lat + (m * Math.cos(deg * rad)) / (R * rad), lon: a.lon + (m * Math.sin(deg * rad)) / (R * rad * Math.cos(a.lat * rad)) });
  const apart = (a, b) => { const d = Math.abs(a - b) % 360; return d > 180 ? 360 - d : d; };

  // rows of a table within `far` meters of a place, nearest first
  const near = (table, at, far) => {
    const lon = table.lon, lat = table.lat, dy = far / (R * rad), dx = dy / Math.cos(at.lat * rad), out = [];
    for (let i = 0; i < table.n; i++) {
      if (Math.abs(lat[i] - at.lat) > dy || Math.abs(lon[i] - at.lon) > dx) continue;
      const m = meters(at, { lat: lat[i], lon: lon[i] });
      if (m <= far) out.push({ i, m });
    }
    return out.sort((a, b) => a.m - b.m);
  };
  // the tiers of `alprmap sighting check`, rule V4
  const tier = (m, headings, deg, s) => {
    const gaps = deg === null ? [] : headings.map((h) => apart(h, deg)), gap = gaps.length ? Math.min(...gaps) : null;
    if (gap !== null && m <= s.same_m && gap <= s.same_deg) return "same";
    if (gap === null ? m <= s.same_m : gap <= s.same_deg && m <= s.likely_m) return "likely";
    if (gap !== null && m <= s.same_m && gap >= s.apart_deg) return "head";
    return m <= s.nearby_m ? "nearby" : "";
  };
  return { parse, meters, bearing, along, near, tier };
})();
