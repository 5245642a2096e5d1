"use strict";
// Scrubs through a training: everything shown was computed beforehand, a frame a recorded moment.
const data = JSON.parse(document.getElementById("data").textContent);
const frames = data.frames, last = frames.length - 1;
const shown = [last, 0]; // the frame of each side
const byId = (name) => document.getElementById(name);
const number = (x) => (x === null ? "not finite" : Number(x).toPrecision(4));

// --- one side: a slider and the pictures of its moment ------------------------------------------------------------

function side(position) {
  const box = document.createElement("section");
  box.className = "moment";
  box.innerHTML = `<input type="range" min="0" max="${last}" aria-label="Moment ${position + 1}"><p class="facts"></p>
    <div class="plane" hidden><h2>What it says of each point of the plane</h2><div class="picture"><canvas></canvas></div></div>
    <h2>The network: <span class="what"></span></h2><div class="picture of-network" role="img" aria-label="The network"></div>
    <div class="example" hidden><h2>One example, with the derivative of its loss by every number</h2>
    <div class="picture of-graph" role="img" aria-label="Computation graph of one example"></div></div>`;
  const slider = box.querySelector("input");
  slider.addEventListener("input", () => go(position, Number(slider.value)));
  byId("moments").append(box);
  return box;
}

const sides = [side(0), side(1)];
sides[1].hidden = true;

function draw(position) {
  const frame = frames[shown[position]], box = sides[position];
  box.querySelector("input").value = shown[position];
  const facts = [`epoch ${frame.epoch}`];
  if (frame.epoch > 0) facts.push(`loss ${number(data.losses[frame.epoch - 1])}`);
  if (frame.epoch > 0 && data.validation.length) facts.push(`validation loss ${number(data.validation[frame.epoch - 1])}`);
  box.querySelector(".facts").textContent = facts.join(", ");
  const heat = byId("heat").value;
  box.querySelector(".what").textContent =
    heat === "weights" ? "the thicker a line, the larger its weight" : "the darker a line, the larger the gradient of its weight";
  box.querySelector(".of-network").innerHTML = frame[heat];
  box.querySelector(".example").hidden = !frame.graph;
  box.querySelector(".of-graph").innerHTML = frame.graph || "";
  box.querySelector(".plane").hidden = !frame.plane;
  if (frame.plane) plane(box.querySelector("canvas"), frame.plane);
}

// --- the plane of two inputs --------------------------------------------------------------------------------------

function plane(canvas, picture) {
  const size = data.plane.size, scale = 8;
  canvas.width = canvas.height = size * scale;
  const pen = canvas.getContext("2d"), bytes = atob(picture);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const place = 2 * (row * size + column);
      pen.globalAlpha = 0.12 + (0.55 * bytes.charCodeAt(place + 1)) / 255;
      pen.fillStyle = data.plane.colours[bytes.charCodeAt(place)];
      pen.fillRect(column * scale, (size - 1 - row) * scale, scale, scale);
    }
  }
  pen.globalAlpha = 1;
  const [left, right, bottom, top] = data.plane.limits;
  for (const [x, y, colour] of data.plane.points) {
    pen.beginPath();
    pen.arc(((x - left) / (right - left)) * canvas.width, (1 - (y - bottom) / (top - bottom)) * canvas.height, 4, 0, 7);
    pen.fillStyle = data.plane.colours[colour];
    pen.fill();
    pen.strokeStyle = "#fff";
    pen.stroke();
  }
}

// --- the curves of the loss ---------------------------------------------------------------------------------------

function curves() {
  const all = [...data.losses, ...data.validation].filter((each) => each !== null);
  const logarithmic = Math.min(...all) > 0;
  const height = (x) => (logarithmic ? Math.log10(x) : x);
  const low = height(Math.min(...all)), high = height(Math.max(...all));
  const across = (epoch) => 10 + (980 * epoch) / Math.max(data.losses.length, 1);
  const up = (x) => 175 - (160 * (height(x) - low)) / (high - low || 1);
  const line = (losses, colour) => {
    const points = losses.flatMap((each, k) => (each === null ? [] : [`${across(k + 1)},${up(each)}`]));
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="2" vector-effect="non-scaling-stroke"/>`;
  };
  const cursor = (frame, colour) =>
    `<line x1="${across(frame.epoch)}" x2="${across(frame.epoch)}" y1="0" y2="190" stroke="${colour}" stroke-width="2" vector-effect="non-scaling-stroke"/>`;
  byId("curves").innerHTML =
    line(data.losses, "#0072B2") + line(data.validation, "#D55E00") + cursor(frames[shown[0]], "#000") +
    (byId("two").checked ? cursor(frames[shown[1]], "#999") : "");
}

function go(position, frame) {
  shown[position] = frame;
  draw(position);
  curves();
}

byId("curves").addEventListener("click", (event) => {
  const box = byId("curves").getBoundingClientRect();
  const epoch = ((((event.clientX - box.left) / box.width) * 1000 - 10) / 980) * data.losses.length;
  const distance = (frame) => Math.abs(frame.epoch - epoch);
  go(0, frames.reduce((best, frame, k) => (distance(frame) < distance(frames[best]) ? k : best), 0));
});
byId("heat").addEventListener("change", () => [0, 1].forEach(draw));
byId("two").addEventListener("change", () => {
  sides[1].hidden = !byId("two").checked;
  draw(1);
  curves();
});

let playing = null;
byId("play").addEventListener("click", () => {
  if (playing) return stop();
  if (shown[0] === last) go(0, 0);
  byId("play").textContent = "Stop";
  playing = setInterval(() => (shown[0] === last ? stop() : go(0, shown[0] + 1)), 250);
});

function stop() {
  clearInterval(playing);
  playing = null;
  byId("play").textContent = "Play";
}

byId("held").hidden = !data.validation.length;
draw(0);
draw(1);
curves();
