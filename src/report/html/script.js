"use strict";
(() => {
  const all = (query, root = document) => [...root.querySelectorAll(query)];
  const root = document.documentElement;
  root.classList.add("script");

  // Theme: what the system prefers, until the button says otherwise.
  const theme = document.getElementById("theme");
  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const nameTheme = () => {
    theme.textContent = isDark() ? "Light" : "Dark";
    theme.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
    theme.setAttribute("aria-pressed", String(root.dataset.theme !== undefined));
  };
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  nameTheme();

  // Filters: letter, deployment, verdict. What is filtered out is hidden from everybody, readers of screens included.
  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const cases = all("details.case");
  const apply = () => {
    const wanted = Object.fromEntries(new FormData(form));
    const fits = (name, value) => !wanted[name] || wanted[name] === value;
    for (const part of all("[data-column]:not(details)")) {
      part.hidden = !fits("column", part.dataset.column);
    }
    for (const row of all("#matrix tbody tr")) {
      const cells = all("td[data-verdict]", row).filter((cell) => fits("column", cell.dataset.column));
      let hits = 0;
      for (const cell of cells) {
        const is = fits("verdict", cell.dataset.verdict);
        cell.classList.toggle("faded", !is);
        hits += is ? 1 : 0;
      }
      row.hidden = !fits("letter", row.dataset.letter) || (wanted.verdict !== "" && hits === 0);
    }
    for (const row of all(".gallery tr[data-letter], .trend tr[data-letter]")) {
      row.hidden = !fits("letter", row.dataset.letter);
    }
    for (const body of all(".gallery tbody")) {
      body.hidden = all("tr[data-letter]", body).every((row) => row.hidden);
    }
    let count = 0;
    for (const one of cases) {
      one.hidden = !["letter", "column", "verdict"].every((name) => fits(name, one.dataset[name]));
      count += one.hidden ? 0 : 1;
    }
    shown.textContent = count === cases.length ? `${count} cases` : `${count} of ${cases.length} cases`;
  };
  form.addEventListener("change", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();

  // A link to a case opens it.
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.matches("details")) {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
      target.querySelector("summary").focus({ preventScroll: true });
    }
  };
  addEventListener("hashchange", open);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#case-"]');
    if (link && link.getAttribute("href") === location.hash) {
      open();
    }
  });
  open();

  // Copying, where there is no clipboard, selects.
  for (const button of all("button.copy")) {
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
      setTimeout(() => {
        button.textContent = "Copy";
      }, 2000);
    });
  }
})();
