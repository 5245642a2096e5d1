// The state: one small object that can be kept, linked and restored.
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
