"use strict";
const SVG = "http://www.w3.org/2000/svg";
/* Longer than this after its last report an aircraft is not drawn: nobody knows where it was. */
const SHOWN_FOR_S = 60;
const tracks = JSON.parse(document.getElementById("data").textContent);
const list = document.getElementById("entries");
const rows = list ? [...list.querySelectorAll("tbody tr")] : [];
const byId = (id) => document.getElementById(id);
const map = document.querySelector("#map svg");
const dots = map ? map.appendChild(document.createElementNS(SVG, "g")) : null;
let chosen = null;

function isShown(row, word, machines, urgent) {
  if (!machines && /kind-(stored|receipt|machine)\b/.test(row.className)) return false;
  if (urgent && !row.classList.contains("urgent")) return false;
  return !word || row.textContent.toLowerCase().includes(word);
}
function filter() {
  const word = byId("filter").value.trim().toLowerCase(), machines = byId("machines").checked, urgent = byId("urgent").checked;
  let count = 0;
  for (const row of rows) { row.hidden = !isShown(row, word, machines, urgent); if (!row.hidden) count += 1; }
  byId("count").textContent = count + " of " + rows.length + " entries";
}
function at(points, time) {
  let low = 0, high = points.length;
  while (low < high) { const middle = (low + high) >> 1; if (points[middle][0] <= time) low = middle + 1; else high = middle; }
  return low ? points[low - 1] : null;
}
function drawAt(time) {
  if (!dots) return;
  dots.replaceChildren();
  for (const track of tracks) {
    const point = at(track.points, time);
    if (!point || time - point[0] > SHOWN_FOR_S) continue;
    const dot = document.createElementNS(SVG, "circle");
    for (const [name, value] of [["cx", point[1]], ["cy", point[2]], ["r", 6], ["fill", track.colour], ["stroke", "#fff"], ["stroke-width", 2]])
      dot.setAttribute(name, value);
    dot.appendChild(document.createElementNS(SVG, "title")).textContent = track.label;
    dots.append(dot);
  }
}
function choose(row) {
  if (!row) return;
  if (chosen) chosen.removeAttribute("aria-selected");
  chosen = row;
  row.setAttribute("aria-selected", "true");
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  if (row.dataset.time) drawAt(Number(row.dataset.time));
}
function step(by, wanted) {
  const from = chosen ? rows.indexOf(chosen) : by > 0 ? -1 : rows.length;
  for (let place = from + by; place >= 0 && place < rows.length; place += by)
    if (!rows[place].hidden && (!wanted || wanted.test(rows[place].className))) return choose(rows[place]);
}
const JUMPS = { a: /kind-alert\b/, m: /kind-said\b/, s: /kind-silence\b/, r: /kind-rung\b/ };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  const key = event.key.toLowerCase(), back = event.shiftKey ? -1 : 1;
  if (key === "j" || (event.key === "ArrowDown" && list.contains(event.target))) step(1);
  else if (key === "k" || (event.key === "ArrowUp" && list.contains(event.target))) step(-1);
  else if (JUMPS[key]) step(back, JUMPS[key]);
  else if (key === "/") byId("filter").focus();
  else return;
  event.preventDefault();
});
if (list) {
  for (const id of ["filter", "machines", "urgent"]) byId(id).addEventListener("input", filter);
  list.addEventListener("click", (event) => choose(event.target.closest("tbody tr")));
  filter();
}
