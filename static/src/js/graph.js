// Exact values of a graph's slots, in its readout line: under pointer, finger or arrow keys.
// The plot is one tab stop; Enter leads to the requests of the slot. The readout is a status
// only while the plot has the focus, so that a moving mouse is not read aloud.

const enhanced = new WeakSet();

function enhance(figure) {
  if (enhanced.has(figure)) return;
  enhanced.add(figure);
  const plot = figure.querySelector("[data-plot]");
  const readout = figure.querySelector(".readout");
  const cross = figure.querySelector(".cross");
  const slots = [...figure.querySelectorAll("[data-slot]")];
  if (!plot || !readout || !slots.length) return;
  let at = slots.findIndex((s) => s.classList.contains("slot-on"));

  function show(i) {
    at = Math.max(0, Math.min(slots.length - 1, i));
    for (const s of slots) s.classList.toggle("slot-on", s === slots[at]);
    const { values, x } = slots[at].dataset;
    readout.replaceChildren(...values.split("|").map(part));
    if (cross) {
      cross.setAttribute("x1", x);
      cross.setAttribute("x2", x);
      cross.removeAttribute("visibility");
    }
  }

  for (const box of figure.querySelectorAll("[data-plot], [data-plot-too]")) {
    for (const kind of ["pointermove", "pointerdown"]) {
      box.addEventListener(kind, (e) => {
        const r = box.getBoundingClientRect();
        show(Math.floor(((e.clientX - r.left) / r.width) * slots.length));
      });
    }
  }
  const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -6, PageDown: 6, Home: -Infinity, End: Infinity };
  plot.addEventListener("keydown", (e) => {
    const follow = slots[at]?.dataset.href;
    if (e.key === "Enter" && follow) location.assign(follow);
    if (!(e.key in steps)) return;
    e.preventDefault();
    show(at + steps[e.key]);
  });
  plot.setAttribute("tabindex", "0"); // here, not in the page: without script it would do nothing
  plot.addEventListener("focus", () => {
    readout.setAttribute("role", "status");
    show(at < 0 ? slots.length - 1 : at);
  });
  plot.addEventListener("blur", () => readout.removeAttribute("role"));
}

// part is a piece of the readout; what stands between ~ is strong.
function part(words) {
  const span = document.createElement("span");
  words.split("~").forEach((text, i) => {
    if (i % 2 === 0) return span.append(text);
    const strong = document.createElement("strong");
    strong.textContent = text;
    span.append(strong);
  });
  return span;
}

function all(root) {
  for (const f of root.querySelectorAll(".figure")) enhance(f);
}
document.addEventListener("htmx:load", (e) => all(e.target.parentElement || document));
all(document);
