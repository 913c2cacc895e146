
"use strict";
// Sorting, filtering and opening; without this script all is there to read.
{
  const table = document.getElementById("table");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...body.rows];
  const collator = new Intl.Collator("en", { numeric: true });

  const key = (row, column) => row.cells[column].dataset.value;

  function compare(a, b, numeric) {
    return numeric ? Number(a) - Number(b) : collator.compare(a, b);
  }

  function sort(column) {
    const head = heads[column];
    const numeric = head.classList.contains("number");
    const before = head.getAttribute("aria-sort");
    // Words begin with the first, numbers with the largest.
    const first = numeric ? "descending" : "ascending";
    const other = numeric ? "ascending" : "descending";
    const now = before === first ? other : first;
    const sign = now === "ascending" ? 1 : -1;
    heads.forEach((cell) => cell.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", now);
    const known = rows.filter((row) => key(row, column) !== undefined);
    const unknown = rows.filter((row) => key(row, column) === undefined);
    known.sort((a, b) => sign * compare(key(a, column), key(b, column), numeric));
    body.append(...known, ...unknown);
    document.getElementById("sorted").textContent = `Sorted by ${head.textContent}, ${now}.`;
  }

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(column));
    head.replaceChildren(button);
  });

  const filter = document.getElementById("filter");
  function narrow() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    const left = rows.filter((row) => !row.hidden).length;
    document.getElementById("count").value = words.length ? `${left} of ${rows.length}` : "";
  }
  filter.addEventListener("input", narrow);
  filter.closest("p").hidden = false;

  const records = [...document.querySelectorAll("details.record")];
  for (const [name, state] of [["open", true], ["close", false]]) {
    const button = document.getElementById(name);
    button.addEventListener("click", () => records.forEach((record) => { record.open = state; }));
    button.parentElement.hidden = false;
  }

  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
      target.querySelector("summary").focus();
    }
  }
  // A link to where one is already does not change the address.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#r-"]');
    if (link && link.hash === location.hash) reveal();
  });
  addEventListener("hashchange", reveal);
  reveal();
}
