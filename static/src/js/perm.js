// In the form of a token: says in plain words what the chosen permission allows, as one
// chooses, and finds operations as one types. The sentences are the server's, but for what
// is ticked; without this script the first ones stay, and buttons do the rest.
const most = 3;

const some = (names) =>
  names.length > most ? `${names.slice(0, most).join(", ")} and ${names.length - most} more` : names.join(", ");

// ticked says what the ticked scopes and operations of one API open.
function ticked(perm) {
  const scopes = new Set([...perm.querySelectorAll('[name^="scope-"]:checked')].map((box) => box.value));
  const opens = ({ checked, dataset }) => checked || (dataset.scopes && dataset.scopes.split("\n").some((set) => set.split(" ").every((s) => scopes.has(s))));
  const boxes = [...perm.querySelectorAll('[name^="op-"]')];
  if (boxes.length === 0) return {};
  const opened = boxes.filter(opens).sort((a, b) => ("writes" in a.dataset) - ("writes" in b.dataset));
  const writes = opened.filter((box) => "writes" in box.dataset).length;
  if (opened.length === 0) return { words: "Nothing yet: tick what it may call.", none: true };
  const names = opened.map((box) => box.closest("label").querySelector(".t").textContent);
  const head = `Can call ${opened.length} operation${opened.length === 1 ? "" : "s"}: ${some(names)}. `;
  return { words: head + (writes === 0 ? "Can’t change anything." : `Of them ${writes} may change something.`) };
}

document.addEventListener("change", ({ target }) => {
  const perm = target.closest?.(".perm");
  const says = perm?.querySelector(".says");
  if (!says) return;
  const { value } = perm.querySelector(".seg :checked");
  const parts = value === "custom" ? ticked(perm) : {};
  const sentence = parts.words || says.getAttribute(`data-says-${value}`);
  if (!sentence) return;
  const [allowed, refused, words] = says.children;
  allowed.hidden = value === "none" || parts.none === true;
  refused.hidden = !allowed.hidden;
  words.textContent = sentence;
});

document.addEventListener("input", ({ target }) => {
  if (!target.matches?.("[data-find]")) return;
  const wanted = target.value.trim().toLowerCase();
  for (const group of target.closest(".parts").querySelectorAll("details")) {
    const tag = group.querySelector("summary").textContent.toLowerCase();
    let found = false;
    for (const row of group.querySelectorAll("li")) {
      const fits = (row.textContent + tag).toLowerCase().includes(wanted);
      row.hidden = !fits && !row.querySelector(":checked");
      found ||= fits;
    }
    group.open = wanted !== "" && found;
  }
});
