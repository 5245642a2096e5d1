// Break: one planted bug, how the check catches it, and why the order is what it is.
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

