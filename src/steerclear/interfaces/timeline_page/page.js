"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const style = () => getComputedStyle(document.documentElement);
const hue = (name) => style().getPropertyValue(name).trim();
const order = data.parties.map((party) => party[0]);
const partyHue = (party) => hue(["--first", "--second", "--third"][order.indexOf(party)] || "--other");
const NM = 1852, FT = 0.3048;
/* Longer than this between two reports nobody knows what was flown: a faint dotted line, not a track. */
const GAP_S = 120;
/* What is shown of a chosen alert before its first and after its last change. */
const AROUND_S = 240;
const WORD_OF_END = { cleared: "cleared", lapsed: "closed without an all-clear" };
const utc = (seconds) => new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 19) + "Z";
const clock = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 19);
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
function drawing(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

document.querySelector("h1").textContent = data.title;
document.querySelector(".subtitle").textContent = data.subtitle;
document.getElementById("claims").append(...data.claims.map((claim) => element("div", { class: "claim" },
  element("b", { class: claim.holds ? "holds" : "fails" }, claim.holds ? "✓" : "✗"),
  element("span", {}, claim.text, " ", element("span", { class: "detail" }, claim.detail)))));

/* The sky */
const map = document.getElementById("map"), strip = document.getElementById("strip");
const slider = document.getElementById("clock"), now = document.getElementById("now"), play = document.getElementById("play");
let shown = 0, chosen = null, playing = null;
const recording = () => data.recordings[shown];
const time = () => recording().from_s + (recording().until_s - recording().from_s) * slider.value / 1000;

function frame(canvas) {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * ratio; canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio); pen.clearRect(0, 0, width, height); pen.font = "12px system-ui, sans-serif";
  return [pen, width, height];
}
function bounds() {
  const alerts = chosen ? [chosen] : data.alerts.filter((alert) => alert.recording === recording().name);
  let places = alerts.flatMap((alert) => alert.steps.flatMap((step) => step.places));
  if (!places.length) places = recording().tracks.flatMap((track) => track.points.map((point) => [point[1], point[2]]));
  let [south, west, north, east] = [90, 180, -90, -180];
  for (const [lat, lon] of places) {
    south = Math.min(south, lat); north = Math.max(north, lat); west = Math.min(west, lon); east = Math.max(east, lon);
  }
  const margin = (chosen ? 6 : 20) / 60;
  return [south - margin, west - margin / Math.cos(south * Math.PI / 180), north + margin, east + margin / Math.cos(south * Math.PI / 180)];
}
function place(track, t) {
  const points = track.points;
  let low = 0, high = points.length;
  while (low < high) { const middle = (low + high) >> 1; if (points[middle][0] <= t) low = middle + 1; else high = middle; }
  return low === 0 ? null : points[low - 1];
}
function drawFlown(pen, points, x, y, [from, until]) {
  let last = null;
  for (const point of points) {
    if (point[0] < from) continue;
    if (point[0] > until) break;
    if (last) {
      const gap = point[0] - last[0] > GAP_S;
      pen.save();
      if (gap) { pen.setLineDash([1, 5]); pen.lineWidth = 1; }
      pen.beginPath(); pen.moveTo(x(last), y(last)); pen.lineTo(x(point), y(point)); pen.stroke(); pen.restore();
    }
    last = point;
  }
}
const firstOf = (alert) => alert.steps[0].time_s, lastOf = (alert) => alert.steps[alert.steps.length - 1].time_s;
function scaleBar(pen, width, height, pixelsPerNm) {
  let length = [200, 100, 50, 20, 10, 5, 2, 1, 0.5].find((nm) => nm * pixelsPerNm < width / 4) || 0.2;
  pen.strokeStyle = pen.fillStyle = hue("--soft"); pen.lineWidth = 2; pen.beginPath();
  pen.moveTo(14, height - 16); pen.lineTo(14 + length * pixelsPerNm, height - 16); pen.stroke();
  pen.fillText(length + " NM", 14, height - 22);
}
function drawLabels(pen, labels) {  // none over another, each with a rim so that paths do not cut through it
  const taken = [];
  pen.lineWidth = 3; pen.strokeStyle = hue("--panel"); pen.lineJoin = "round";
  for (let [track, left, low] of labels.sort((one, other) => one[2] - other[2])) {
    const right = left + pen.measureText(track.label).width;
    while (taken.some(([l, r, y]) => left < r && right > l && Math.abs(y - low) < 13)) low += 13;
    taken.push([left, right, low]);
    pen.fillStyle = partyHue(track.party); pen.strokeText(track.label, left, low); pen.fillText(track.label, left, low);
  }
}
function drawMap() {
  const [pen, width, height] = frame(map), [south, west, north, east] = bounds(), t = time();
  const squeeze = Math.cos((south + north) / 2 * Math.PI / 180);
  const scale = Math.min(width / ((east - west) * squeeze), height / (north - south));
  const x = (lon) => width / 2 + (lon - (west + east) / 2) * squeeze * scale;
  const y = (lat) => height / 2 - (lat - (south + north) / 2) * scale;
  const involved = chosen ? new Set(chosen.subjects) : null, labels = [];
  for (const track of recording().tracks) {
    const strong = !involved || involved.has(track.label);
    pen.strokeStyle = partyHue(track.party); pen.globalAlpha = strong ? (involved ? 1 : 0.55) : 0.15;
    pen.lineWidth = strong && involved ? 2 : 1;
    const from = strong && involved ? firstOf(chosen) - AROUND_S : -Infinity;
    drawFlown(pen, track.points, (point) => x(point[2]), (point) => y(point[1]), [from, t]);
    const at = place(track, t);
    if (at && t - at[0] < 120 && strong) {
      pen.globalAlpha = 1; pen.fillStyle = partyHue(track.party); pen.beginPath(); pen.arc(x(at[2]), y(at[1]), 3.5, 0, 7); pen.fill();
      if (involved || recording().tracks.length < 40) labels.push([track, x(at[2]) + 6, y(at[1]) - 5]);
    }
  }
  pen.globalAlpha = 1;
  for (const alert of data.alerts) {
    if (alert.recording !== recording().name || (chosen && alert !== chosen)) continue;
    for (const step of alert.steps) {
      if (step.time_s > t || step.change in WORD_OF_END) continue;
      pen.strokeStyle = hue(["breach", "warning"].includes(step.severity) ? "--bad" : "--warn"); pen.lineWidth = 1.5;
      for (const [lat, lon] of step.places) { pen.beginPath(); pen.arc(x(lon), y(lat), chosen ? 8 : 4, 0, 7); pen.stroke(); }
      if (chosen && step.places.length === 2) {
        pen.setLineDash([3, 3]); pen.beginPath(); pen.moveTo(x(step.places[0][1]), y(step.places[0][0]));
        pen.lineTo(x(step.places[1][1]), y(step.places[1][0])); pen.stroke(); pen.setLineDash([]);
      }
    }
  }
  drawLabels(pen, labels);
  scaleBar(pen, width, height, scale / 60);
  pen.fillStyle = hue("--panel"); pen.globalAlpha = 0.8; pen.fillRect(6, 4, 124, 16 * (data.parties.length + 1) + 6);
  pen.globalAlpha = 1; let offset = 18;
  for (const [id, name] of data.parties) { pen.fillStyle = partyHue(id); pen.fillText("■ " + name, 12, offset); offset += 16; }
  pen.fillStyle = hue("--other"); pen.fillText("■ no party known", 12, offset);
  now.textContent = utc(t);
}
function drawStrip() {
  strip.hidden = chosen === null;
  if (!chosen) return;
  const [pen, width, height] = frame(strip);
  pen.fillStyle = hue("--soft");
  const from = firstOf(chosen) - AROUND_S, until = lastOf(chosen) + AROUND_S;
  const tracks = recording().tracks.filter((track) => chosen.subjects.includes(track.label));
  const inside = tracks.map((track) => track.points.filter((point) => point[0] >= from && point[0] <= until && point[3] !== null));
  const heights = inside.flat().map((point) => point[3]);
  if (!heights.length) { pen.fillText("No altitude was reported.", 14, 24); return; }
  const low = Math.min(...heights) - 100, high = Math.max(...heights) + 100;
  const x = (t) => 70 + (width - 90) * (t - from) / (until - from), y = (h) => height - 24 - (height - 44) * (h - low) / (high - low);
  pen.strokeStyle = hue("--rule");
  for (const h of [low, (low + high) / 2, high]) {
    pen.beginPath(); pen.moveTo(70, y(h)); pen.lineTo(width - 20, y(h)); pen.stroke();
    pen.fillText(Math.round(h / FT / 10) * 10 + " ft", 8, y(h) + 4);
  }
  tracks.forEach((track, index) => {
    /* Two aircraft of one party have one colour: the second one is drawn thin, and named below its line. */
    pen.strokeStyle = pen.fillStyle = partyHue(track.party); pen.lineWidth = index ? 1 : 2.5;
    drawFlown(pen, inside[index], (point) => x(point[0]), (point) => y(point[3]), [from, until]);
    if (inside[index].length) pen.fillText(track.label, x(inside[index][0][0]) + 4, y(inside[index][0][3]) + (index ? 15 : -6));
  });
  for (const step of chosen.steps) {
    pen.strokeStyle = hue(["breach", "warning"].includes(step.severity) ? "--bad" : "--warn"); pen.setLineDash([2, 4]);
    pen.beginPath(); pen.moveTo(x(step.time_s), 14); pen.lineTo(x(step.time_s), height - 20); pen.stroke(); pen.setLineDash([]);
  }
  pen.fillStyle = hue("--soft"); pen.fillText(clock(from) + "Z", 70, height - 6); pen.fillText(clock(until) + "Z", width - 80, height - 6);
}
const drawSky = () => { drawMap(); drawStrip(); };
function choose(alert) {
  chosen = chosen === alert ? null : alert;
  if (chosen) {
    const span = recording().until_s - recording().from_s;
    slider.value = Math.min(1000, Math.ceil(1000 * (lastOf(chosen) + 60 - recording().from_s) / span));
  }
  for (const button of document.querySelectorAll(".alert")) button.setAttribute("aria-pressed", chosen !== null && button.dataset.alert === chosen.alert_id);
  drawSky();
}
function listAlerts() {
  const rank = ["breach", "warning", "caution", "advisory", "information"];
  const alerts = data.alerts.filter((alert) => alert.recording === recording().name)
    .sort((a, b) => rank.indexOf(a.worst) - rank.indexOf(b.worst) || a.steps[0].time_s - b.steps[0].time_s);
  const rows = alerts.map((alert) => {
    const worst = alert.steps.find((step) => step.severity === alert.worst) || alert.steps[0];
    const last = alert.steps[alert.steps.length - 1];
    const end = WORD_OF_END[last.change] ? `${WORD_OF_END[last.change]} at ${clock(last.time_s)}Z` : "open to the end of the recording";
    const row = element("button", { type: "button", class: "alert sev-" + alert.worst, "aria-pressed": "false", "data-alert": alert.alert_id },
      element("span", { class: "who" }, alert.subjects.join(" – ") || alert.kind), " ",
      element("span", {}, alert.kind.replaceAll("_", " ") + ", " + alert.worst),
      element("span", { class: "why" }, clock(worst.time_s) + "Z " + worst.reason),
      element("span", { class: "why end-" + last.change }, "raised at " + clock(firstOf(alert)) + "Z, " + end));
    row.addEventListener("click", () => choose(alert));
    return row;
  });
  document.getElementById("alerts").replaceChildren(...(rows.length ? rows : [element("p", { class: "note" }, "No alert in this stretch.")]));
}
function show(index) {
  shown = index; chosen = null; slider.value = 1000;
  document.querySelectorAll("#recordings button").forEach((button, position) => button.setAttribute("aria-selected", position === index));
  document.getElementById("note").textContent = recording().note + " Choose an alert to see its aircraft alone, with their altitudes.";
  listAlerts(); drawSky();
}
document.getElementById("recordings").append(...data.recordings.map((entry, index) => {
  const button = element("button", { type: "button", role: "tab" }, entry.name);
  button.addEventListener("click", () => show(index));
  return button;
}));
slider.addEventListener("input", drawSky);
play.addEventListener("click", () => {
  if (playing) { clearInterval(playing); playing = null; play.textContent = "▶"; return; }
  if (Number(slider.value) >= 1000) slider.value = 0;
  play.textContent = "⏸";
  playing = setInterval(() => {
    slider.value = Number(slider.value) + 2; drawSky();
    if (Number(slider.value) >= 1000) play.click();
  }, 40);
});

/* The line */
function lineRows() {
  const messages = [...data.messages].sort((a, b) => a.sent_s - b.sent_s);
  if (!messages.length) return element("p", { class: "note" }, "Nothing was said.");
  const ends = messages.flatMap((m) => [m.sent_s, m.received_s, m.acknowledged_s, m.due_s]).filter((t) => t !== null);
  const first = Math.min(...ends), last = Math.max(...ends) + 1;
  const x = (t) => 2 + 96 * (t - first) / (last - first);
  const body = element("tbody");
  for (const m of messages) {
    const svg = drawing("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none" });
    const dots = [], end = m.acknowledged_s ?? last;
    svg.append(drawing("rect", { x: x(m.sent_s), y: 4, width: Math.max(0.2, x(m.received_s ?? end) - x(m.sent_s)), height: 2, fill: hue("--soft") }));
    if (m.received_s !== null) svg.append(drawing("rect", { x: x(m.received_s), y: 3.5, width: Math.max(0.2, x(m.acknowledged_s ?? m.due_s ?? m.received_s) - x(m.received_s)), height: 3, fill: hue("--warn") }));
    if (m.acknowledged_s !== null) svg.append(drawing("rect", { x: x(m.acknowledged_s) - 0.3, y: 1, width: 0.9, height: 8, fill: hue("--good") }));
    if (m.due_s !== null && m.acknowledged_s === null) svg.append(drawing("rect", { x: x(m.due_s), y: 2.5, width: x(last) - x(m.due_s), height: 5, fill: hue("--bad") }));
    body.append(element("tr", {},
      element("td", {}, clock(m.sent_s)), element("td", { class: "way" }, m.from_party + " → " + m.to_party),
      element("td", {}, element("b", {}, m.kind.replaceAll("_", " ")), " " + m.text),
      element("td", { class: "bars" }, svg),
      element("td", {}, element("span", { class: "state state-" + m.state }, m.state),
        m.acknowledged_by ? ` by ${m.acknowledged_by} after ${(m.acknowledged_s - m.sent_s).toFixed(1)} s` : "")));
  }
  const head = element("tr", {}, ...["sent (UTC)", "from → to", "what", "over time", "stands"].map((word) => element("th", {}, word)));
  return element("div", { class: "scroll" }, element("table", {}, element("thead", {}, head), body));
}
document.getElementById("line").append(lineRows());
document.getElementById("record").append(element("table", {},
  element("thead", {}, element("tr", {}, ...["log", "entries", "root (RFC 6962)", "cosigned by"].map((word) => element("th", {}, word)))),
  element("tbody", {}, ...data.proofs.map((proof) => element("tr", {}, element("td", {}, proof.log), element("td", {}, String(proof.size)),
    element("td", { class: "mono" }, proof.root), element("td", {}, proof.cosigned_by))))));

if (data.recordings.length) show(0);
window.addEventListener("resize", drawSky);
