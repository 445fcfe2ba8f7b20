// Buttons for what is shown once: <button data-print hidden> prints the page, and
// <button data-save="ID" data-save-as="NAME" hidden> saves the text of an element as a file.
// They are hidden until this runs; without it the browser's own menu prints.

document.addEventListener("click", (e) => {
  if (e.target.closest("button[data-print]")) {
    print();
    return;
  }
  const button = e.target.closest("button[data-save]");
  const source = button && document.getElementById(button.dataset.save);
  if (!source) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([source.textContent], { type: "text/plain" }));
  link.download = button.dataset.saveAs;
  link.click();
  URL.revokeObjectURL(link.href);
});

for (const b of document.querySelectorAll("button[data-print][hidden], button[data-save][hidden]")) b.hidden = false;
