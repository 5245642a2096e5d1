// The state: one small object that can be kept, linked and restored. A page in a frame tells it to whoever frames it
// after each change, {type: "state", state, leaves}, and takes {type: "restore", state}, {type: "leaves", leaves}, {type: "tell"} and
// {type: "look", theme, bare}, bare being the graph alone.
const FORWARD = [...nodes.keys()].filter((i) => nodes[i].parents.length);
const MODES = ["watch", "predict", "play", "break"], BUGS = ["overwrite", "order", "zerograd", "swap", "wronglocal"];
const state = {
  leaves: Float64Array.from(recorded), step: 0, mode: firstMode, lang: "", folded: firstFolded, pinned: -1,
  answers: {}, score: { product: [0, 0], total: [0, 0] }, streak: { product: 0, total: 0 }, mistakes: {},
  bug: "", hidden: "", order: null, chosen: LEAVES[0] ?? -1, path: -1, h: -5, rate: 0.1, fixed: [], losses: [],
};
const backSteps = () => schedule(bugNow()).length + 1; // the seed is one
const total = () => FORWARD.length + backSteps();
const bugNow = () => (state.mode === "break" ? state.hidden || state.bug || (state.order ? "moved" : "") : "");
const say = (key, parts = {}) => said(words[state.lang], key, parts);

function keep() {
  const { losses, ...kept } = { ...state, leaves: movedLeaves() };
  return packed(kept);
}
const movedLeaves = () => Object.fromEntries(LEAVES.filter((i) => !Object.is(state.leaves[i], recorded[i])).map((i) => [i, String(state.leaves[i])]));

// What is kept may be of another graph, or made by hand: only what fits is taken.
const counts = (kept) => Array.isArray(kept) && kept.length === 2 && kept.every(Number.isInteger);
const fits = {
  step: Number.isInteger, mode: (kept) => MODES.includes(kept), lang: (kept) => Object.hasOwn(words, kept),
  folded: (kept) => Array.isArray(kept) && kept.every((each) => typeof each === "string"),
  pinned: (kept) => kept === -1 || (Number.isInteger(kept) && kept >= 0 && kept < N),
  answers: (kept) => Object.values(kept).every((each) => each === true),
  score: (kept) => counts(kept.product) && counts(kept.total),
  streak: (kept) => Number.isInteger(kept.product) && Number.isInteger(kept.total),
  mistakes: (kept) => Object.entries(kept).every(([key, count]) => Object.hasOwn(MENDED, key) && Number.isInteger(count)),
  bug: (kept) => kept === "" || BUGS.includes(kept), hidden: (kept) => kept === "" || BUGS.includes(kept),
  order: (kept) => kept === null || [...kept].sort((a, b) => b - a).join() === BACKWARD.join(),
  chosen: (kept) => LEAVES.includes(kept), path: Number.isInteger, h: Number.isFinite, rate: Number.isFinite,
  fixed: (kept) => kept.every((each) => LEAVES.includes(each)), // leaves that do not descend
};
function restore(text) {
  let kept;
  try { kept = unpacked(text); } catch { return; } // the address of another page
  for (const [key, fit] of Object.entries(fits)) {
    try { if (key in kept && fit(kept[key])) state[key] = kept[key]; } catch { /* does not fit */ }
  }
  state.leaves.set(recorded);
  setLeaves(kept.leaves);
  state.step = Math.min(Math.max(0, state.step), total());
}
function setLeaves(given) {
  for (const [i, text] of Object.entries(given ?? {})) {
    const value = number(String(text));
    if (LEAVES.includes(Number(i)) && (!Number.isNaN(value) || text === "nan")) state.leaves[i] = value;
  }
}

function announce() {
  if (parent === window) return;
  parent.postMessage({ type: "state", state: keep(), leaves: Object.fromEntries(LEAVES.map((i) => [i, String(state.leaves[i])])) }, "*");
}
addEventListener("message", ({ source, data: message }) => {
  if (source !== parent || source === window) return;
  if (message?.type === "restore") { restore(String(message.state)); speak(); orderCard(); fold(); show(false); }
  if (message?.type === "tell") announce();
  if (message?.type === "look") document.documentElement.className = [message.theme, message.bare && "bare"].filter(Boolean).join(" ");
  if (message?.type === "leaves") { setLeaves(message.leaves); if (state.mode === "play") frame(false); else show(false); }
});
