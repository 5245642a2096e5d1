// Play: leaves that move, paths, the check by finite differences, and descent.
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
    const moves = make("input", { type: "checkbox", checked: !state.fixed.includes(i), ariaLabel: say("descends", { name: nodes[i].name }), title: say("descends", { name: nodes[i].name }), onchange: () => { state.fixed = moves.checked ? state.fixed.filter((each) => each !== i) : [...state.fixed, i]; announce(); } });
    return make("div", { className: "leaf", "data-leaf": String(i) }, make("label", {}, moves, make("span", {}, nodes[i].name)), slide, box);
  });
  const choose = make("select", { id: "chosen", ariaLabel: say("chosen"), onchange: () => { state.chosen = Number(choose.value); state.path = -1; refresh(); announce(); } },
    ...LEAVES.map((i) => make("option", { value: i, selected: i === state.chosen }, nodes[i].name)));
  const h = make("input", { id: "h", type: "range", min: -14, max: 0, step: 0.25, value: state.h, ariaLabel: say("step"), oninput: () => { state.h = h.valueAsNumber; refresh(); } });
  const checked = make("div"), ways = make("div"), losses = make("div");
  const rate = make("input", { id: "rate", type: "number", step: "any", value: state.rate, ariaLabel: say("rate"), oninput: () => { if (Number.isFinite(rate.valueAsNumber)) state.rate = rate.valueAsNumber; } });
  const descend = () => {
    if (!state.losses.length) state.losses.push(data[ROOT]);
    LEAVES.forEach((i) => { if (!state.fixed.includes(i)) state.leaves[i] -= state.rate * pass.grads[i]; });
    follows(); state.losses.push(data[ROOT]); refresh(); announce();
  };
  const reset = () => { state.leaves.set(recorded); state.losses = []; follows(); refresh(); announce(); };
  let late = 0;
  function refresh(moving = false) { // while a leaf moves, what takes long waits until it rests
    clearTimeout(late);
    widgets.forEach((each) => each());
    if (moving) { late = setTimeout(refresh, 150); return; }
    rest();
    if (state.chosen < 0) return;
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

// What cannot change while leaves move is computed once, and one animation frame does for however many events.
let waiting = false, lastChanges = null;
function soon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; frame(); });
}
function frame(told = true) {
  lastChanges = follows(true);
  widgets.refresh();
  if (told) announce();
}
