"use strict";
// Without this script the page reads the same; with it the table sorts, and words find their messages.
(() => {
  const table = document.getElementById("ranking");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const sections = [...document.querySelectorAll("details")];
  const heads = [...table.tHead.rows[0].cells];

  // A message's rank first goes up, all figures first go down; unknown ones come last either way.
  const key = (row, column) => {
    const cell = row.cells[column];
    if (column === 1) return cell.textContent.toLowerCase();
    return cell.dataset.v === undefined ? null : Number(cell.dataset.v);
  };
  const sort = (column, down) => {
    const keys = new Map(rows.map((row) => [row, key(row, column)]));
    const order = new Map(rows.map((row) => [row, Number(row.cells[0].dataset.v)]));
    const compare = (one, other) => {
      const a = keys.get(one), b = keys.get(other);
      if (a === null || b === null) return (a === null) - (b === null) || order.get(one) - order.get(other);
      const apart = a < b ? -1 : a > b ? 1 : 0;
      return (down ? -apart : apart) || order.get(one) - order.get(other);
    };
    body.append(...[...rows].sort(compare));
    heads.forEach((head, at) => {
      head.setAttribute("aria-sort", at !== column ? "none" : down ? "descending" : "ascending");
    });
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", column ? "none" : "ascending");
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      sort(column, now === "none" ? column > 1 : now === "ascending");
    });
  });

  const controls = document.getElementById("controls");
  const label = document.createElement("label");
  const input = document.createElement("input");
  const count = document.createElement("output");
  const toggle = document.createElement("button");
  input.type = "search";
  label.append("Find words or people", input);
  toggle.type = "button";
  toggle.textContent = "Open all";
  controls.append(label, count, toggle);
  controls.hidden = false;

  let texts = null;
  const filter = () => {
    texts ??= sections.map((section) =>
      [...section.querySelectorAll(".t, .who, .p")].map((part) => part.textContent).join("\n").toLowerCase());
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    sections.forEach((section, at) => {
      const fits = words.every((word) => texts[at].includes(word));
      section.hidden = rows[at].hidden = !fits;
      found += fits;
    });
    count.textContent = words.length ? `${found.toLocaleString("en")} of ${rows.length.toLocaleString("en")} messages` : "";
  };
  input.addEventListener("input", filter);
  toggle.addEventListener("click", () => {
    const open = toggle.textContent === "Open all";
    sections.forEach((section) => { if (!section.hidden) section.open = open; });
    toggle.textContent = open ? "Close all" : "Open all";
  });

  // A browser that opens a section for the address it was given does not always go there.
  const place = document.getElementById(location.hash.slice(1));
  if (place) addEventListener("load", () => place.scrollIntoView());
})();
