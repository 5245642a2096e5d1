// Predict: what the learner is asked, and which mistake gives their number.
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

