// Ctrl-K: another tenant, by keyboard alone. htmx fetches what is found as one types; this
// opens the dialog and moves through the list as the combobox pattern of WAI-ARIA has it:
// the focus stays in the field, aria-activedescendant names the choice.

const dialog = document.getElementById("switcher");
const field = dialog.querySelector("input");
const found = document.getElementById("switcher-found");
const status = dialog.querySelector("[role=status]");
let going = false; // Enter was pressed before what was typed had been looked for

const options = () => [...found.querySelectorAll("[role=option]")];
const chosen = () => found.querySelector("[aria-selected=true]");

// current says whether the list is of what stands in the field: to go by another one
// would be to go to another tenant than the one that was typed.
const current = () => found.firstElementChild?.dataset.q === field.value.trim();

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  if (!option) return field.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", option.id);
}

function move(by) {
  const all = options();
  if (all.length) choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
}

function go() {
  going = !current();
  if (!going && chosen()) location.assign(chosen().href);
}

function open() {
  if (dialog.open) return;
  going = false;
  field.value = "";
  dialog.showModal();
  field.focus();
  htmx.trigger(field, "switcher:open");
}

found.addEventListener("htmx:afterSwap", () => {
  const all = options();
  field.setAttribute("aria-expanded", String(all.length > 0));
  field.setAttribute("aria-controls", all.length ? "switcher-list" : "switcher-found");
  choose(all[0]);
  status.textContent = all.length ? `${all.length} found` : "No tenant found";
  if (going) go();
});

field.addEventListener("input", () => (going = false));
field.addEventListener("keydown", (e) => {
  if (e.isComposing || e.altKey || e.ctrlKey || e.metaKey) return;
  const does = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: go }[e.key];
  if (!does) return;
  e.preventDefault();
  does();
});

document.addEventListener("keydown", (e) => {
  if (e.key.toLowerCase() !== "k" || !(e.ctrlKey || e.metaKey) || e.shiftKey || e.altKey) return;
  e.preventDefault();
  dialog.open ? dialog.close() : open();
});
document.addEventListener("click", (e) => {
  const link = e.target.closest("a[data-switcher]");
  if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
  e.preventDefault();
  open();
});
dialog.addEventListener("click", (e) => e.target === dialog && dialog.close());
