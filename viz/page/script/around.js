// Around it: walking, buttons, keys, the search, and where it begins.
function show(told = true) {
  compute(); paint(); tell(); dots(); follow();
  $("time").max = total(); $("time").value = state.step;
  $("time").setAttribute("aria-valuetext", $("where").textContent);
  for (const button of $("modes").children) button.setAttribute("aria-checked", String(button.dataset.mode === state.mode));
  document.querySelectorAll("#first, #back").forEach((each) => (each.disabled = state.step === 0));
  document.querySelectorAll("#on, #last").forEach((each) => (each.disabled = state.step === total()));
  if (state.mode === "play") playCard(); else if (state.mode === "break") breakCard(); else $("mode").replaceChildren();
  if (told) announce();
}
function go(step) {
  const way = step < state.step ? -1 : 1, last = total();
  step = Math.min(Math.max(0, step), last);
  while (step > 0 && step < last && inside(step)) step += way;
  state.step = step;
  if (step === last) pause();
  show();
}
function setMode(mode) {
  state.mode = mode;
  state.step = Math.min(state.step, total());
  if (mode === "predict" && state.step <= FORWARD.length) state.step = FORWARD.length + 1;
  pause(); show();
}

let timer = 0;
function pause() { clearTimeout(timer); timer = 0; $("play").textContent = say("run"); }
function run() {
  if (timer) return pause();
  if (state.step === total()) state.step = 0;
  $("play").textContent = say("pause");
  const next = () => { timer = setTimeout(next, 1000 / 2 ** $("speed").valueAsNumber); go(state.step + 1); };
  next();
}

function speak() { // every fixed text, in the chosen language
  document.documentElement.lang = state.lang;
  for (const button of $("modes").children) button.textContent = say(button.dataset.mode);
  for (const [id, key] of Object.entries({ smaller: "smaller", larger: "larger", fit: "fit", theme: "theme", first: "first", back: "back", on: "on", last: "last", time: "time", hold: "hold", speed: "speed", find: "find" })) { $(id).ariaLabel = say(key); $(id).title = say(key); }
  pause();
  $("find").placeholder = say("find");
  for (const id of ["link", "print", "blank"]) $(id).textContent = say(id);
  $("pinned").lastElementChild.ariaLabel = $("pinned").lastElementChild.title = say("unpin");
  $("pace").firstElementChild.textContent = say("speed");
  $("language").textContent = say("switch"); $("language").hidden = Object.keys(words).length < 2;
  $("sheet").ariaLabel = say("graph"); svg.setAttribute("role", "img");
  showTensors();
  const keys = [["← →", `${say("back")}, ${say("on")}`], ["Home End", `${say("first")}, ${say("last")}`], [say("spacekey"), `${say("run")} / ${say("pause")}`], ["W P L B", MODES.map((mode) => say(mode)).join(", ")],
    ["/", say("find")], ["+ − 0", ["larger", "smaller", "fit"].map((key) => say(key)).join(", ")], ["F", say("scopes")], ["I", say("pin")], ["?", say("keys")]];
  $("keys").querySelector("summary").textContent = say("keys");
  $("keys").querySelector("div").replaceChildren(make("table", {}, ...keys.map(([key, what]) => make("tr", {}, make("td", {}, make("kbd", {}, key)), make("td", {}, what)))));
  $("list").querySelector("summary").textContent = say("nodes");
  $("list").querySelector("ol").replaceChildren(...nodes.map((node, i) => make("li", {}, make("button", { type: "button", className: "pin", title: say("pin"), ariaLabel: `${say("pin")}: ${node.name}`, onclick: () => pin(i) }, "◎"), make("button", { type: "button", onclick: () => { find(""); reveal(i); drawn[i].group?.classList.add("found"); } }, node.formula ? `${node.name} = ${node.formula}` : node.name))));
}

for (const mode of MODES) $("modes").append(make("button", { type: "button", role: "radio", "data-mode": mode, onclick: () => setMode(mode) }));
$("first").onclick = () => go(0); $("back").onclick = () => go(state.step - 1); $("on").onclick = () => go(state.step + 1); $("last").onclick = () => go(total());
$("play").onclick = run; $("time").oninput = () => go($("time").valueAsNumber);
$("smaller").onclick = () => scale(0.8); $("larger").onclick = () => scale(1.25); $("fit").onclick = () => scale(0);
$("theme").onclick = turnTheme;
$("language").onclick = () => { state.lang = nextLanguage(words, state.lang); speak(); orderCard(); fold(); show(); };
$("link").onclick = () => { try { location.hash = keep(); } catch { /* in a frame without an address */ } $("where").textContent = say("kept"); };
$("print").onclick = () => { blanks = false; window.print(); };
$("blank").onclick = () => { blanks = true; window.print(); };
addEventListener("beforeprint", paintSheet);
addEventListener("afterprint", () => { blanks = false; show(); });
$("pinned").lastElementChild.onclick = () => pin(state.pinned);
$("hold").onclick = () => { const held = document.body.classList.toggle("held"); $("hold").ariaPressed = String(held); };
$("find").oninput = () => find($("find").value.trim());
$("find").onkeydown = (event) => { if (event.key === "Enter" && hits.length) { hit = (hit + 1) % hits.length; reveal(hits[hit]); } };
drawn.forEach((each, i) => each.group?.addEventListener("click", (event) => {
  event.preventDefault();
  if (event.shiftKey) { pin(i); return; }
  if (LEAVES.includes(i) && state.mode === "play") { state.chosen = i; state.path = -1; show(); return; }
  const at = state.step <= FORWARD.length ? FORWARD.indexOf(i) : pass.steps.findIndex(([node]) => node === i);
  if (at >= 0) go(state.step <= FORWARD.length ? at + 1 : FORWARD.length + 2 + at);
}));
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input:not([type=range]), select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = { ArrowRight: () => go(state.step + 1), ArrowLeft: () => go(state.step - 1), Home: () => go(0), End: () => go(total()), " ": run, "/": () => $("find").focus(),
    w: () => setMode("watch"), p: () => setMode("predict"), l: () => setMode("play"), b: () => setMode("break"), f: foldAll, "?": () => { $("keys").open = !$("keys").open; $("keys").scrollIntoView({ block: "nearest" }); }, i: () => pin(pass.last?.p ?? FORWARD[state.step - 1] ?? ROOT),
    "+": () => scale(1.25), "-": () => scale(0.8), 0: () => scale(0) };
  if (event.key === " " && event.target.matches("button, summary")) return;
  if (/^(Arrow|Home|End)/.test(event.key) && event.target.matches("input")) return; // a slider's own keys
  if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
});

state.lang = firstLanguage(words);
if (start === "backward") state.step = FORWARD.length + 1;
if (firstMode === "predict") state.step = Math.max(state.step, FORWARD.length + 1);
document.body.classList.add("held");
if (location.hash.length > 1) restore(location.hash.slice(1));
for (const title of svg.querySelectorAll("a")) title.removeAttribute("href");
scale(0); speak(); compute(); orderCard(); fold(); show();
// What a test, or a curious reader, looks at.
globalThis.page = { state, nodes, keep, contribution: () => pass.last.contribution, restore, frame, show, go, changes: () => lastChanges, numbers: () => ({ data: [...data.subarray(0, N)], grads: [...backward(data, "").grads], locals: backward(data, "").locals }) };
