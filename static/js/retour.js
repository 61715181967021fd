// Small conveniences; every page works without them.
(() => {
  const root = document.documentElement;

  // Controls that only script can serve are hidden in the HTML and shown here.
  function reveal(scope) {
    let controls = "[data-step], [data-theme-switch], [data-needs-script]";
    if (navigator.clipboard) controls += ", [data-copy]";
    scope.querySelectorAll(controls).forEach((control) => (control.hidden = false));
    scope.querySelectorAll("[data-stepper] input").forEach(limitSteps);
  }

  function limitSteps(input) {
    const value = Number(input.value);
    const buttons = input.closest("[data-stepper]").querySelectorAll("[data-step]");
    buttons.forEach((button) => {
      const next = value + Number(button.dataset.step);
      button.disabled = next < Number(input.min) || (input.max !== "" && next > Number(input.max));
    });
  }

  function step(button) {
    const input = button.closest("[data-stepper]").querySelector("input");
    input.value = Number(input.value) + Number(button.dataset.step);
    limitSteps(input);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async function copy(button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    const use = button.querySelector("use");
    const before = use.getAttribute("href");
    use.setAttribute("href", before.replace(/#.*/, "#check"));
    setTimeout(() => use.setAttribute("href", before), 1500);
  }

  function switchTheme() {
    const isDark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // Not kept; it still counts for this page.
    }
  }

  // "Select all": a box with data-select-all="NAME" sets every box of that name in its form or table.
  function selectAll(box) {
    const scope = box.form ?? box.closest("table");
    scope.querySelectorAll(`input[name="${box.dataset.selectAll}"]:not(:disabled)`).forEach((el) => {
      el.checked = box.checked;
    });
    countSelected(box.form);
  }

  // <output data-selected="NAME">: how many boxes of that name are set.
  function countSelected(form) {
    form?.querySelectorAll("[data-selected]").forEach((output) => {
      const name = output.dataset.selected;
      output.value = form.querySelectorAll(`input[name="${name}"]:checked`).length;
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.step) step(button);
    else if (button?.dataset.copy) copy(button);
    else if (button?.hasAttribute("data-theme-switch")) switchTheme();
    // A click elsewhere closes open menus.
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.dataset.selectAll) selectAll(input);
    else if (input.type === "checkbox") countSelected(input.form);
    if (input.closest("[data-stepper]")) limitSteps(input);
    if (input.hasAttribute("data-autosubmit")) input.form.requestSubmit();
  });

  // A form that is on its way cannot be sent twice, and its button says so.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.method !== "post" || form.matches("[hx-post], [data-hx-post]")) return;
    if (event.submitter?.formTarget || form.target || event.submitter?.hasAttribute("download")) return;
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });

  // Coming back with the browser's button: the page is as it was, so it may be sent again.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll("[aria-busy]").forEach((el) => el.removeAttribute("aria-busy"));
    });
  });

  // Uploads by htmx show how far they are.
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector?.("[data-upload-progress]");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = (event.detail.loaded / event.detail.total) * 100;
  });

  document.addEventListener("htmx:load", (event) => reveal(event.detail.elt));
  reveal(document);
  document.querySelector("form[method=post] [data-error-summary]")?.focus();
})();
