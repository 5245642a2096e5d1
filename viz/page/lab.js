// The lab around the page: what is typed goes to the server, and what it draws into a frame. The newest answer wins.
const { words, examples, start } = JSON.parse(document.getElementById("data").textContent);
const TOKEN = new URLSearchParams(location.search).get("token"), NONCE = $("data").nonce, CLIENT = crypto.randomUUID();
let lang = firstLanguage(words), theme = "";
const say = (key, parts = {}) => said(words[lang], key, parts);

// --- the server ---------------------------------------------------------------------------------------------------------
async function ask(given, signal) {
  const headers = { "Content-Type": "application/json", "X-Lab-Token": TOKEN };
  const answer = await fetch("/draw", { method: "POST", headers, body: JSON.stringify(given), signal });
  return answer.ok ? answer.json() : { wrong: { key: "refused", place: null, parts: { why: await answer.text() } } };
}
const typed = () => ({ expression: $("expression").value, numbers: $("numbers").value });
const isShown = () => shown !== null && JSON.stringify(typed()) === JSON.stringify(shown.given);

let sent = 0, shown = null, told = null, timer = 0, controller = new AbortController();
function edited() {
  resize();
  clearTimeout(timer);
  timer = setTimeout(draw, 200, { patience: 600 });
}

async function draw({ afresh = false, patience = 0 } = {}) {
  clearTimeout(timer);
  controller.abort(); // what is under way is overtaken
  controller = new AbortController();
  const number = ++sent, { signal } = controller, given = typed();
  let answer;
  try {
    answer = await ask({ ...given, client: CLIENT, number }, signal);
  } catch {
    if (!signal.aborted) wrong({ key: "gone", place: null, parts: {} });
    return;
  }
  if (signal.aborted || answer.overtaken) return;
  if (!answer.wrong) {
    told = null;
    return present(answer, given, signal, afresh);
  }
  await new Promise((resolve) => setTimeout(resolve, patience)); // half a word is no mistake, and what is told moves the graph
  if (!signal.aborted) wrong(answer.wrong, given);
}

// --- frames: one that is seen, and one at most that is coming ---------------------------------------------------------------
// A page tells its state when it is there, after each change, and when it is asked to.
function hear(frame, ...messages) { // what it tells next; null if nothing
  return new Promise((resolve) => {
    const end = (said) => { removeEventListener("message", listen); clearTimeout(late); resolve(said); };
    const listen = ({ source, data }) => { if (source === frame.contentWindow && data?.type === "state") end(unpacked(data.state)); };
    const late = setTimeout(() => end(null), 10_000);
    addEventListener("message", listen);
    for (const message of messages) frame.contentWindow.postMessage(message, "*");
  });
}
const where = async () => (shown ? hear(shown.frame, { type: "tell" }) : null);

// One after the other: a page that is taken away while it comes does not find its size. Overtaken ones do not begin.
let coming = Promise.resolve();
function present(answer, given, signal, afresh) {
  const mine = coming.then(() => signal.aborted || load(answer, given, signal, afresh));
  coming = mine.catch(() => {});
  return mine;
}

// The lab has these buttons, and a frame has no address that could be kept.
const HIDDEN = "<style>#theme, #language, #link { display: none }</style></head>";
async function load(answer, given, signal, afresh) {
  const frame = document.createElement("iframe");
  frame.title = say("graph");
  frame.className = "coming";
  frame.setAttribute("sandbox", "allow-scripts allow-modals");
  $("stage").append(frame);
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))); // it has its size before its page, which asks for it
  // Labels hold no < there: what begins with it is the page's own.
  frame.srcdoc = answer.page.replaceAll("<script ", `<script nonce="${NONCE}" `).replace("</head>", HIDDEN).replace("<html ", `<html class="${theme}" `);
  await hear(frame);
  const state = packed(kept(await where(), answer.leaves, afresh));
  await hear(frame, { type: "restore", state }, { type: "tell" });
  if (signal.aborted) return frame.remove();
  shown?.frame.remove();
  frame.className = "";
  shown = { frame, given, answer };
  tell();
}

// What a person had: the mode and what they have learned always, the rest where the graph is an edited one, and numbers of
// leaves where their names are still there and their recorded numbers the same.
function kept(was, leaves, afresh) {
  if (!was) return { lang };
  const { mode, score, streak, mistakes, step, bug, h, rate } = was;
  if (afresh) return { lang, mode, score, streak, mistakes };
  const former = new Map(shown.answer.leaves.map(([place, name, number]) => [name, { place, number }]));
  const moved = leaves.flatMap(([place, name, number]) => {
    const old = former.get(name);
    return old?.number === number && old.place in was.leaves ? [[place, was.leaves[old.place]]] : [];
  });
  const [, name] = shown.answer.leaves.find(([place]) => place === was.chosen) ?? [];
  const chosen = leaves.find((each) => each[1] === name)?.[0];
  return { lang, mode, score, streak, mistakes, step, bug, h, rate, leaves: Object.fromEntries(moved), ...(chosen === undefined ? {} : { chosen }) };
}

// --- what is said ---------------------------------------------------------------------------------------------------------
function wrong(what, given = typed()) {
  told = { what, given };
  const { key, place, parts, field = "expression" } = what;
  for (const each of ["expression", "numbers"]) $(each).setAttribute("aria-invalid", String(each === field));
  $("stage").classList.toggle("before", shown !== null);
  $("status").textContent = shown ? say("before") : "";
  const sentence = say(key, parts), text = [...given[field]]; // the places are those of characters, not of halves of them
  if (!place) return $("wrong").replaceChildren(make("p", {}, sentence));
  const [from, to] = place, from_line = text.lastIndexOf("\n", from - 1) + 1, next = text.indexOf("\n", from);
  const until = next < 0 ? text.length : next, left = Math.max(from_line, from - 40), end = Math.min(until, left + 80);
  const before = text.slice(left, from).join(""), part = text.slice(from, Math.min(to, end)).join(""), after = text.slice(Math.min(to, end), end).join("");
  const caret = before.replace(/[\u1100-\uffdc]/g, "\u3000").replace(/[^\u3000]/g, " ") + "^".repeat(Math.max(1, [...part].length));
  const shownAt = make("pre", { ariaHidden: "true" }, before, make("mark", {}, part), `${after}\n${caret}`);
  const lines = text.slice(0, from).filter((each) => each === "\n").length + 1;
  $("wrong").replaceChildren(make("p", {}, say("at", { line: lines, column: from - from_line + 1, what: sentence })), shownAt);
}
function tell() {
  if (told) return wrong(told.what, told.given);
  if (!shown) return;
  $("wrong").replaceChildren();
  $("stage").classList.remove("before");
  for (const each of ["expression", "numbers"]) $(each).setAttribute("aria-invalid", "false");
  const { nodes, chosen, unused, leaves } = shown.answer;
  const numbered = chosen.map((name) => `${name} = ${leaves.find((each) => each[1] === name)?.[2]}`);
  $("status").textContent = [say("drawn", { nodes }), ...(chosen.length ? [say("chosen", { names: numbered.join(", ") })] : []), ...(unused.length ? [say("unused", { names: unused.join(", ") })] : [])].join(" ");
}

// --- what is taken away: with the numbers that the leaves have now ------------------------------------------------------------
async function fresh(wanted) {
  if (!isShown()) await draw();
  if (!isShown()) return null; // it cannot be drawn, and that is told
  const was = await where();
  const moved = Object.fromEntries(shown.answer.leaves.filter(([place]) => place in (was?.leaves ?? {})).map(([place, name]) => [name, Number(was.leaves[place])]));
  try {
    const answer = await ask({ ...typed(), moved, wanted });
    return answer.wrong ? wrong(answer.wrong) : answer;
  } catch {
    return wrong({ key: "gone", place: null, parts: {} });
  }
}
function save(text, kind, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: kind }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
$("savepage").onclick = async () => { const answer = await fresh("page"); if (answer) save(answer.page, "text/html", "graph.html"); };
$("savepicture").onclick = async () => { const answer = await fresh("picture"); if (answer) save(answer.picture, "image/svg+xml", "graph.svg"); };
$("python").onclick = async () => {
  const answer = await fresh("page");
  if (!answer) return;
  $("code").hidden = false;
  $("code").querySelector("pre").textContent = answer.python;
  const copied = await navigator.clipboard.writeText(answer.python).then(() => true, () => false);
  $("status").textContent = say(copied ? "copied" : "notcopied");
};

// --- fields and buttons -----------------------------------------------------------------------------------------------------
const resize = () => {
  const field = $("expression");  // as high as its text, of which a narrow screen makes more lines
  field.rows = 1;
  while (field.rows < 9 && field.scrollHeight > field.clientHeight) field.rows += 1;
};
function begin({ expression, numbers }) {
  $("expression").value = expression;
  $("numbers").value = numbers;
  resize();
  draw({ afresh: true });
}
function speak() {
  document.documentElement.lang = lang;
  document.title = `${say("title")} · Autograd Core`;
  document.querySelector("h1").textContent = say("title");
  for (const id of ["expression", "numbers"]) document.querySelector(`label[for=${id}]`).textContent = say(id);
  for (const id of ["hint", "savepage", "savepicture", "python"]) $(id).textContent = say(id);
  $("code").querySelector("h2").textContent = say("code");
  $("theme").ariaLabel = $("theme").title = say("theme");
  $("language").textContent = say("switch");
  $("example").ariaLabel = say("examples");
  const option = (text, value) => make("option", { value }, text);
  $("example").replaceChildren(option(say("choose"), ""), ...examples.map((each, i) => option(each.name[lang], i)));
  tell();
}
$("language").onclick = async () => {
  lang = nextLanguage(words, lang);
  speak();
  if (shown) shown.frame.title = say("graph");
  const was = await where();
  if (was) shown.frame.contentWindow.postMessage({ type: "restore", state: packed({ ...was, lang }) }, "*");
};
$("theme").onclick = () => {
  theme = turnTheme();
  shown?.frame.contentWindow.postMessage({ type: "look", theme }, "*");
};
$("example").onchange = () => { if ($("example").value) begin(examples[$("example").value]); };
for (const id of ["expression", "numbers"]) $(id).oninput = edited;
$("given").onsubmit = (event) => { event.preventDefault(); draw(); };
$("expression").onkeydown = (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); draw(); } };
speak();
begin(start.expression ? start : examples[0]);
