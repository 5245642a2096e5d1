// Scrubs through a training: of each recorded moment the page has the numbers, and writes them into pictures drawn once.
// The graph of one example is the live page, in a frame that is told the weights of the moment.
const { words, titled, losses, validation, best, epochs, plane, network, weights, graph } = JSON.parse($("data").textContent);
const LAST = epochs.length - 1, shown = [LAST, 0]; // the moment of each side
let lang = firstLanguage(words), theme = "", heat = false;
const say = (key, parts = {}) => said(words[lang], key, parts);
const svgElement = (tag, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

// --- a side: a slider and the pictures of its moment -------------------------------------------------------------------
const sides = [0, 1].map((side) => {
  const caption = () => make("figcaption", {});
  const button = (key, text, move) => make("button", { type: "button", "data-key": key, onclick: () => { pause(side); go(side, move()); } }, text);
  const box = make("section", { className: "side", hidden: side === 1 },
    make("div", { className: "bar" }, make("span", { className: "tools" }, button("first", "|◀", () => 0), button("back", "◀", () => shown[side] - 1), button("on", "▶", () => shown[side] + 1), button("last", "▶|", () => LAST),
      make("button", { type: "button", className: "run", onclick: () => run(side) })),
      make("input", { type: "range", min: "0", max: String(LAST), oninput: (event) => { pause(side); go(side, event.target.valueAsNumber); } }), make("p", { className: "facts" })),
    make("div", { className: "pictures" }, make("figure", { className: "plane", hidden: !plane }, caption(), make("canvas", { role: "img" })),
      make("figure", { className: "net" }, caption(), ...(network ? [$("network").content.querySelector("svg").cloneNode(true)] : []))),
    make("figure", { className: "example", hidden: !graph }, caption()));
  $("curves").nextElementSibling.append(box);
  return { box, net: network && netOf(box.querySelector(".net svg")), frame: null, state: null, timer: 0 };
});
document.body.classList.toggle("lone", !graph);

function show(side) {
  const { box, net } = sides[side], at = shown[side], epoch = epochs[at], slider = box.querySelector("input");
  slider.value = at;
  const facts = [say("epoch", { epoch }), ...(epoch ? [say("loss", { loss: fmt(number(losses[epoch - 1])) }), ...(validation.length ? [say("held", { loss: fmt(number(validation[epoch - 1])) })] : [])] : [])].join(", ");
  box.querySelector(".facts").textContent = facts;
  slider.setAttribute("aria-valuetext", facts);
  for (const button of box.querySelectorAll("[data-key]")) button.disabled = at === (["first", "back"].includes(button.dataset.key) ? 0 : LAST);
  if (plane) paintPlane(box.querySelector("canvas"), plane.cells[at]);
  if (net) paintNet(net, network.numbers[at], network.gradients[at]);
  tellLeaves(side);
}
function go(side, moment) {
  shown[side] = Math.min(Math.max(0, moment), LAST);
  show(side);
  drawCurves();
}
function pause(side) { clearInterval(sides[side].timer); sides[side].timer = 0; sides[side].box.querySelector(".run").textContent = say("run"); }
function run(side) {
  if (sides[side].timer) return pause(side);
  if (shown[side] === LAST) go(side, 0);
  sides[side].box.querySelector(".run").textContent = say("pause");
  sides[side].timer = setInterval(() => { go(side, shown[side] + 1); if (shown[side] === LAST) pause(side); }, 150);
}

// --- the plane of two inputs: a byte a cell, 3 bits for the class and 5 for how sure -------------------------------------
function paintPlane(canvas, cells) {
  const { size, limits: [left, right, bottom, top], points, colours } = plane, scale = 8, bytes = atob(cells);
  canvas.width = canvas.height = size * scale;
  const pen = canvas.getContext("2d");
  for (let place = 0; place < bytes.length; place++) {
    const byte = bytes.charCodeAt(place);
    pen.globalAlpha = 0.12 + (0.55 * (byte & 31)) / 31;
    pen.fillStyle = colours[byte >> 5];
    pen.fillRect((place % size) * scale, (size - 1 - Math.floor(place / size)) * scale, scale, scale);
  }
  pen.globalAlpha = 1;
  for (const [x, y, colour] of points) {
    pen.beginPath();
    pen.arc(((x - left) / (right - left)) * canvas.width, (1 - (y - bottom) / (top - bottom)) * canvas.height, 5, 0, 7);
    pen.fillStyle = colours[colour]; pen.fill();
    pen.strokeStyle = "#fff"; pen.stroke();
  }
}

// --- the network: which lines and texts of its picture stand for which number --------------------------------------------
function netOf(picture) {
  const parts = { lines: [], texts: [], heads: [] };
  for (const group of picture.querySelectorAll("g.node, g.edge")) {
    const title = group.querySelector("title").textContent, text = group.querySelector("text"), link = group.querySelector("a");
    const line = /^(?:x|l\d+n)(\d+)->l(\d+)n(\d+)$/.exec(title), written = /^l(\d+)n(\d+)(?:w(\d+)|b)$/.exec(title), head = /^h(\d+)$/.exec(title);
    const place = (layer, neuron, weight) => { const { start, inputs, outputs } = network.layers[layer - 1]; return start + (weight ? (neuron - 1) * inputs + weight - 1 : outputs * inputs + neuron - 1); };
    if (line) parts.lines.push({ path: group.querySelector("path"), link, place: place(Number(line[2]), Number(line[3]), Number(line[1])) });
    else if (written) parts.texts.push({ text, rect: group.querySelector("rect"), link, bias: !written[3], place: place(Number(written[1]), Number(written[2]), Number(written[3] ?? 0)) });
    else if (head) parts.heads.push({ text, number: Number(head[1]) });
    else if (title === "legend") group.remove();
    group.classList.toggle("written", Boolean(written));
    if (head) link.removeAttribute("xlink:title");
  }
  for (const text of picture.querySelectorAll("g.graph > text")) text.remove(); // that there are no numbers is seen
  const { width, height } = picture.viewBox.baseVal;
  picture.setAttribute("viewBox", `0 0 ${width} ${height - 34}`); // where the legend was
  for (const name of ["width", "height"]) picture.removeAttribute(name);
  picture.setAttribute("role", "img");
  return parts;
}
const mixed = (part) => (part < 0.5 ? `color-mix(in oklab, var(--cold), var(--warm) ${200 * part}%)` : `color-mix(in oklab, var(--warm), var(--hot) ${200 * part - 100}%)`);
function paintNet({ lines, texts, heads }, numbers, gradients) {
  const { thickest, low, high } = network;
  const about = (link, place) => link.setAttribute("xlink:title", say("weight", { weight: fmt(number(numbers[place])), gradient: fmt(number(gradients[place])) }));
  for (const { path, link, place } of lines) {
    const weight = number(numbers[place]), gradient = Math.abs(number(gradients[place]));
    const part = gradient ? Math.min(1, Math.max(0, (Math.log10(gradient) - low) / (high - low))) : 0;
    path.style.strokeWidth = 0.5 + 5.5 * Math.min(1, Math.abs(weight) / thickest || 0);
    path.style.strokeDasharray = weight < 0 ? "5 2" : "none";
    path.style.stroke = heat ? (Number.isNaN(gradient) ? "var(--line)" : mixed(part)) : weight > 0 ? "var(--now)" : weight < 0 ? "var(--bad)" : "var(--pale)";
    about(link, place);
  }
  for (const { text, rect, link, bias, place } of texts) {
    const written = fmt(number((heat ? gradients : numbers)[place]), 3), length = 5.8 * (written.length + 4 * bias) + 3;
    text.textContent = bias ? `${heat ? "∂b" : "b"} = ${written}` : written;
    rect.setAttribute("x", Number(text.getAttribute("x")) - length / 2); rect.setAttribute("width", length);
    about(link, place);
  }
  for (const { text, number: layer } of heads) text.textContent = layer === 0 ? say("inputs") : layer === network.layers.length ? say("output") : say("layer", { number: layer });
}

// --- the graph of one example ------------------------------------------------------------------------------------------
const HIDDEN = "<style>h1, #theme, #language, #link, #print, #blank { display: none !important }</style></head>";
const isNarrow = () => matchMedia("(max-width: 760px)").matches, areTwo = () => document.body.classList.contains("two");
function openGraph(side) {
  if (!graph || sides[side].frame) return;
  const frame = make("iframe", { title: say("graph") });
  frame.setAttribute("sandbox", "allow-scripts allow-modals");
  sides[side].frame = frame;
  sides[side].box.querySelector(".example").append(frame);
  frame.srcdoc = graph.page.replace("</head>", HIDDEN).replace("<html ", `<html class="${[theme, areTwo() && "bare"].filter(Boolean).join(" ")}" `);
}
const post = (side, message) => sides[side].state && sides[side].frame.contentWindow.postMessage(message, "*");
const leavesAt = (moment) => Object.fromEntries(graph.places.map((place, k) => [place, String(network.numbers[moment][k])]));
const tellLeaves = (side) => post(side, { type: "leaves", leaves: graph && leavesAt(shown[side]) });
const tellLook = (side) => post(side, { type: "look", theme, bare: areTwo() });
addEventListener("message", ({ source, data: message }) => {
  const side = sides.findIndex(({ frame }) => frame && source === frame.contentWindow);
  if (side < 0 || message?.type !== "state") return;
  const isNew = sides[side].state === null;
  sides[side].state = unpacked(message.state);
  if (!isNew) return;
  post(side, { type: "restore", state: packed({ lang, step: Number.MAX_SAFE_INTEGER, leaves: leavesAt(shown[side]) }) }); // all gradients are there
  post(side, { type: "tell" });
  tellLook(side);
});

// --- the curves of the loss --------------------------------------------------------------------------------------------
const MARGIN = 62;
const acrossOf = (epoch) => MARGIN + ((($("curves").clientWidth || 1000) - MARGIN - 12) * epoch) / Math.max(losses.length, 1);
function drawCurves() {
  const [known, held] = [losses, validation].map((each) => each.map(number)), all = [...known, ...held].filter(Number.isFinite);
  if (!all.length) return;
  const bottom = ($("curves").clientHeight || 110) - 20, logarithmic = Math.min(...all) > 0, height = (x) => (logarithmic ? Math.log10(x) : x);
  const [low, high] = [height(Math.min(...all)), height(Math.max(...all))], up = (x) => bottom - ((bottom - 10) * (height(x) - low)) / (high - low || 1);
  const line = (each, kind) => svgElement("polyline", { class: kind, points: each.flatMap((x, k) => (Number.isFinite(x) ? [`${acrossOf(k + 1).toFixed(1)},${up(x).toFixed(1)}`] : [])).join(" ") });
  const text = (x, y, anchor, said, kind = "") => svgElement("text", { x, y, "text-anchor": anchor, class: kind }, said);
  const right = acrossOf(losses.length), cursor = (side) => svgElement("line", { class: side ? "at other" : "at", x1: acrossOf(epochs[shown[side]]), x2: acrossOf(epochs[shown[side]]), y1: 2, y2: bottom });
  const kept = best === null ? NaN : (held.length ? held : known)[best - 1];
  $("curves").replaceChildren(svgElement("line", { class: "axis", x1: MARGIN, x2: right, y1: bottom, y2: bottom }),
    text(MARGIN - 6, 14, "end", fmt(Math.max(...all), 3)), text(MARGIN - 6, bottom, "end", fmt(Math.min(...all), 3)), text(MARGIN, bottom + 15, "middle", "0"), text(right, bottom + 15, "end", `${say("epochs")} ${losses.length}`),
    ...(logarithmic ? [text((MARGIN + right) / 2, bottom + 15, "middle", say("logarithmic"))] : []),
    line(known, "training"), ...(held.length ? [line(held, "validation"), text(right - 8, 32, "end", say("validation"), "validation")] : []), text(right - 8, 15, "end", say("training"), "training"),
    ...(Number.isFinite(kept) ? [svgElement("circle", { cx: acrossOf(best), cy: up(kept), r: 4 }, svgElement("title", {}, say("kept")))] : []), cursor(0), ...(areTwo() ? [cursor(1)] : []));
}
function reach(event) { // the nearest moment, of the nearer side
  const left = event.clientX - $("curves").getBoundingClientRect().left, distance = (moment) => Math.abs(acrossOf(epochs[moment]) - left);
  return [...epochs.keys()].reduce((near, moment) => (distance(moment) < distance(near) ? moment : near), 0);
}
let held = -1;
$("curves").onpointerdown = (event) => {
  const moment = reach(event);
  held = areTwo() && Math.abs(moment - shown[1]) < Math.abs(moment - shown[0]) ? 1 : 0;
  $("curves").setPointerCapture(event.pointerId);
  pause(held); go(held, moment);
};
$("curves").onpointermove = (event) => { if (held >= 0 && reach(event) !== shown[held]) go(held, reach(event)); };
$("curves").onpointerup = $("curves").onpointercancel = () => { held = -1; };
new ResizeObserver(drawCurves).observe($("curves"));

// --- around it ---------------------------------------------------------------------------------------------------------
function speak() {
  document.documentElement.lang = lang;
  if (!titled) document.querySelector("h1").textContent = document.title = say("title");
  $("two").textContent = say("two");
  $("lines").previousElementSibling.textContent = say("lines");
  $("lines").replaceChildren(...["weights", "gradients"].map((key) => make("option", { value: key, selected: heat === (key === "gradients") }, say(key))));
  $("lines").parentElement.hidden = !network;
  $("theme").ariaLabel = $("theme").title = say("theme");
  $("language").textContent = say("switch"); $("language").hidden = Object.keys(words).length < 2;
  $("curves").setAttribute("aria-label", say("curves"));
  sides.forEach(({ box, frame, state }, side) => {
    const caption = (kind, key, ...hint) => box.querySelector(`.${kind} figcaption`).replaceChildren(say(key), " ", make("small", {}, ...hint));
    caption("plane", "plane", say("planehint"));
    if (!network) box.querySelector(".net figcaption").textContent = say("toomany", { count: weights });
    else if (heat) caption("net", "heat", make("i", { className: "scale" }), " ", say("heathint", { low: `1e${network.low}`, high: `1e${network.high}` }));
    else caption("net", "net", say("nethint"));
    caption("example", areTwo() ? "graphalone" : "graph");
    for (const kind of ["canvas", ".net svg"]) box.querySelector(kind)?.setAttribute("aria-label", say(kind === "canvas" ? "plane" : heat ? "heat" : "net"));
    for (const button of box.querySelectorAll("[data-key]")) button.ariaLabel = button.title = say(button.dataset.key);
    box.querySelector("input").ariaLabel = say("moment", { number: side + 1 });
    pause(side);
    if (frame) frame.title = say("graph");
    if (state) post(side, { type: "restore", state: packed({ ...state, lang }) });
    show(side);
  });
  drawCurves();
}
$("two").onclick = () => {
  const two = document.body.classList.toggle("two");
  $("two").ariaPressed = String(two);
  sides[1].box.hidden = !two;
  if (two) openGraph(1);
  pause(1);
  sides.forEach((_, side) => tellLook(side));
  speak();
};
$("lines").onchange = () => { heat = $("lines").value === "gradients"; speak(); };
$("theme").onclick = () => { theme = turnTheme(); sides.forEach((_, side) => tellLook(side)); };
$("language").onclick = () => { lang = nextLanguage(words, lang); speak(); };
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = { ArrowRight: () => go(0, shown[0] + 1), ArrowLeft: () => go(0, shown[0] - 1), Home: () => go(0, 0), End: () => go(0, LAST) };
  if (keys[event.key]) { event.preventDefault(); pause(0); keys[event.key](); }
});
speak();
openGraph(0);
