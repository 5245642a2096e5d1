// Predict: what the learner is asked, which mistake gives their number, and what to practise.
const finished = (kind) => state.streak[kind] >= 3; // worked examples fade: what is mastered is asked no more

function asks() {
  if (state.mode !== "predict" || !pass.last || (asked && !asked.includes(pass.last.p))) return null;
  const kinds = pass.last.number > 1 ? ["product", "total"] : ["product"];
  return kinds.find((kind) => !finished(kind) && !state.answers[state.step + kind]) ?? null;
}

// Each classic mistake, the sentence that mends it, and the contributions it gives.
const MENDED = {
  sign: ({ contribution }) => [-contribution],
  noincoming: ({ local }) => [local],
  swapped: ({ i, k, incoming }) => ARITY[i] < 2 ? [] : [
    ...(nodes[i].op === "mul" ? [times(incoming, data[nodes[i].parents[k]])] : []),
    ...pass.locals[i].filter((_, other) => other !== k && nodes[nodes[i].parents[other]].flows).map((local) => times(incoming, local))],
  activation: ({ i, incoming }) => ARITY[i] !== 1 ? [] : Object.keys(RULES).filter((op) => op !== nodes[i].op && RULES[op].partials.length === 1)
    .map((op) => times(incoming, RULES[op].partials[0](data[FIRST[i]], NaN, NaN, RULES[op].value(data[FIRST[i]])))),
  outputinput: ({ i, incoming }) => ARITY[i] !== 1 ? [] : [times(incoming, RULES[nodes[i].op].partials[0](data[i], NaN, NaN, VALUE[i](data[i])))],
  noaccumulate: () => [], notnumber: () => [], other: () => [], // of sums, of texts, and of what is left
};
function mistakeOf(given, kind) {
  const near = (x) => Number.isFinite(x) && Math.abs(given - x) <= 5e-3 * Math.max(Math.abs(x), 1e-3);
  const { before, contribution, after } = pass.last, right = kind === "total" ? after : contribution;
  if (Number.isNaN(given)) return Number.isNaN(right) ? "" : "notnumber";
  if (near(right) || Object.is(given, right)) return "";
  if (kind === "total" && near(contribution)) return "noaccumulate";
  const sum = (x) => (kind === "total" ? before + x : x);
  if (kind === "total" && near(-after)) return "sign";
  return Object.keys(MENDED).find((key) => MENDED[key](pass.last).some((x) => near(sum(x)))) ?? "other";
}

function question(kind) {
  const { i, k, p, before, incoming, local } = pass.last;
  const sentence = say(kind === "total" ? "asktotal" : "ask", { child: nodes[i].name, parent: nodes[p].name });
  const box = make("input", { className: "answer", type: "text", inputMode: "decimal", ariaLabel: sentence });
  const verdict = make("p", { role: "status" });
  let counted = false; // the first answer is
  const count = (why) => {
    if (counted) return;
    counted = true;
    state.score[kind][1]++;
    if (!why) { state.score[kind][0]++; state.streak[kind]++; return; }
    state.streak[kind] = 0;
    if (why in MENDED) state.mistakes[why] = (state.mistakes[why] ?? 0) + 1;
  };
  const reveal = () => { state.answers[state.step + kind] = true; paint(); tell(); announce(); document.querySelector("#told .answer")?.focus(); };
  const answer = (event) => {
    event.preventDefault();
    const text = box.value.trim().replace("−", "-").replace(",", "."), why = mistakeOf(text === "" ? NaN : number(text), kind);
    count(why);
    if (!why) { reveal(); return; }
    verdict.className = "bad"; verdict.textContent = say("wrong", { why: say(why) }); box.select(); announce();
  };
  const given = kind === "total" ? [row(say("before", { name: nodes[p].name }), fmt(before))] : nodes[i].parents.map((each) => row(nodes[each].name, fmt(data[each])));
  return [
    make("p", { className: "big" }, sentence),
    make("table", {}, row(say("incoming"), fmt(incoming), "", `∂${nodes[ROOT].name}/∂${nodes[i].name}`), row(say("local"), kind === "total" ? fmt(local) : "?", "", nodes[i].partials[k]), ...given),
    make("form", { onsubmit: answer }, make("div", { className: "row" }, box, make("button", { type: "submit" }, say("answer")),
      make("button", { type: "button", onclick: () => { count("told"); reveal(); } }, say("tell")))), verdict,
  ];
}

function score(ended) {
  const { product, total: sums } = state.score, all = product[1] + sums[1], parts = [];
  if (all) parts.push(make("p", { className: "hint" }, say("score", { right: product[0] + sums[0], asked: all })));
  if (!ended) return parts;
  const weak = Object.entries({ kindproduct: product, kindtotal: sums }).filter(([, [right, count]]) => right < count).map(([key]) => say(key));
  parts.push(make("p", {}, say("practise", { what: weak.join(", ") || say("nothing") })));
  const often = Object.entries(state.mistakes).filter(([key]) => !["other", "notnumber"].includes(key)).sort(([, a], [, b]) => b - a)[0];
  if (often) parts.push(make("p", {}, say("mostoften", { count: often[1], what: say(often[0]) })));
  return parts;
}
// While it is asked for, the picture does not tell it: neither the sum, nor the local derivative it is made with.
function hideAnswer() {
  const { i, k, p } = pass.last;
  write(drawn[p].grad, pass.last.number > 1 ? fmt(pass.last.before) : "–");
  if (edges[i][k].text) write(edges[i][k].text, edges[i][k].sign + "?");
}
