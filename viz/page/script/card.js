// The card: what a step says, as one product and one sum.
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
  if (contribution === 0 && (incoming !== 0 || local !== 0)) parts.push(make("p", { className: "bad" }, say("zero") + (local === 0 ? " " + say(nodes[i].op === "relu" ? "reluoff" : "flat", { name: nodes[i].name }) : "")));
  if (!Number.isFinite(contribution)) parts.push(make("p", { className: "bad" }, say("infinite")));
  parts.push(...tellWrong());
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
    parts.push(...score(state.step === total() && !kind));
    if (kind) hideAnswer();
  }
  $("told").replaceChildren(...parts);
}
