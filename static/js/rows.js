// Choosing rows of the list: X for the one with the focus, Shift+X from the last one chosen, one box for the page.
const boxes = () => [...document.querySelectorAll("[name=session]")];
let last;

// A key on a row, or a box that was changed.
export function choose({ type, target, shiftKey }) {
  if (type === "change") {
    if (target.name === "session") last = target;
    else for (const box of boxes()) box.checked = target.checked;
    return;
  }
  const box = target.closest("tr").querySelector("[name=session]");
  const [from, to] = [box, last].map((one) => boxes().indexOf(one)).sort((a, b) => a - b);
  if (shiftKey && from >= 0) for (const one of boxes().slice(from, to + 1)) one.checked = true;
  else box?.click();
  last = box;
}
