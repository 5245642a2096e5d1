// Tensors: numbers that are called W[0, 1] are shown as the matrix they stand in; a click shows the element in the graph.
const TENSORS = new Map(); // name -> elements, each { i, place, cell }
nodes.forEach(({ name }, i) => {
  const found = /^(.+)\[(\d+(?:, \d+)*)\]$/.exec(name);
  if (!found) return;
  if (!TENSORS.has(found[1])) TENSORS.set(found[1], []);
  TENSORS.get(found[1]).push({ i, place: found[2].split(", ").map(Number), cell: null });
});
function showTensors() {
  $("tensors").hidden = !TENSORS.size;
  $("tensors").querySelector("summary").textContent = say("tensors");
  $("tensors").querySelector("div").replaceChildren(...[...TENSORS].map(([name, elements]) => {
    const rows = new Map(); // what stands in a row has all places but the last in common
    for (const element of elements) {
      const [above, column] = [element.place.slice(0, -1).join(), element.place.at(-1)];
      element.cell = make("button", { type: "button", className: "element", ariaLabel: nodes[element.i].name, onclick: () => { state.pinned = element.i; show(); find(""); reveal(element.i); drawn[element.i].group?.classList.add("found"); } },
        make("span", {}), make("small", {}));
      if (!rows.has(above)) rows.set(above, []);
      rows.get(above)[column] = make("td", {}, element.cell);
    }
    return make("div", { className: "matrix" }, make("p", {}, name), make("table", {}, ...[...rows.values()].map((cells) => make("tr", {}, ...Array.from(cells, (cell) => cell ?? make("td"))))));
  }));
}
function paintTensors(seeded, computed) {
  if (!$("tensors").open) return;
  for (const elements of TENSORS.values()) for (const { i, cell } of elements) {
    write(cell.firstElementChild, !computed || !nodes[i].parents.length || computed.has(i) ? fmt(data[i]) : "–");
    write(cell.lastElementChild, `grad ${seeded && pass.known[i] ? fmt(pass.grads[i]) : "–"}`);
  }
}
$("tensors").addEventListener("toggle", () => show(false));
