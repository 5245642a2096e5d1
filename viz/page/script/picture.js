// The picture: places never change; a change of numbers writes texts and classes, and asks for no layout.
const svg = document.querySelector("#sheet svg");
const drawn = nodes.map(() => ({ group: null, data: null, grad: null }));
const edges = nodes.map((node) => node.parents.map(() => ({ group: null, text: null, sign: "" })));
{
  const seen = new Map();
  for (const group of svg.querySelectorAll("g.node, g.edge")) {
    const title = group.querySelector("title")?.textContent ?? "";
    const texts = [...group.querySelectorAll("text")];
    const one = /^n(\d+)$/.exec(title), two = /^n(\d+)(?::\w+)*->n(\d+)(?::\w+)*$/.exec(title);
    if (one) {
      const beside = (name) => texts[texts.findLastIndex((each) => each.textContent === name) + 1 || texts.length] ?? null;
      drawn[one[1]] = { group, data: beside("data"), grad: beside("grad") };
    } else if (two) {
      const [p, i] = [Number(two[1]), Number(two[2])], key = p + ">" + i;
      const places = nodes[i].parents.flatMap((each, k) => (each === p ? [k] : []));
      const k = places[seen.get(key) ?? 0] ?? places[0];
      seen.set(key, (seen.get(key) ?? 0) + 1);
      const text = texts.find((each) => each.textContent.includes("="));
      edges[i][k] = { group, text, sign: text ? text.textContent.slice(0, text.textContent.indexOf("=") + 1) + " " : "" };
    }
  }
}
// A longer number than its cell was made for is set closer: half a cell is what lies between its middle and the border.
// Asked of attributes, for a frame that is not yet seen has no layout.
const boxOf = (group) => { const rect = group.querySelector("rect"), [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name))); return { x, y, width, height }; };
const rooms = new Map();
for (const { group, data, grad } of drawn)
  for (const text of [data, grad])
    if (text) rooms.set(text, 2 * (boxOf(group).x + boxOf(group).width - Number(text.getAttribute("x"))) - 6);
// Lengths of texts in em, character by character: to ask the page for them would lay it out anew each time.
const ruler = document.createElement("canvas").getContext("2d"), em = new Map();
const written = svg.querySelector("g.graph"), size = Number(written.getAttribute("font-size"));
ruler.font = `100px ${written.getAttribute("font-family")}`;
function lengthOf(text) {
  let length = 0;
  for (const character of text) {
    if (!em.has(character)) em.set(character, ruler.measureText(character).width / 100);
    length += em.get(character);
  }
  return length;
}
const write = (element, text) => {
  if (!element) return;
  const aloft = moving?.get(element);
  if (aloft) { aloft.text = text; return; }
  const changed = element.shown !== text, first = element.shown === undefined; // remembered, for to ask the page for it takes long
  if (changed) {
    element.textContent = element.shown = text;
    const room = rooms.get(element);
    if (room && lengthOf(text) * size > room) { element.setAttribute("textLength", room.toFixed(1)); element.setAttribute("lengthAdjust", "spacingAndGlyphs"); }
    else element.removeAttribute("textLength");
  }
  toggle(element, "fresh", changed && !first && state.mode !== "play"); // while leaves move nearly all of them change
};
function toggle(element, name, on) {
  if (!element || (element.marks ??= {})[name] === on) return;
  element.marks[name] = on;
  element.classList.toggle(name, on);
}

let data, pass;
function compute() {
  data = forward(state.leaves);
  pass = backward(data, bugNow(), state.mode === "play" ? Infinity : Math.max(0, state.step - FORWARD.length - 1));
}
const writeData = (i, here = true) => write(drawn[i].data, here ? fmt(data[i]) : "–");
const writeGrad = (i, here = true) => write(drawn[i].grad, here && pass.known[i] ? fmt(pass.grads[i]) : "–");
const writeLocal = (i, k, here = true) => { if (nodes[nodes[i].parents[k]].flows) write(edges[i][k].text, edges[i][k].sign + (here ? fmt(pass.locals[i][k]) : "–")); };

function paint() {
  rest();
  const inForward = state.step <= FORWARD.length, all = state.mode === "play";
  const computed = new Set(inForward && !all ? FORWARD.slice(0, state.step) : FORWARD);
  const seeded = state.step > FORWARD.length || all;
  nodes.forEach((node, i) => {
    const at = drawn[i], here = !node.parents.length || computed.has(i);
    writeData(i, here);
    writeGrad(i, seeded);
    toggle(at.group, "waits", !here);
    const now = !all && (inForward ? FORWARD[state.step - 1] === i : pass.last ? pass.last.i === i : i === ROOT);
    toggle(at.group, "now", now);
    toggle(at.group, "pinned", i === state.pinned);
    node.parents.forEach((p, k) => {
      const edge = edges[i][k];
      writeLocal(i, k, here);
      toggle(edge.group, "waits", !here || (seeded && !all && nodes[p].flows && pass.passed[i][k] === null));
      toggle(edge.group, "now", !all && !inForward && pass.last?.i === i && pass.last?.k === k);
      toggle(edge.group, "path", false);
    });
  });
  paintFolded(seeded, computed);
  paintPinned(seeded, computed);
  paintTensors(seeded, computed);
}

// While leaves move, what depends on them is computed and written, and nothing else; and it is written on a canvas over
// the sheet, for one text that changes in a picture has all of it painted anew. When they rest, it is the picture's again.
const over = document.body.appendChild(make("canvas", { id: "over", hidden: true })), pen = over.getContext("2d");
let moving = null; // of each text that may change: what it says now, where and how
function begin() {
  const { clientLeft, clientTop, clientWidth, clientHeight } = $("sheet"), box = $("sheet").getBoundingClientRect(), [left, top] = [box.left + clientLeft, box.top + clientTop];
  const fine = devicePixelRatio, { a, e, f } = written.getScreenCTM();
  Object.assign(over, { width: clientWidth * fine, height: clientHeight * fine, hidden: false });
  Object.assign(over.style, { left: `${left}px`, top: `${top}px`, width: `${clientWidth}px`, height: `${clientHeight}px` });
  const texts = [...drawn.flatMap((each) => [each.data, each.grad]), ...edges.flat().map((each) => each.text), ...SCOPES.flatMap(({ lines }) => lines.map((each) => each.element))];
  moving = new Map(texts.filter((each) => each).map((each) => {
    const [x, y] = ["x", "y"].map((name) => Number(each.getAttribute(name))), { fill, fontSize, fontFamily } = getComputedStyle(each), [onX, onY] = [a * x + e - left, a * y + f - top];
    const seen = each.getClientRects().length > 0 && onX > -99 && onX < clientWidth + 99 && onY > 0 && onY < clientHeight + 33;
    return [each, { text: each.shown ?? each.textContent, x, y, room: rooms.get(each), fill, font: `${fontSize} ${fontFamily}`, seen }];
  }));
  moving.forEach((_, text) => toggle(text, "number", true));
  toggle(svg, "still", true);
  moving.place = [a * fine, 0, 0, a * fine, (e - left) * fine, (f - top) * fine];
}
function writeOver() {
  pen.resetTransform();
  pen.clearRect(0, 0, over.width, over.height);
  pen.setTransform(...moving.place);
  pen.textAlign = "center";
  for (const { text, x, y, room, fill, font, seen } of moving.values()) {
    if (!seen) continue;
    if (pen.asked !== font) pen.font = pen.asked = font; // as the canvas keeps it, it reads otherwise
    pen.fillStyle = fill;
    pen.fillText(text, x, y, room);
  }
}
function rest() {
  if (!moving) return;
  const written = moving;
  moving = null;
  written.forEach(({ text }, element) => write(element, text));
  toggle(svg, "still", false);
  over.hidden = true;
}
function follows(now = false) {
  const changed = update(data, pass, state.leaves);
  if (now && !moving) { begin(); pen.asked = ""; }
  changed.data.forEach((i) => writeData(i));
  changed.grads.forEach((i) => writeGrad(i));
  changed.locals.forEach(([i, k]) => writeLocal(i, k));
  paintFolded(true, null);
  paintPinned(true, null);
  paintTensors(true, null);
  if (moving) writeOver();
  return changed;
}
for (const event of ["scroll", "resize"]) addEventListener(event, rest, { passive: true, capture: true });

function paintPinned(seeded, computed) {
  const i = state.pinned, at = $("pinned");
  at.hidden = i < 0;
  if (i < 0) return;
  const here = !computed || !nodes[i].parents.length || computed.has(i);
  at.firstElementChild.textContent = `${nodes[i].name} · data ${here ? fmt(data[i]) : "–"} · grad ${seeded && pass.known[i] ? fmt(pass.grads[i]) : "–"}`;
}
function pin(i) { state.pinned = state.pinned === i ? -1 : i; show(); }

// A sheet to write on: with all numbers, or with blanks for what is computed.
let blanks = false;
function paintSheet() {
  rest();
  const kept = pass;
  pass = backward(data, "");
  nodes.forEach((node, i) => {
    writeData(i); writeGrad(i);
    if (blanks && i !== ROOT) write(drawn[i].grad, "____");
    node.parents.forEach((p, k) => { writeLocal(i, k); if (blanks && nodes[p].flows) write(edges[i][k].text, edges[i][k].sign + "__"); });
  });
  $("answers").replaceChildren(...LEAVES.map((i) => make("li", {}, `∂${nodes[ROOT].name}/∂${nodes[i].name} = ${blanks ? "________" : fmt(pass.grads[i])}`)));
  pass = kept;
}

// --- how it is looked at ---------------------------------------------------------------------------------------------
const width = (svg.viewBox.baseVal?.width || 800) * (4 / 3), READABLE = 0.55; // of text that is 16 pixels high
let zoom = 1, fitted = true;
// Larger or smaller, about a point of the sheet that stays where it is.
function scale(factor, x = $("sheet").clientWidth / 2, y = $("sheet").clientHeight / 2) {
  const sheet = $("sheet"), before = zoom, fitting = Math.min(1, (sheet.clientWidth - 4) / width);
  rest();
  fitted = factor === 0;
  zoom = factor === 0 ? Math.max(fitting, READABLE) : Math.min(8, Math.max(0.05, zoom * factor));
  svg.removeAttribute("width"); svg.removeAttribute("height");
  svg.style.width = `${width * zoom}px`;
  if (factor === 0) return;
  sheet.scrollLeft = ((sheet.scrollLeft + x) * zoom) / before - x;
  sheet.scrollTop = ((sheet.scrollTop + y) * zoom) / before - y;
}
new ResizeObserver(() => { if (fitted) scale(0); }).observe($("sheet"), { box: "border-box" });
{ // the mouse takes hold of the sheet; ctrl and the wheel, and two fingers, zoom; one finger scrolls as everywhere
  const sheet = $("sheet");
  let held = null, apart = 0;
  sheet.addEventListener("pointerdown", (event) => { if (event.pointerType === "mouse" && event.button === 0) held = { x: event.clientX, y: event.clientY, moved: false }; });
  addEventListener("pointermove", (event) => {
    if (!held) return;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.moved && Math.hypot(dx, dy) < 4) return;
    sheet.scrollLeft -= dx; sheet.scrollTop -= dy;
    held = { x: event.clientX, y: event.clientY, moved: true };
  });
  addEventListener("pointerup", () => { const moved = held?.moved; held = null; if (moved) addEventListener("click", (event) => { if (sheet.contains(event.target)) event.stopPropagation(); }, { capture: true, once: true }); });
  const about = (factor, x, y) => { const box = sheet.getBoundingClientRect(); scale(factor, x - box.left, y - box.top); };
  sheet.addEventListener("wheel", (event) => { if (!event.ctrlKey) return; event.preventDefault(); about(Math.exp(-event.deltaY / 200), event.clientX, event.clientY); }, { passive: false });
  const distance = ([one, other]) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  sheet.addEventListener("touchstart", (event) => { apart = event.touches.length === 2 ? distance(event.touches) : 0; }, { passive: true });
  sheet.addEventListener("touchmove", (event) => {
    if (event.touches.length !== 2 || !apart) return;
    event.preventDefault();
    const now = distance(event.touches), [one, other] = event.touches;
    about(now / apart, (one.clientX + other.clientX) / 2, (one.clientY + other.clientY) / 2);
    apart = now;
  }, { passive: false });
}
// The sheet moves only where the node of the step could not be seen.
function follow() {
  const now = [...svg.querySelectorAll("g.node.now, g.cluster.now")].find((each) => each.style.display !== "none"), sheet = $("sheet").getBoundingClientRect();
  if (!now) return;
  const box = now.getBoundingClientRect();
  if (box.left < sheet.left || box.right > sheet.right) $("sheet").scrollLeft += (box.left + box.right - sheet.left - sheet.right) / 2;
  if (box.top < sheet.top || box.bottom > sheet.bottom) $("sheet").scrollTop += (box.top + box.bottom - sheet.top - sheet.bottom) / 2;
}

let hits = [], hit = -1;
function find(text) {
  hits = text ? [...nodes.keys()].filter((i) => [nodes[i].name, nodes[i].op, nodes[i].scope].some((each) => each.toLowerCase().includes(text.toLowerCase()))) : [];
  drawn.forEach((each, i) => each.group?.classList.toggle("found", hits.includes(i)));
  hit = -1;
}
function reveal(i) { unfold(i); drawn[i].group?.scrollIntoView({ block: "center", inline: "center" }); }
