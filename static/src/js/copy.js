// Copy buttons: <button data-copy="ID" data-copy-what="Secret" hidden>. They are hidden until
// this runs, so that nobody without JavaScript sees a button that does nothing.

const spoken = document.createElement("p");
spoken.className = "sr";
spoken.setAttribute("role", "status");
document.body.append(spoken);

function reveal(root) {
  for (const b of root.querySelectorAll("button[data-copy][hidden]")) b.hidden = false;
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const word = button.querySelector("span");
  if (!source) return;
  const what = button.dataset.copyWhat || "Text";
  try {
    await navigator.clipboard.writeText(source.textContent);
    say(word, "Copied", `${what} copied.`);
  } catch {
    getSelection().selectAllChildren(source); // the browser refused: one key is left to press
    say(word, "Press Ctrl C", `${what} is selected. Press Control and C to copy it.`);
  }
}

function say(word, shown, heard) {
  if (word) {
    word.textContent = shown;
    setTimeout(() => (word.textContent = "Copy"), 4000);
  }
  spoken.textContent = "";
  setTimeout(() => (spoken.textContent = heard), 50); // a change is spoken, a same text is not
}

document.addEventListener("click", (e) => {
  const button = e.target.closest("button[data-copy]");
  if (button) copy(button);
});
document.addEventListener("htmx:load", (e) => reveal(e.target));
reveal(document);
