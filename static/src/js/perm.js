// In the form of a token: says in plain words what the chosen permission allows, as one
// chooses. The sentences are the server's; without this script the first one stays.
document.addEventListener("change", ({ target }) => {
  const says = target.closest?.(".perm")?.querySelector(".says");
  const sentence = says?.getAttribute(`data-says-${target.value}`);
  if (!sentence) return;
  const [allowed, refused, words] = says.children;
  allowed.hidden = target.value === "none";
  refused.hidden = !allowed.hidden;
  words.textContent = sentence;
});
