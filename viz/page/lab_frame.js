// Stands behind the page's own program, in the lab only: it tells the lab where a person is, and takes them there again.
const { state, go, setMode } = globalThis.page;
const style = document.createElement("style");
style.textContent = "#theme, #language, #link { display: none }"; // the lab has the first two, and a frame has no address
document.head.append(style);
function speak(lang) {
  for (let tries = 0; state.lang !== lang && tries < 9; tries++) document.getElementById("language").click();
}
addEventListener("message", ({ source, data }) => {
  if (source !== parent) return;
  if (data.kind === "where") {
    const { mode, step, bug, chosen, h, rate } = state;
    parent.postMessage({ kind: "here", mode, step, bug, chosen, h, rate, leaves: [...state.leaves] }, "*");
  } else if (data.kind === "look") {
    speak(data.lang);
    document.documentElement.className = data.theme;
  } else if (data.kind === "set") {
    speak(data.lang);
    document.documentElement.className = data.theme;
    for (const [place, number] of data.leaves) state.leaves[place] = number;
    for (const key of ["bug", "chosen", "h", "rate"]) if (data[key] !== undefined) state[key] = data[key];
    if (data.mode) setMode(data.mode);
    go(data.step ?? state.step);
    parent.postMessage({ kind: "done" }, "*");
  }
});
parent.postMessage({ kind: "ready" }, "*");
