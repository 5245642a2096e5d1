// What every page needs: elements, numbers as texts, the reader's language, light and dark.
const $ = (id) => document.getElementById(id);
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element && key !== "list") element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

// --- numbers as Python and as viz write them ---------------------------------------------------------------------------
const PYTHON = { inf: Infinity, "-inf": -Infinity, nan: NaN };
const number = (text) => (text in PYTHON ? PYTHON[text] : Number(text));
function fmt(x, digits = 4) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (x === 0) return Object.is(x, -0) ? "-0" : "0";
  const [mantissa, power] = x.toExponential(digits - 1).split("e");
  const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (power > -5 && power < 6) return trimmed(x.toFixed(Math.max(0, digits - 1 - power)));
  return `${trimmed(mantissa)}e${Number(power)}`;
}

// --- how it is read ----------------------------------------------------------------------------------------------------
const firstLanguage = (words) => Object.keys(words).find((each) => navigator.language.startsWith(each)) ?? Object.keys(words)[0];
const nextLanguage = (words, lang) => { const known = Object.keys(words); return known[(known.indexOf(lang) + 1) % known.length]; };
const said = (words, key, parts) => words[key].replace(/\{(\w+)\}/g, (_, name) => parts[name]);
function turnTheme() { // dark to light and back; what the page is then
  const root = document.documentElement.classList, dark = root.contains("dark") || (!root.contains("light") && matchMedia("(prefers-color-scheme: dark)").matches);
  root.remove("light", "dark"); root.add(dark ? "light" : "dark");
  return dark ? "light" : "dark";
}
// A page in a frame keeps its state as a text.
const packed = (state) => btoa(encodeURIComponent(JSON.stringify(state)));
const unpacked = (text) => JSON.parse(decodeURIComponent(atob(text)));
