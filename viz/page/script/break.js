// Break: one planted bug, the check that catches it, then where it is; and why the order is what it is.
let whereAsked = false;
function breakCard() {
  const faulty = backward(data, bugNow()), wrong = LEAVES.filter((i) => !agrees(i, faulty.grads[i]));
  const verdict = make("p", { role: "status" });
  const plant = (bug, hidden) => { state.bug = bug; state.hidden = hidden; state.order = null; whereAsked = false; state.step = Math.min(state.step, total()); show(); };
  const choose = make("select", { id: "bug", ariaLabel: say("bug"), onchange: () => plant(choose.value, "") },
    make("option", { value: "" }, say("none")), ...BUGS.map((bug) => make("option", { value: bug, selected: bug === state.bug && !state.hidden }, say(bug))));
  const guess = make("select", { id: "guess", ariaLabel: say("isit"), onchange: () => { const right = guess.value === state.hidden; verdict.className = right ? "good" : "bad"; verdict.textContent = right ? say("yes") : say("no"); } },
    make("option", { value: "" }, "?"), ...BUGS.map((bug) => make("option", { value: bug }, say(bug))));
  const hide = () => {
    const showing = BUGS.filter((bug) => LEAVES.some((i) => !agrees(i, backward(data, bug).grads[i])));
    plant("", showing[Math.floor(Math.random() * showing.length)] ?? "");
  };
  const where = () => { whereAsked = true; state.step = FORWARD.length + 2 + faulty.wrong.at; show(); };
  const rows = LEAVES.slice(0, 40).map((i) => make("tr", { className: wrong.includes(i) ? "bad" : "" }, make("td", {}, `${wrong.includes(i) ? "✗" : "✓"} ${nodes[i].name}`), make("td", { className: "number" }, fmt(faulty.grads[i])), make("td", { className: "number" }, fmt(gradientOf(i, goodStep(i))))));
  $("mode").replaceChildren(make("h2", {}, say("bug")), make("div", { className: "row" }, choose, make("button", { type: "button", id: "hide", onclick: hide }, say("hidden"))),
    make("h2", {}, say("backwardorder")), ...tellOrder(), make("h2", {}, say("check")),
    make("p", { className: wrong.length ? "bad" : "good" }, !bugNow() || (bugNow() === "moved" && !wrong.length) ? say("healthy") : wrong.length ? say("caught", { count: wrong.length, all: LEAVES.length }) : say("uncaught")),
    make("table", {}, make("tr", {}, make("th", {}, say("chosen")), make("th", {}, say("gradient")), make("th", {}, say("difference"))), ...rows),
    ...(faulty.wrong ? [make("button", { type: "button", id: "wrong", onclick: where }, say("whereisit"))] : []),
    ...(state.hidden ? [make("div", { className: "row" }, make("label", {}, say("isit") + " ", guess)), verdict] : []));
}

// What is wrong with the step that is told: of a hidden bug only when it was asked for.
function tellWrong() {
  const bug = bugNow();
  if (!bug || (state.hidden && !whereAsked)) return [];
  const { wrong } = backward(data, bug);
  if (!wrong || state.step !== FORWARD.length + 2 + wrong.at) return [];
  const names = { child: nodes[wrong.i].name, parent: nodes[wrong.p].name };
  const passed = !close(wrong.contribution, wrong.rightContribution);
  return [make("p", { className: "bad" }, passed ? say("wrongpass", { ...names, given: fmt(wrong.contribution), right: fmt(wrong.rightContribution) })
    : say("wrongsum", { ...names, given: fmt(wrong.after), right: fmt(wrong.rightAfter) }))];
}

// --- the order is an object ------------------------------------------------------------------------------------------
function tellOrder() {
  const parts = [make("p", { className: "hint" }, say("dragdots"))];
  if (!state.order) return parts;
  const early = unfinished(state.order);
  if (!early) parts.push(make("p", { className: "good", role: "status" }, say("stillgood")));
  else {
    const grads = new Float64Array(N), right = backward(data, ""), done = [];
    grads[ROOT] = 1;
    for (const i of state.order) {
      if (i === early.i) break;
      done.push(i);
      nodes[i].parents.forEach((p, k) => { if (nodes[p].flows) grads[p] += times(grads[i], right.locals[i][k]); });
    }
    parts.push(make("p", { className: "bad", role: "status" }, say("tooearly", { name: nodes[early.i].name, given: fmt(grads[early.i]), right: fmt(right.grads[early.i]), missing: early.missing.map((i) => nodes[i].name).join(", ") })));
  }
  parts.push(make("button", { type: "button", id: "reorder", onclick: () => { state.order = null; state.step = Math.min(state.step, total()); show(); } }, say("reorder")));
  return parts;
}
function moveDot(from, to) {
  const order = [...(state.order ?? BACKWARD)], [moved] = order.splice(from, 1);
  order.splice(to, 0, moved);
  state.order = order.join() === BACKWARD.join() ? null : order;
  state.bug = state.hidden = "";
  show();
  $("dots").children[to]?.firstElementChild.focus();
}

// The dots are the nodes in the order of the steps: topological, and in Break that of the backward pass, to be moved.
function dots() {
  const breaking = state.mode === "break", order = breaking ? state.order ?? BACKWARD : FORWARD;
  const early = breaking && state.order ? unfinished(order)?.i : -1;
  const passing = pass.steps[state.step - FORWARD.length - 2]?.[0];
  const stepOf = (i) => (breaking || state.step > FORWARD.length ? FORWARD.length + 2 + pass.steps.findIndex(([node]) => node === i) : FORWARD.indexOf(i) + 1);
  const through = (i) => (state.step <= FORWARD.length ? !breaking && FORWARD.indexOf(i) < state.step : pass.steps.slice(0, Math.max(0, state.step - FORWARD.length - 1)).some(([node]) => node === i));
  const now = state.step <= FORWARD.length ? (breaking ? -1 : FORWARD[state.step - 1]) : passing;
  const filled = new Set(order.filter(through));
  $("dots").hidden = state.mode === "play";
  $("dots").ariaLabel = say(breaking ? "backwardorder" : "time");
  while ($("dots").children.length > order.length) $("dots").lastChild.remove();
  while ($("dots").children.length < order.length) $("dots").append(make("li", {}, make("button", { type: "button" })));
  order.forEach((i, at) => {
    const dot = $("dots").children[at].firstElementChild;
    dot.replaceChildren(make("span", { ariaHidden: "true" }, i === early ? "✗" : filled.has(i) ? "●" : "○"), ` ${nodes[i].name}`);
    dot.className = i === now ? "dot now" : i === early ? "dot bad" : "dot";
    dot.onclick = () => go(stepOf(i));
    dot.onkeydown = (event) => {
      const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!way) return;
      event.preventDefault(); event.stopPropagation();
      const to = at + way;
      if (to < 0 || to >= order.length) return;
      if (breaking && event.shiftKey) moveDot(at, to); else $("dots").children[to].firstElementChild.focus();
    };
    dot.onpointerdown = (event) => { if (breaking && event.button === 0) drag(event, dot, at); };
    dot.style.touchAction = breaking ? "none" : "";
  });
  if (now !== undefined && now >= 0) { // seen without that anything else scrolls
    const dot = $("dots").children[order.indexOf(now)], strip = $("dots");
    if (dot && (dot.offsetLeft < strip.scrollLeft || dot.offsetLeft + dot.offsetWidth > strip.scrollLeft + strip.clientWidth)) strip.scrollLeft = dot.offsetLeft - strip.clientWidth / 2;
  }
}
function drag(event, dot, from) {
  const start = event.clientX, places = [...$("dots").children].map((each) => { const box = each.getBoundingClientRect(); return (box.left + box.right) / 2; });
  let to = from;
  dot.setPointerCapture(event.pointerId);
  dot.onpointermove = (move) => {
    dot.style.transform = `translateX(${move.clientX - start}px)`;
    const x = places[from] + move.clientX - start;
    to = places.filter((place, at) => at !== from && place < x).length;
  };
  const end = (drop) => {
    dot.onpointermove = dot.onpointerup = dot.onpointercancel = null;
    dot.style.transform = "";
    if (!drop || to === from) return;
    dot.onclick = null;
    moveDot(from, to);
  };
  dot.onpointerup = () => end(true);
  dot.onpointercancel = () => end(false);
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

