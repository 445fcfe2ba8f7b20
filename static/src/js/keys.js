// Keys of the reference. Those of one letter or sign work only outside of fields, can be switched
// off (WCAG 2.1.4), and never with Ctrl, Alt or Meta, which belong to browsers and screen readers.

const store = "gatehouse-keys";
const filter = () => document.querySelector('[data-keys="filter"]');
const items = () => [...document.querySelectorAll("#ops a")].filter((a) => a.offsetParent !== null);

let off = false;
try {
  off = localStorage.getItem(store) === "off";
} catch {
  // a browser that keeps nothing: the keys are on
}

// What is swapped in comes without script's marks.
function reveal() {
  const help = document.getElementById("keys");
  const box = document.getElementById("keys-on");
  if (!help || !box) return;
  help.hidden = false;
  box.checked = !off;
}

function move(by) {
  const all = items();
  const at = all.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
  if (next >= 0 && next < all.length) all[next].focus();
  else if (next < 0) filter()?.focus();
}

// Steps to other operations. A key that is pressed while one is on its way waits for it: the
// links at hand are still those of the operation before.
let steps = 0;
let onTheWay = false;

function step() {
  if (onTheWay || steps === 0) return;
  const link = document.querySelector(steps < 0 ? '#operation a[rel="prev"]' : '#operation a[rel="next"]');
  steps -= Math.sign(steps);
  if (!link) {
    steps = 0;
    return;
  }
  onTheWay = true;
  link.click();
}

document.addEventListener("htmx:afterSettle", (e) => {
  if (e.target.id !== "operation") return;
  onTheWay = false;
  step();
});
for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:swapError", "htmx:timeout"]) {
  document.addEventListener(failure, () => {
    onTheWay = false;
    steps = 0;
  });
}

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable], [role=textbox], dialog");
}

document.addEventListener("keydown", (e) => {
  const third = e.getModifierState("AltGraph"); // on some keyboards it makes the brackets, and counts as Ctrl and Alt
  if (((e.ctrlKey || e.altKey) && !third) || e.metaKey || e.defaultPrevented || e.isComposing) return;
  const field = filter();
  const inFilter = field && e.target === field;
  const inList = e.target.closest("#ops a") !== null;
  switch (e.key) {
    case "ArrowDown":
      if (inFilter || inList) break;
      return;
    case "ArrowUp":
      if (inList) break;
      return;
    case "Escape":
      if (inFilter || inList) {
        const heading = document.querySelector("#operation h1");
        if (!heading || (inFilter && field.value !== "")) return; // the browser empties the field first
        heading.tabIndex = -1;
        heading.focus();
        e.preventDefault();
      }
      return;
    case "j":
    case "k":
      if (off || !inList) return;
      break;
    case "/":
    case "[":
    case "]":
      if (off || typing(e.target)) return;
      break;
    default:
      return;
  }
  if (e.key === "/") {
    if (!field) return;
    const fold = field.closest("details");
    if (fold) fold.open = true;
    field.focus();
    field.select();
  } else if (e.key === "[" || e.key === "]") {
    if (!document.querySelector(".ref-beside")) return;
    if (!e.repeat) {
      steps += e.key === "[" ? -1 : 1;
      step();
    }
  } else {
    move(e.key === "ArrowDown" || e.key === "j" ? 1 : -1);
  }
  e.preventDefault();
});

document.addEventListener("change", (e) => {
  if (e.target.id !== "keys-on") return;
  off = !e.target.checked;
  try {
    localStorage.setItem(store, off ? "off" : "on");
  } catch {
    // for this page only, then
  }
});
document.addEventListener("htmx:load", reveal);
reveal();
