// The numbers of the graph: its nodes in arrays, forward and backward by the rules of the table, finite differences.
const { nodes, words, start, mode: firstMode, asked, folded: firstFolded } = JSON.parse(document.getElementById("data").textContent);
const N = nodes.length, ROOT = N - 1;
const recorded = Float64Array.from(nodes, (node) => number(node.data));
const LEAVES = [...nodes.keys()].filter((i) => nodes[i].op === "leaf" && nodes[i].flows);
const uses = nodes.map(() => 0);
for (const node of nodes) node.parents.forEach((p) => uses[p]++);
// Who uses a node and as which argument, in the order in which contributions arrive.
const USERS = nodes.map(() => []);
for (let i = ROOT; i >= 0; i--) if (nodes[i].flows) nodes[i].parents.forEach((p, k) => nodes[p].flows && USERS[p].push([i, k]));

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
    if (bug === "swap" && node.op === "mul") return [data[FIRST[i]], data[SECOND[i]]];
    if (bug === "wronglocal" && ARITY[i] === 1 && nodes[FIRST[i]].flows) return [RULES[node.op].partials[0](data[i], NaN, NaN, VALUE[i](data[i]))];
    return node.parents.map((_, k) => localOf(data, i, k));
  });
}
function localOf(data, i, k) {
  return nodes[nodes[i].parents[k]].flows ? RULES[nodes[i].op].partials[k](data[FIRST[i]], data[SECOND[i]], data[THIRD[i]], data[i]) : NaN;
}

// The order in which contributions are made, as pairs of a node and the position of an argument.
const BACKWARD = [...nodes.keys()].filter((i) => nodes[i].flows && ARITY[i]).reverse();
function schedule(bug) {
  const steps = [];
  if (bug !== "order") {
    const order = bug === "moved" ? state.order : BACKWARD;
    for (const i of order) nodes[i].parents.forEach((p, k) => nodes[p].flows && steps.push([i, k]));
    return steps;
  }
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

// A pass with a bug is also compared with what is right: `wrong` is its first step that is not.
function backward(data, bug, upTo = Infinity) {
  const locals = localsOf(data, bug), steps = schedule(bug), right = bug ? backward(data, "") : null;
  const grads = new Float64Array(N), known = new Uint8Array(N), received = new Uint16Array(N), passed = nodes.map((node) => node.parents.map(() => null));
  if (bug === "zerograd") LEAVES.forEach((i) => { grads[i] = right.grads[i]; known[i] = 1; });
  grads[ROOT] = 1; known[ROOT] = 1;
  const sums = new Float64Array(N);
  let last = null, wrong = null;
  steps.slice(0, upTo).forEach(([i, k], at) => {
    const p = nodes[i].parents[k], before = grads[p], contribution = times(grads[i], locals[i][k]);
    grads[p] = bug === "overwrite" ? contribution : before + contribution;
    known[p] = 1; received[p]++; passed[i][k] = contribution;
    last = { i, k, p, before, incoming: grads[i], local: locals[i][k], contribution, after: grads[p], number: received[p] };
    if (!right || wrong) return;
    sums[p] += right.passed[i][k];
    if (!close(contribution, right.passed[i][k]) || !close(grads[p], sums[p])) wrong = { at, i, p, contribution, after: grads[p], rightContribution: right.passed[i][k], rightAfter: sums[p] };
  });
  return { locals, grads, known, last, steps, passed, wrong };
}
const close = (a, b) => Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

// The first node of an order that passes on while a contribution to it is still to come, and from whom.
function unfinished(order) {
  const done = new Set();
  for (const i of order) {
    const missing = [...new Set(USERS[i].map(([user]) => user))].filter((user) => !done.has(user));
    if (missing.length) return { i, missing };
    done.add(i);
  }
  return null;
}

// Computes anew what depends on leaves that have moved, and nothing else: data, local derivatives, what is passed on, sums.
function update(data, pass, leaves) {
  const changed = { data: [], locals: [], grads: [] }, stale = new Uint8Array(N), sum = new Uint8Array(N), again = nodes.map(() => null);
  const spread = (i) => { changed.data.push(i); for (const user of AFTER[i]) stale[user] = 1; };
  for (const i of LEAVES) if (!Object.is(data[i], leaves[i])) { data[i] = leaves[i]; spread(i); }
  const touched = [];
  for (let i = 0; i < N; i++) {
    if (!stale[i]) continue;
    touched.push(i);
    const value = VALUE[i](data[FIRST[i]], data[SECOND[i]], data[THIRD[i]]);
    if (!Object.is(value, data[i])) { data[i] = value; spread(i); }
  }
  for (const i of touched) nodes[i].parents.forEach((_, k) => {
    const local = localOf(data, i, k);
    if (Object.is(local, pass.locals[i][k])) return;
    pass.locals[i][k] = local; changed.locals.push([i, k]); (again[i] ??= []).push(k);
  });
  for (let i = ROOT; i >= 0; i--) {
    let moved = false;
    if (sum[i]) {
      const total = USERS[i].reduce((before, [user, k]) => before + pass.passed[user][k], 0);
      moved = !Object.is(total, pass.grads[i]);
      if (moved) { pass.grads[i] = total; changed.grads.push(i); }
    }
    if (!nodes[i].flows) continue;
    for (const k of moved ? nodes[i].parents.keys() : again[i] ?? []) {
      const p = nodes[i].parents[k];
      if (!nodes[p].flows) continue;
      const contribution = times(pass.grads[i], pass.locals[i][k]);
      if (!Object.is(contribution, pass.passed[i][k])) { pass.passed[i][k] = contribution; sum[p] = 1; }
    }
  }
  return changed;
}
const AFTER = nodes.map(() => []);
nodes.forEach((node, i) => node.parents.forEach((p) => AFTER[p].push(i)));

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
