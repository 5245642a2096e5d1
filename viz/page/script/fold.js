// Scopes that fold: a folded one shows its frame, its edges to the outside and what crosses it. Nothing else moves.
const SCOPES = []; // { name, members, groups, boxes, lines }
const FOLD = new Int32Array(N).fill(-1); // the outermost folded scope a node is in
{
  const names = new Set();
  for (const { scope } of nodes) scope.split("/").forEach((part, depth, parts) => part && names.add(parts.slice(0, depth + 1).join("/")));
  const frames = new Map(); // a scope that goes on in another row has a frame in each
  for (const group of svg.querySelectorAll("g.cluster")) {
    const id = group.querySelector("title").textContent.replace(/^(cluster_c\d+)_\d+$/, "$1"), box = boxOf(group);
    if (!frames.has(id)) frames.set(id, { groups: [], boxes: [], area: 0 });
    const frame = frames.get(id);
    frame.groups.push(group); frame.boxes.push(box); frame.area += box.width * box.height;
  }
  const smallest = [...frames.values()].sort((a, b) => a.area - b.area);
  const around = (boxes, i) => { // whether a frame is around a node
    const inner = boxOf(drawn[i].group);
    return boxes.some((box) => inner.x >= box.x && inner.y >= box.y && inner.x + inner.width <= box.x + box.width && inner.y + inner.height <= box.y + box.height);
  };
  for (const name of [...names].sort((a, b) => b.split("/").length - a.split("/").length)) {
    const members = [...nodes.keys()].filter((i) => nodes[i].scope === name || nodes[i].scope.startsWith(name + "/")).filter((i) => drawn[i].group);
    const at = smallest.findIndex(({ boxes }) => members.every((i) => around(boxes, i)));
    if (at >= 0 && members.length) SCOPES.push({ name, members: new Set(members), ...smallest.splice(at, 1)[0], lines: [] });
  }
  SCOPES.sort((a, b) => (a.name < b.name ? -1 : 1));
}
const SVG = svg.namespaceURI;
const draw = (tag, attributes) => { const element = document.createElementNS(SVG, tag); for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value); return element; };
const ground = svg.querySelector("g.graph");
const outside = draw("clipPath", { id: "outside" });
if (SCOPES.length) ground.append(outside);

function fold() {
  const open = SCOPES.filter(({ name }) => state.folded.includes(name));
  const outermost = open.filter(({ name }) => !open.some((other) => name.startsWith(other.name + "/")));
  FOLD.fill(-1);
  outermost.forEach((scope) => scope.members.forEach((i) => { FOLD[i] = SCOPES.indexOf(scope); }));
  const shut = ({ x, y, width, height }) => `M${x},${y}h${width}v${height}h${-width}z`;
  outside.replaceChildren(draw("path", { "clip-rule": "evenodd", d: `M-1e6,-1e6h2e6v2e6h-2e6z${outermost.flatMap(({ boxes }) => boxes.map(shut)).join("")}` }));
  drawn.forEach(({ group }, i) => { if (group) group.style.display = FOLD[i] < 0 ? "" : "none"; });
  nodes.forEach((node, i) => node.parents.forEach((p, k) => {
    const { group, text } = edges[i][k], crosses = FOLD[i] !== FOLD[p];
    if (!group) return;
    group.style.display = FOLD[i] >= 0 && !crosses ? "none" : "";
    group.toggleAttribute("clip-path", crosses);
    if (crosses) group.setAttribute("clip-path", "url(#outside)");
    const [x, y] = text ? [Number(text.getAttribute("x")), Number(text.getAttribute("y"))] : [0, 0];
    if (text) text.style.display = crosses && outermost.some(({ boxes }) => boxes.some((box) => x > box.x - 20 && x < box.x + box.width + 20 && y > box.y && y < box.y + box.height + 10)) ? "none" : "";
  }));
  for (const scope of SCOPES) {
    const shutNow = outermost.includes(scope);
    for (const group of scope.groups) {
      group.style.display = outermost.some((each) => scope.name.startsWith(each.name + "/")) ? "none" : "";
      group.classList.toggle("folded", shutNow);
    }
    scope.inside?.remove();
    scope.lines = [];
    if (shutNow) showInside(scope);
  }
  $("scopes").hidden = !SCOPES.length;
  $("scopes").querySelector("summary").textContent = say("scopes");
  $("scopes").querySelector("div").replaceChildren(...SCOPES.map(({ name, members }) => make("button", { type: "button", className: "way", ariaPressed: String(state.folded.includes(name)), onclick: () => toggleFold(name) }, `${state.folded.includes(name) ? "▸" : "▾"} ${name} (${members.size})`)));
}
function toggleFold(name) {
  state.folded = state.folded.includes(name) ? state.folded.filter((each) => each !== name) : [...state.folded, name];
  const at = document.activeElement?.closest("#scopes") ? [...$("scopes").querySelectorAll("button")].indexOf(document.activeElement) : -1;
  fold(); show();
  if (at >= 0) $("scopes").querySelectorAll("button")[at].focus();
}
const foldAll = () => { state.folded = state.folded.length ? [] : SCOPES.map(({ name }) => name); fold(); show(); };
function unfold(i) {
  if (FOLD[i] < 0) return;
  state.folded = state.folded.filter((name) => !SCOPES.find((scope) => scope.name === name)?.members.has(i));
  fold(); show();
}

// What leaves a folded scope forward, and what it passes on to the outside backward.
function showInside(scope) {
  const { members, boxes } = scope, largest = boxes.reduce((best, box, at) => (box.width * box.height > boxes[best].width * boxes[best].height ? at : best), 0), box = boxes[largest];
  const leaving = [...members].filter((i) => i === ROOT || AFTER[i].some((user) => !members.has(user)));
  const entering = [...new Set([...members].flatMap((i) => nodes[i].parents))].filter((p) => !members.has(p) && nodes[p].flows);
  const texts = [
    { count: members.size },
    ...leaving.map((i) => ({ out: i })), ...entering.map((p) => ({ into: p, from: [...members].flatMap((i) => nodes[i].parents.flatMap((each, k) => (each === p ? [[i, k]] : []))) })),
  ];
  const height = 15, fitting = Math.max(1, Math.floor((box.height - 18) / height));
  scope.inside = draw("g", { class: "inside" });
  texts.slice(0, fitting).forEach((each, at, all) => {
    const element = draw("text", { x: box.x + box.width / 2, y: box.y + box.height / 2 + 10 + (at - (all.length - 1) / 2) * height, });
    rooms.set(element, box.width - 12);
    scope.lines.push({ element, ...each, cut: at === fitting - 1 && texts.length > fitting });
    scope.inside.append(element);
  });
  scope.groups[largest].append(scope.inside);
}
function paintFolded(seeded, computed) {
  SCOPES.forEach((scope, at) => {
    const i = state.step <= FORWARD.length ? FORWARD[state.step - 1] : pass.last?.i ?? ROOT;
    for (const group of scope.groups) toggle(group, "now", state.mode !== "play" && scope.lines.length > 0 && i >= 0 && FOLD[i] === at);
    for (const { element, count, out, into, from, cut } of scope.lines) {
      const there = (i) => !computed || !nodes[i].parents.length || computed.has(i), grad = (i) => (seeded && pass.known[i] ? fmt(pass.grads[i]) : "–");
      const made = from?.map(([i, k]) => pass.passed[i][k]).filter((each) => each !== null) ?? [];
      const text = count ? say("foldedcount", { count }) : out !== undefined ? `${nodes[out].name}: ${there(out) ? fmt(data[out]) : "–"}, grad ${grad(out)}`
        : say("foldedpasses", { name: nodes[into].name, sum: seeded && made.length ? fmt(made.reduce((sum, each) => sum + each, 0)) : "–" });
      write(element, text + (cut ? " …" : ""));
    }
  });
}

// A step that happens wholly inside a folded scope is passed over.
function inside(step) {
  if (step > 0 && step <= FORWARD.length) {
    const i = FORWARD[step - 1];
    return FOLD[i] >= 0 && i !== ROOT && AFTER[i].every((user) => FOLD[user] === FOLD[i]);
  }
  const made = schedule(bugNow())[step - FORWARD.length - 2];
  return made !== undefined && FOLD[made[0]] >= 0 && FOLD[nodes[made[0]].parents[made[1]]] === FOLD[made[0]];
}
SCOPES.forEach(({ name, groups }) => groups.forEach((group) => group.addEventListener("click", (event) => {
  event.preventDefault();
  if (group.classList.contains("folded") || event.target.closest("text")) toggleFold(name);
})));
