// The page's own program. The graph stands in arrays; a change recomputes them and writes texts and classes, no layout.
const { nodes, words, start, mode: firstMode } = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const N = nodes.length, ROOT = N - 1;
const PYTHON = { inf: Infinity, "-inf": -Infinity, nan: NaN };
const number = (text) => (text in PYTHON ? PYTHON[text] : Number(text));
const recorded = Float64Array.from(nodes, (node) => number(node.data));
const LEAVES = [...nodes.keys()].filter((i) => nodes[i].op === "leaf" && nodes[i].flows);
const uses = nodes.map(() => 0);
for (const node of nodes) node.parents.forEach((p) => uses[p]++);

// --- numbers as viz writes them --------------------------------------------------------------------------------------
function fmt(x, digits = 4) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (x === 0) return Object.is(x, -0) ? "-0" : "0";
  const [mantissa, power] = x.toExponential(digits - 1).split("e");
  const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (power > -5 && power < 6) return trimmed(x.toFixed(Math.max(0, digits - 1 - power)));
  return `${trimmed(mantissa)}e${Number(power)}`;
}

// Factors with as many digits as make the product that is shown the product of what is shown.
function shown(f, a, b, result) {
  for (let digits = 4; digits < 12; digits++) {
    const texts = [fmt(a, digits), fmt(b, digits)];
    if (fmt(f(Number(texts[0]), Number(texts[1]))) === fmt(result)) return [...texts, "="];
  }
  return [fmt(a), fmt(b), "≈"];
}

// --- the engine: the rules are those of the table ---------------------------------------------------------------------
const times = (g, d) => (g === 0 || d === 0 ? 0 : g * d);

// Functions and places stand ready, and NaN for an argument that there is not: a drag computes the whole graph each frame.
const ARITY = nodes.map((node) => node.parents.length);
const [FIRST, SECOND, THIRD] = [0, 1, 2].map((k) => Int32Array.from(nodes, (node) => node.parents[k] ?? N));
const VALUE = nodes.map((node) => RULES[node.op]?.value);

function forward(leaves) {
  const data = new Float64Array(N + 1);
  data.set(leaves.subarray(0, N));
  data[N] = NaN;
  for (let i = 0; i < N; i++) if (ARITY[i]) data[i] = VALUE[i](data[FIRST[i]], data[SECOND[i]], data[THIRD[i]]);
  return data;
}

function localsOf(data, bug) {
  return nodes.map((node, i) => {
    const [x, y, w] = [data[FIRST[i]], data[SECOND[i]], data[THIRD[i]]];
    if (bug === "swap" && node.op === "mul") return [x, y];
    if (bug === "wronglocal" && ARITY[i] === 1 && nodes[FIRST[i]].flows) return [RULES[node.op].partials[0](data[i], NaN, NaN, VALUE[i](data[i]))];
    return node.parents.map((p, k) => (nodes[p].flows ? RULES[node.op].partials[k](x, y, w, data[i]) : NaN));
  });
}

// The order in which contributions are made, as pairs of a node and the position of an argument.
function schedule(bug) {
  const steps = [];
  if (bug === "order") {
    const pending = [[ROOT, 0]];
    while (pending.length && steps.length < 5000) {
      const [i, k] = pending.pop();
      if (k >= nodes[i].parents.length) continue;
      pending.push([i, k + 1]);
      const p = nodes[i].parents[k];
      if (!nodes[p].flows) continue;
      steps.push([i, k]);
      pending.push([p, 0]);
    }
    return steps;
  }
  for (let i = ROOT; i >= 0; i--) if (nodes[i].flows) nodes[i].parents.forEach((p, k) => nodes[p].flows && steps.push([i, k]));
  return steps;
}

function backward(data, bug, upTo = Infinity) {
  const locals = localsOf(data, bug), steps = schedule(bug);
  const grads = new Float64Array(N), known = new Uint8Array(N), received = new Uint16Array(N);
  if (bug === "zerograd") {
    const first = backward(data, "");
    LEAVES.forEach((i) => { grads[i] = first.grads[i]; known[i] = 1; });
  }
  grads[ROOT] = 1; known[ROOT] = 1;
  let last = null;
  steps.slice(0, upTo).forEach(([i, k]) => {
    const p = nodes[i].parents[k], before = grads[p], contribution = times(grads[i], locals[i][k]);
    grads[p] = bug === "overwrite" ? contribution : before + contribution;
    known[p] = 1; received[p]++;
    last = { i, k, p, before, incoming: grads[i], local: locals[i][k], contribution, after: grads[p], number: received[p] };
  });
  return { locals, grads, known, last, steps };
}

function gradientOf(leaf, h) {
  const moved = Float64Array.from(state.leaves);
  moved[leaf] = state.leaves[leaf] + h; const above = forward(moved)[ROOT], up = moved[leaf];
  moved[leaf] = state.leaves[leaf] - h; const below = forward(moved)[ROOT];
  return (above - below) / (up - moved[leaf]);
}
const goodStep = (leaf) => 6e-6 * Math.max(1, Math.abs(state.leaves[leaf]));
function agrees(leaf, gradient) {
  const found = gradientOf(leaf, goodStep(leaf));
  return Math.abs(found - gradient) <= 1e-5 * Math.max(1, Math.abs(found), Math.abs(gradient)) || Object.is(found, gradient);
}

// --- the state: one small object that can be kept -----------------------------------------------------------------------
const FORWARD = [...nodes.keys()].filter((i) => nodes[i].parents.length);
const state = {
  leaves: Float64Array.from(recorded), step: 0, mode: firstMode, bug: "", chosen: LEAVES[0] ?? -1, h: -5, rate: 0.1, lang: "",
  score: { product: [0, 0], total: [0, 0] }, losses: [], hidden: "", path: -1,
};
const backSteps = () => schedule(bugNow()).length + 1; // the seed is one
const total = () => FORWARD.length + backSteps();
const bugNow = () => (state.mode === "break" ? state.hidden || state.bug : "");
const say = (key, parts = {}) => words[state.lang][key].replace(/\{(\w+)\}/g, (_, name) => parts[name]);

function keep() {
  const kept = { ...state, leaves: Object.fromEntries(LEAVES.filter((i) => state.leaves[i] !== recorded[i]).map((i) => [i, String(state.leaves[i])])), losses: [] };
  return btoa(encodeURIComponent(JSON.stringify(kept)));
}
function restore(text) {
  try {
    const kept = JSON.parse(decodeURIComponent(atob(text)));
    for (const key of Object.keys(state)) if (key in kept && key !== "leaves" && key !== "losses") state[key] = kept[key];
    for (const [i, value] of Object.entries(kept.leaves ?? {})) if (LEAVES.includes(Number(i))) state.leaves[i] = number(value);
    if (!words[state.lang]) state.lang = Object.keys(words)[0];
    state.step = Math.min(Math.max(0, Number(state.step) || 0), total());
  } catch { /* an address of another page: begin at the beginning */ }
}

// --- the picture ----------------------------------------------------------------------------------------------------------
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
      const at = texts.findIndex((each) => each.textContent.trim() === "grad");
      const names = at >= 0 ? at : texts.findIndex((each) => each.textContent.trim() === "data");
      const from = names + (nodes[one[1]].symbol ? 2 : 1); // a column of names, then one that begins with the symbol
      drawn[one[1]] = { group, data: texts[from], grad: at >= 0 ? texts[from + 1] : null };
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
const rooms = new Map();
for (const { group, data, grad } of drawn)
  for (const text of [data, grad])
    if (text) rooms.set(text, 2 * (group.getBBox().x + group.getBBox().width - Number(text.getAttribute("x"))) - 6);
// Lengths of texts in em, character by character: to ask the page for them would lay it out anew each time.
const ruler = document.createElement("canvas").getContext("2d"), em = new Map();
ruler.font = `100px ${svg.querySelector("text")?.getAttribute("font-family") ?? "sans-serif"}`;
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
  const changed = element.shown !== text; // remembered, for to ask the page for it takes long
  if (changed) {
    element.textContent = element.shown = text;
    const room = rooms.get(element);
    if (room && lengthOf(text) * Number(element.getAttribute("font-size")) > room) { element.setAttribute("textLength", room.toFixed(1)); element.setAttribute("lengthAdjust", "spacingAndGlyphs"); }
    else element.removeAttribute("textLength");
  }
  toggle(element, "fresh", changed && state.mode !== "play"); // while leaves move nearly all of them change
};
function toggle(element, name, on) {
  if (!element || (element.marks ??= {})[name] === on) return;
  element.marks[name] = on;
  element.classList.toggle(name, on);
}

let data, pass;
function compute() {
  data = forward(state.leaves);
  pass = backward(data, bugNow(), Math.max(0, state.step - FORWARD.length - 1));
}

function paint() {
  const inForward = state.step <= FORWARD.length, all = state.mode === "play";
  if (all) pass = backward(data, "");
  const computed = new Set(inForward && !all ? FORWARD.slice(0, state.step) : FORWARD);
  const seeded = state.step > FORWARD.length || all;
  nodes.forEach((node, i) => {
    const at = drawn[i], here = !node.parents.length || computed.has(i);
    write(at.data, here ? fmt(data[i]) : "–");
    write(at.grad, seeded && pass.known[i] ? fmt(pass.grads[i]) : "–");
    toggle(at.group, "waits", !here);
    const now = !all && (inForward ? FORWARD[state.step - 1] === i : pass.last ? pass.last.i === i : i === ROOT);
    toggle(at.group, "now", now);
    node.parents.forEach((p, k) => {
      const edge = edges[i][k];
      if (nodes[p].flows) write(edge.text, here ? edge.sign + fmt(pass.locals[i][k]) : edge.sign + "–");
      toggle(edge.group, "waits", !here);
      toggle(edge.group, "now", !all && !inForward && pass.last?.i === i && pass.last?.k === k);
      toggle(edge.group, "path", false);
    });
  });
}

// --- the card -------------------------------------------------------------------------------------------------------------
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element && key !== "list") element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}
const row = (name, value, kind = "", formula = "") =>
  make("tr", { className: kind }, make("td", {}, name, ...(formula ? [" ", make("span", { className: "formula" }, formula)] : [])), make("td", { className: "number" }, value));

function tellBackward() {
  const { i, k, p, before, incoming, local, contribution, after, number: count } = pass.last;
  const [g, d, sign] = shown(times, incoming, local, contribution);
  const added = bugNow() === "overwrite" ? null : shown((a, b) => a + b, before, contribution, after);
  const parts = [
    make("p", { className: "big" }, say("passes", { child: nodes[i].name, parent: nodes[p].name })),
    make("table", {},
      row(say("incoming"), fmt(incoming), "", `∂${nodes[ROOT].name}/∂${nodes[i].name}`),
      row(say("local"), fmt(local), "", nodes[i].partials[k]),
      row(say("contribution"), `${g} × ${d} ${sign} ${fmt(contribution)}`, "sum"),
      ...(added ? [row(say("before", { name: nodes[p].name }), fmt(before)), row(say("after", { name: nodes[p].name }), `${added[0]} + ${added[1]} ${added[2]} ${fmt(after)}`, "sum")] : [row(say("after", { name: nodes[p].name }), fmt(after), "sum")])),
  ];
  if (uses[p] > 1) parts.push(make("p", {}, say("used", { name: nodes[p].name, count: uses[p], number: count }) + " " + "●".repeat(Math.min(count, uses[p])) + "○".repeat(Math.max(0, uses[p] - count))));
  if (contribution === 0 && (incoming !== 0 || local !== 0)) parts.push(make("p", { className: "bad" }, say("zero")));
  if (!Number.isFinite(contribution)) parts.push(make("p", { className: "bad" }, say("infinite")));
  if (state.step === total()) parts.push(make("p", { className: "good" }, say("done")));
  return parts;
}

function tellForward() {
  if (state.step === 0) return [make("p", { className: "big" }, say("begin"))];
  const i = FORWARD[state.step - 1], node = nodes[i];
  const parts = [
    make("p", { className: "big" }, say("computes", { name: node.name, formula: node.formula })),
    make("table", {}, ...node.parents.map((p) => row(nodes[p].name, fmt(data[p]))), row("", fmt(data[i]), "sum", `${node.name} = ${node.formula}`)),
  ];
  if (!Number.isFinite(data[i])) parts.push(make("p", { className: "bad" }, say("infinite")));
  return parts;
}

function asks() {
  if (state.mode !== "predict" || !pass.last) return null;
  const kinds = ["product", ...(pass.last.number > 1 ? ["total"] : [])].filter((kind) => !finished(kind));
  return kinds.find((kind) => answered !== `${state.step}${kind}` && !done.has(`${state.step}${kind}`)) ?? null;
}
let answered = "", done = new Set(), streak = { product: 0, total: 0 };
const finished = (kind) => streak[kind] >= 3;

function mistakeOf(given, kind) {
  const { i, k, before, incoming, local, contribution, after } = pass.last;
  const near = (x) => Number.isFinite(x) && Math.abs(given - x) <= 5e-3 * Math.max(Math.abs(x), 1e-3);
  const right = kind === "total" ? after : contribution;
  if (Number.isNaN(given)) return Number.isNaN(right) ? "" : "notnumber";
  if (near(right) || Object.is(given, right)) return "";
  if (kind === "total" && near(contribution)) return "noaccumulate";
  if (near(-right)) return "sign";
  if (near(local)) return "noincoming";
  const args = nodes[i].parents.map((p) => data[p]);
  if (nodes[i].op === "mul" && near(times(incoming, args[k]))) return "swapped";
  if (args.length > 1 && nodes[i].parents.some((p, other) => other !== k && nodes[p].flows && near(times(incoming, pass.locals[i][other])))) return "swapped";
  if (args.length === 1 && near(times(incoming, RULES[nodes[i].op].partials[0](data[i], undefined, undefined, RULES[nodes[i].op].value(data[i]))))) return "outputinput";
  return "other";
}

function question(kind) {
  const { i, k, p, before, incoming, local } = pass.last;
  const box = make("input", { className: "answer", type: "text", inputMode: "decimal", ariaLabel: say(kind === "total" ? "asktotal" : "ask", { child: nodes[i].name, parent: nodes[p].name }) });
  const verdict = make("p", { role: "status" });
  const reveal = () => { done.add(`${state.step}${kind}`); tell(); document.querySelector("#told .answer")?.focus(); };
  const form = make("form", { onsubmit: (event) => {
    event.preventDefault();
    const why = mistakeOf(box.value.trim() === "" ? NaN : number(box.value.trim().replace("−", "-").replace(",", ".")), kind);
    if (!box.dataset.counted) { state.score[kind][1]++; if (!why) { state.score[kind][0]++; streak[kind]++; } else streak[kind] = 0; box.dataset.counted = "1"; }
    if (why) { verdict.className = "bad"; verdict.textContent = say("wrong", { why: say(why) }); box.select(); } else reveal();
  } }, make("div", { className: "row" }, box, make("button", { type: "submit" }, say("answer")), make("button", { type: "button", onclick: () => { if (!box.dataset.counted) { state.score[kind][1]++; streak[kind] = 0; } reveal(); } }, say("tell"))));
  return [
    make("p", { className: "big" }, say(kind === "total" ? "asktotal" : "ask", { child: nodes[i].name, parent: nodes[p].name })),
    make("table", {}, row(say("incoming"), fmt(incoming), "", `∂${nodes[ROOT].name}/∂${nodes[i].name}`), row(say("local"), kind === "total" ? fmt(local) : "?", "", nodes[i].partials[k]), ...(kind === "total" ? [row(say("before", { name: nodes[p].name }), fmt(before))] : nodes[i].parents.map((each) => row(nodes[each].name, fmt(data[each]))))),
    form, verdict,
  ];
}

function tell() {
  if (state.mode === "play") {
    $("where").textContent = say("playing");
    $("told").replaceChildren();
    return;
  }
  const phase = state.step === 0 ? "start" : state.step <= FORWARD.length ? "forward" : "backward";
  $("where").textContent = say("where", { step: state.step, steps: total(), phase: say(phase) });
  const kind = asks();
  let parts;
  if (kind) parts = question(kind);
  else if (phase === "backward") parts = pass.last ? tellBackward() : [make("p", { className: "big" }, say("seed", { name: nodes[ROOT].name }))];
  else parts = tellForward();
  const i = phase === "forward" ? FORWARD[state.step - 1] : phase === "backward" ? (pass.last?.i ?? ROOT) : -1;
  if (i >= 0 && nodes[i].note) parts.push(make("p", { className: "hint" }, nodes[i].note));
  if (state.mode === "predict") {
    const { product, total: sums } = state.score, asked = product[1] + sums[1];
    if (asked) parts.push(make("p", { className: "hint" }, say("score", { right: product[0] + sums[0], asked })));
    if (state.step === total() && !kind) {
      const weak = Object.entries({ kindproduct: product, kindtotal: sums }).filter(([, [right, all]]) => right < all).map(([key]) => say(key));
      parts.push(make("p", {}, say("practise", { what: weak.join(", ") || say("nothing") })));
    }
    if (kind) hideAnswer();
  }
  $("told").replaceChildren(...parts);
}
// While it is asked for, the picture does not tell it: neither the sum, nor the local derivative it is made with.
function hideAnswer() {
  const { i, k, p } = pass.last;
  write(drawn[p].grad, pass.last.number > 1 ? fmt(pass.last.before) : "–");
  if (edges[i][k].text) write(edges[i][k].text, edges[i][k].sign + "?");
}

// --- play: leaves, check, paths, descent -------------------------------------------------------------------------------------
function curve(points, labels = []) {
  const box = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  box.setAttribute("class", "curve"); box.setAttribute("viewBox", "0 0 300 110"); box.setAttribute("role", "img");
  const xs = points.map(([x]) => x), ys = points.map(([, y]) => y).filter(Number.isFinite);
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const at = ([x, y]) => [8 + (284 * (x - left)) / (right - left || 1), 92 - (80 * (y - low)) / (high - low || 1)];
  const line = document.createElementNS(box.namespaceURI, "polyline");
  line.setAttribute("points", points.filter(([, y]) => Number.isFinite(y)).map((each) => at(each).map((v) => v.toFixed(1)).join(",")).join(" "));
  box.append(line);
  for (const [point, text] of labels) {
    const [x, y] = at(point), dot = document.createElementNS(box.namespaceURI, "circle"), label = document.createElementNS(box.namespaceURI, "text");
    dot.setAttribute("cx", x); dot.setAttribute("cy", y); dot.setAttribute("r", 4);
    label.setAttribute("x", x > 150 ? x - 6 : x + 6); label.setAttribute("y", Math.max(12, y - 8)); label.setAttribute("text-anchor", x > 150 ? "end" : "start");
    label.textContent = text;
    box.append(dot, label);
  }
  box.setAttribute("aria-label", labels.map(([, text]) => text).join(", "));
  return box;
}

function pathsOf(leaf, most = 200) {
  const leads = new Uint8Array(N);
  leads[leaf] = 1;
  nodes.forEach((node, i) => { if (node.parents.some((p) => leads[p] && nodes[p].flows)) leads[i] = 1; });
  const count = new Float64Array(N);
  count[leaf] = 1;
  nodes.forEach((node, i) => node.parents.forEach((p) => { if (nodes[p].flows) count[i] += count[p]; }));
  const found = [], pending = leads[ROOT] ? [[ROOT, [], 1]] : [];
  while (pending.length && found.length < most) {
    const [i, steps, product] = pending.pop();
    if (i === leaf) { found.push({ steps, product }); continue; }
    nodes[i].parents.forEach((p, k) => { if (leads[p] && nodes[p].flows) pending.push([p, [...steps, [i, k]], times(product, pass.locals[i][k])]); });
  }
  return { found, count: leads[ROOT] ? count[ROOT] : 0 };
}
function showPath(steps) {
  edges.flat().forEach((edge) => toggle(edge.group, "path", false));
  steps.forEach(([i, k]) => toggle(edges[i][k].group, "path", true));
}

let widgets = [];
function playCard() {
  widgets = [];
  const leaves = LEAVES.map((i) => {
    const reach = Math.max(2, 2 * Math.abs(recorded[i])), middle = Number.isFinite(recorded[i]) ? recorded[i] : 0;
    const slide = make("input", { type: "range", min: middle - reach, max: middle + reach, step: "any", value: state.leaves[i], ariaLabel: nodes[i].name });
    const box = make("input", { type: "number", step: "any", value: state.leaves[i], ariaLabel: nodes[i].name });
    const set = (value, from) => { if (!Number.isFinite(value)) return; state.leaves[i] = value; (from === slide ? box : slide).value = from === slide ? fmt(value, 6) : value; soon(); };
    slide.addEventListener("input", () => set(slide.valueAsNumber, slide));
    box.addEventListener("input", () => set(box.valueAsNumber, box));
    let there = state.leaves[i];
    widgets.push(() => { if (there === state.leaves[i]) return; there = state.leaves[i]; slide.value = there; if (document.activeElement !== box) box.value = fmt(there, 6); });
    return make("div", { className: "leaf", "data-leaf": String(i) }, make("span", {}, nodes[i].name), slide, box);
  });
  const choose = make("select", { id: "chosen", ariaLabel: say("chosen"), onchange: () => { state.chosen = Number(choose.value); state.path = -1; paint(); refresh(); } },
    ...LEAVES.map((i) => make("option", { value: i, selected: i === state.chosen }, nodes[i].name)));
  const h = make("input", { id: "h", type: "range", min: -14, max: 0, step: 0.25, value: state.h, ariaLabel: say("step"), oninput: () => { state.h = h.valueAsNumber; refresh(); } });
  const checked = make("div"), ways = make("div"), losses = make("div");
  const rate = make("input", { id: "rate", type: "number", step: "any", value: state.rate, ariaLabel: say("rate"), oninput: () => { if (Number.isFinite(rate.valueAsNumber)) state.rate = rate.valueAsNumber; } });
  const descend = () => {
    if (!state.losses.length) state.losses.push(data[ROOT]);
    LEAVES.forEach((i) => { state.leaves[i] -= state.rate * pass.grads[i]; });
    compute(); paint(); state.losses.push(data[ROOT]); refresh();
  };
  const reset = () => { state.leaves.set(recorded); state.losses = []; compute(); paint(); refresh(); };
  let late = 0;
  function refresh(moving = false) { // while a leaf moves, what takes long waits until it rests
    clearTimeout(late);
    widgets.forEach((each) => each());
    if (state.chosen < 0) return;
    if (moving) { late = setTimeout(refresh, 150); return; }
    const name = nodes[state.chosen].name, step = 10 ** state.h, gradient = pass.grads[state.chosen], found = gradientOf(state.chosen, step);
    const errors = Array.from({ length: 57 }, (_, j) => -14 + j / 4).map((power) => [power, Math.log10(Math.max(1e-17, Math.abs(gradientOf(state.chosen, 10 ** power) - gradient)))]);
    checked.replaceChildren(make("table", {}, row(say("difference"), fmt(found, 8)), row(say("gradient"), fmt(gradient, 8)), row(say("off"), fmt(found - gradient, 3), "sum")),
      curve(errors, [[[state.h, Math.log10(Math.max(1e-17, Math.abs(found - gradient)))], `h = ${fmt(step, 2)}`]]));
    const { found: list, count } = pathsOf(state.chosen);
    ways.replaceChildren(make("p", {}, say("paths", { leaf: name, root: nodes[ROOT].name })), make("p", { className: "hint" }, say(count === 1 ? "onepath" : "path", { count, sum: fmt(gradient) })),
      ...list.slice(0, 12).map((way, j) => make("button", { type: "button", className: "way", ariaPressed: String(j === state.path), onclick: () => { state.path = j === state.path ? -1 : j; refresh(); } },
        `${way.steps.map(([i, k]) => fmt(pass.locals[i][k])).join(" × ") || "1"} = ${fmt(way.product)}`)),
      ...(count > 12 ? [make("p", { className: "hint" }, say("more", { count: count - 12 }))] : []));
    showPath(list[state.path]?.steps ?? []);
    losses.replaceChildren(...(state.losses.length > 1 ? [curve(state.losses.map((loss, j) => [j, loss]), [[[state.losses.length - 1, state.losses.at(-1)], `${nodes[ROOT].name} = ${fmt(state.losses.at(-1))}`]])] : []));
  }
  widgets.refresh = () => refresh(true);
  $("mode").replaceChildren(make("h2", {}, say("leaves")), ...leaves, make("div", { className: "row" }, make("button", { type: "button", id: "reset", onclick: reset }, say("reset"))),
    make("h2", {}, say("descend")), make("div", { className: "row" }, make("label", {}, say("rate") + " ", rate), make("button", { type: "button", id: "descend", onclick: descend }, say("descendstep"))), losses,
    make("h2", {}, say("check")), make("div", { className: "row" }, choose, make("label", {}, say("step") + " ", h)), checked, ways);
  refresh();
}

let waiting = false;
function soon() { // one animation frame for however many events
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; frame(); });
}
function frame() { compute(); paint(); if (state.mode === "play") widgets.refresh(); else tell(); }

// --- break ------------------------------------------------------------------------------------------------------------------
let timer = 0;
const BUGS = ["overwrite", "order", "zerograd", "swap", "wronglocal"];
function breakCard() {
  const judged = () => {
    const faulty = backward(data, bugNow()), wrong = LEAVES.filter((i) => !agrees(i, faulty.grads[i]));
    return [make("p", { className: wrong.length ? "bad" : "good" }, !bugNow() ? say("healthy") : wrong.length ? say("caught", { count: wrong.length, all: LEAVES.length }) : say("uncaught")),
      make("table", {}, make("tr", {}, make("th", {}, say("chosen")), make("th", {}, say("gradient")), make("th", {}, say("difference"))),
        ...LEAVES.slice(0, 40).map((i) => make("tr", { className: wrong.includes(i) ? "bad" : "" }, make("td", {}, `${wrong.includes(i) ? "✗" : "✓"} ${nodes[i].name}`), make("td", { className: "number" }, fmt(faulty.grads[i])), make("td", { className: "number" }, fmt(gradientOf(i, goodStep(i)))))))];
  };
  const change = () => { state.step = Math.min(state.step, total()); show(); };
  const choose = make("select", { id: "bug", ariaLabel: say("bug"), onchange: () => { state.bug = choose.value; state.hidden = ""; change(); } },
    make("option", { value: "" }, say("none")), ...BUGS.map((bug) => make("option", { value: bug, selected: bug === state.bug && !state.hidden }, say(bug))));
  const verdict = make("p", { role: "status" });
  const guess = make("select", { id: "guess", ariaLabel: say("isit"), onchange: () => { const right = guess.value === state.hidden; verdict.className = right ? "good" : "bad"; verdict.textContent = right ? say("yes") : say("no"); } },
    make("option", { value: "" }, "?"), ...BUGS.map((bug) => make("option", { value: bug }, say(bug))));
  const hide = () => {
    const showing = BUGS.filter((bug) => LEAVES.some((i) => !agrees(i, backward(data, bug).grads[i])));
    state.hidden = showing[Math.floor(Math.random() * showing.length)] ?? ""; state.bug = ""; change();
  };
  $("mode").replaceChildren(make("h2", {}, say("bug")), make("div", { className: "row" }, choose, make("button", { type: "button", id: "hide", onclick: hide }, say("hidden"))),
    ...(state.hidden ? [make("label", {}, say("isit") + " ", guess), verdict] : []), ...judged());
}

// --- why this order -----------------------------------------------------------------------------------------------------------
function orderCard() {
  const visits = new Float64Array(N), sums = new Float64Array(N), right = backward(data, "");
  visits[ROOT] = 1; sums[ROOT] = 1;
  for (let i = ROOT; i >= 0; i--) nodes[i].parents.forEach((p) => { if (nodes[p].flows) visits[p] += visits[i]; });
  const order = [ROOT], seen = new Set(order); // breadth first, as somebody would who knows of no topological order
  let early = -1, given = 0;
  for (const i of order) {
    if (early < 0 && nodes[i].parents.length && sums[i] !== right.grads[i] && Math.abs(sums[i] - right.grads[i]) > 1e-12 * Math.abs(right.grads[i])) { early = i; given = sums[i]; }
    nodes[i].parents.forEach((p, k) => { if (nodes[p].flows) { sums[p] += times(sums[i], right.locals[i][k]); if (!seen.has(p)) { seen.add(p); order.push(p); } } });
  }
  const count = visits.reduce((a, b) => a + b, 0), flowing = nodes.filter((node) => node.flows).length;
  $("order").querySelector("summary").textContent = say("why");
  $("order").querySelector("div").replaceChildren(make("p", {}, say("whyrule")), make("p", {}, say("naive", { visits: count < 1e6 ? count : fmt(count), nodes: flowing })),
    make("p", {}, early < 0 ? say("finished") : say("unfinished", { name: nodes[early].name, given: fmt(given), right: fmt(right.grads[early]) })), make("p", { className: "hint" }, say("example")));
}

// --- everything together ---------------------------------------------------------------------------------------------------------
function show() {
  compute(); paint(); tell(); follow();
  $("time").max = total(); $("time").value = state.step;
  $("time").setAttribute("aria-valuetext", $("where").textContent);
  for (const button of $("modes").children) button.setAttribute("aria-checked", String(button.dataset.mode === state.mode));
  document.querySelectorAll("#first, #back").forEach((each) => (each.disabled = state.step === 0));
  document.querySelectorAll("#on, #last").forEach((each) => (each.disabled = state.step === total()));
  if (state.mode === "play") playCard(); else if (state.mode === "break") breakCard(); else $("mode").replaceChildren();
}
function go(step) { state.step = Math.min(Math.max(0, step), total()); if (state.step === total()) pause(); show(); }
function setMode(mode) { state.mode = mode; state.step = Math.min(state.step, total()); if (mode === "predict" && state.step <= FORWARD.length) state.step = FORWARD.length + 1; pause(); show(); }

function pause() { clearTimeout(timer); timer = 0; $("play").textContent = say("run"); }
function run() {
  if (timer) return pause();
  if (state.step === total()) state.step = 0;
  $("play").textContent = say("pause");
  const next = () => { timer = setTimeout(next, 1000 / 2 ** $("speed").valueAsNumber); go(state.step + 1); };
  next();
}

const width = (svg.viewBox.baseVal?.width || 800) * (4 / 3), READABLE = 0.55; // of text that is 16 pixels high
let zoom = 1;
function scale(factor) {
  const fitting = Math.min(1, ($("sheet").clientWidth - 4) / width);
  zoom = factor === 0 ? Math.max(fitting, READABLE) : Math.min(8, Math.max(0.05, zoom * factor));
  svg.removeAttribute("width"); svg.removeAttribute("height");
  svg.style.width = `${width * zoom}px`;
}
// The sheet moves only where the node of the step could not be seen.
function follow() {
  const now = svg.querySelector("g.node.now"), sheet = $("sheet").getBoundingClientRect();
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
function reveal(i) { drawn[i].group?.scrollIntoView({ block: "center", inline: "center" }); }

function speak() { // every fixed text, in the chosen language
  document.documentElement.lang = state.lang;
  for (const button of $("modes").children) button.textContent = say(button.dataset.mode);
  for (const [id, key] of Object.entries({ smaller: "smaller", larger: "larger", fit: "fit", theme: "theme", first: "first", back: "back", on: "on", last: "last", time: "time", speed: "speed", find: "find" })) { $(id).ariaLabel = say(key); $(id).title = say(key); }
  pause();
  $("find").placeholder = say("find");
  for (const id of ["link", "print", "blank"]) $(id).textContent = say(id);
  $("pace").firstElementChild.textContent = say("speed");
  $("language").textContent = say("switch"); $("language").hidden = Object.keys(words).length < 2;
  $("sheet").ariaLabel = say("graph"); svg.setAttribute("role", "img");
  $("list").querySelector("summary").textContent = say("nodes");
  $("list").querySelector("ol").replaceChildren(...nodes.map((node, i) => make("li", {}, make("button", { type: "button", onclick: () => { find(""); drawn[i].group?.classList.add("found"); reveal(i); } }, node.formula ? `${node.name} = ${node.formula}` : node.name))));
}

for (const mode of ["watch", "predict", "play", "break"]) $("modes").append(make("button", { type: "button", role: "radio", "data-mode": mode, onclick: () => setMode(mode) }));
$("first").onclick = () => go(0); $("back").onclick = () => go(state.step - 1); $("on").onclick = () => go(state.step + 1); $("last").onclick = () => go(total());
$("play").onclick = run; $("time").oninput = () => go($("time").valueAsNumber);
$("smaller").onclick = () => scale(0.8); $("larger").onclick = () => scale(1.25); $("fit").onclick = () => scale(0);
$("theme").onclick = () => { const dark = document.documentElement.classList.contains("dark") || (!document.documentElement.classList.contains("light") && matchMedia("(prefers-color-scheme: dark)").matches); document.documentElement.className = dark ? "light" : "dark"; };
$("language").onclick = () => { const known = Object.keys(words); state.lang = known[(known.indexOf(state.lang) + 1) % known.length]; speak(); orderCard(); show(); };
$("link").onclick = () => { try { location.hash = keep(); } catch { /* in a frame without an address */ } $("where").textContent = say("kept"); };
$("print").onclick = () => window.print();
$("blank").onclick = () => { drawn.forEach((each) => { if (each.grad) each.grad.textContent = "____"; }); window.print(); paint(); };
$("find").oninput = () => find($("find").value.trim());
$("find").onkeydown = (event) => { if (event.key === "Enter" && hits.length) { hit = (hit + 1) % hits.length; reveal(hits[hit]); } };
drawn.forEach((each, i) => each.group?.addEventListener("click", (event) => {
  event.preventDefault();
  if (LEAVES.includes(i) && state.mode === "play") { state.chosen = i; state.path = -1; show(); return; }
  const at = state.step <= FORWARD.length ? FORWARD.indexOf(i) : pass.steps.findIndex(([node]) => node === i);
  if (at >= 0) go(state.step <= FORWARD.length ? at + 1 : FORWARD.length + 2 + at);
}));
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input:not([type=range]), select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = { ArrowRight: () => go(state.step + 1), ArrowLeft: () => go(state.step - 1), Home: () => go(0), End: () => go(total()), " ": run, "/": () => $("find").focus(),
    w: () => setMode("watch"), p: () => setMode("predict"), l: () => setMode("play"), b: () => setMode("break") };
  if (event.key === " " && event.target.matches("button, summary")) return;
  if (/^(Arrow|Home|End)/.test(event.key) && event.target.matches("input")) return; // a slider's own keys
  if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
});

state.lang = Object.keys(words).find((each) => navigator.language.startsWith(each)) ?? Object.keys(words)[0];
if (start === "backward") state.step = FORWARD.length + 1;
if (firstMode === "predict") state.step = Math.max(state.step, FORWARD.length + 1);
if (location.hash.length > 1) restore(location.hash.slice(1));
for (const title of svg.querySelectorAll("a")) title.removeAttribute("href");
scale(0); speak(); compute(); orderCard(); show();
// What a test, or a curious reader, looks at.
globalThis.page = { state, nodes, forward, backward, frame, show, go, setMode, numbers: () => ({ data: [...data.subarray(0, N)], grads: [...backward(data, "").grads], locals: backward(data, "").locals }) };
