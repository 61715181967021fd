// Pages that follow what happens: they fetch themselves again when the server tells of a change.
(() => {
  const main = document.getElementById("main");
  const seen = new Set();
  let source = null;
  let isPaused = false;

  const sign = () => main.querySelector("[data-live]");

  // Nobody's typing, choice or open menu is to be lost; the next change tries again.
  function isInUse() {
    const focused = document.activeElement;
    return (
      (main.contains(focused) && focused.matches("input, select, textarea")) ||
      main.querySelector("details[open], input[name=selected]:checked") !== null
    );
  }

  async function refresh() {
    if (isInUse()) return false;
    const response = await fetch(location.href, { credentials: "same-origin" });
    if (!response.ok || response.redirected) return false;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("main");
    if (!fresh || isInUse()) return false;
    const link = document.activeElement?.getAttribute("href");
    main.replaceChildren(...fresh.childNodes);
    window.htmx?.process(main);
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: main } }));
    if (link) main.querySelector(`a[href="${CSS.escape(link)}"]`)?.focus();
    show();
    return true;
  }

  let isBehind = false;
  let isBusy = false;
  async function catchUp() {
    if (isBusy || !isBehind) return;
    isBusy = true;
    try {
      isBehind = !(await refresh());
    } catch {
      // No network: the next change tries again.
    }
    isBusy = false;
  }

  function hear(message) {
    const told = JSON.parse(message.data);
    if (seen.has(told.event)) return;
    seen.add(told.event);
    const wanted = sign()?.dataset.liveReturn;
    if (wanted && String(told.return) !== wanted) return;
    isBehind = true;
    // Several changes in one answer are one update.
    setTimeout(catchUp, 0);
  }

  function listen() {
    if (source || isPaused || document.hidden) return;
    source = new EventSource(sign().dataset.live);
    source.addEventListener("change", hear);
    source.addEventListener("open", catchUp);
  }

  function stop() {
    source?.close();
    source = null;
  }

  function show() {
    const found = sign();
    if (!found) return stop();
    found.hidden = false;
    found.querySelector("[data-live-on]").hidden = isPaused;
    found.querySelector("[data-live-off]").hidden = !isPaused;
    found.querySelector("[data-live-switch]").setAttribute("aria-pressed", String(isPaused));
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-live-switch]")) return;
    isPaused = !isPaused;
    if (isPaused) stop();
    else listen();
    show();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : listen()));

  if (sign() && window.EventSource) {
    show();
    listen();
  }
})();
