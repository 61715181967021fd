// The bench: scans go out one after the other, each with a key of its own, and none is lost when
// the network is. Without this script the same forms are sent page by page.
(() => {
  const form = document.querySelector("[data-scan-form]");
  const slip = document.querySelector("[data-slip-form]");
  const field = (form ?? slip)?.querySelector("input[name=code]");
  if (!field) return;

  // --- the field: whoever scans need not look where the cursor is --------------------------------

  document.addEventListener("keydown", (event) => {
    const typed = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (typed && !event.target.closest("input, textarea, select, button, a, summary, video")) {
      field.focus();
    }
  });

  function take(code) {
    field.value = code;
    (form ?? slip).requestSubmit();
  }

  if (form) startCounting();
  startCamera();

  // --- counting --------------------------------------------------------------------------------

  function startCounting() {
    const place = `bench-${form.dataset.scanForm}`;
    const counts = document.querySelector("[data-counts]");
    const problems = document.querySelector("[data-problems]");
    const waiting = document.querySelector("[data-waiting]");
    const live = document.querySelector("[data-live]");
    const sound = document.querySelector("[data-sound]");
    let queue = read(place);
    let isSending = false;

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const code = field.value.trim();
      field.value = "";
      field.focus();
      if (!code) return;
      add(new FormData(form), code);
      // What was said of one piece is not said of the next.
      form.elements.note.value = "";
    });

    counts.addEventListener("submit", (event) => {
      if (!event.target.matches("[data-hand-form]")) return;
      event.preventDefault();
      const data = new FormData(form);
      data.set("line", new FormData(event.target).get("line"));
      add(data, "");
      field.focus();
    });

    function add(data, code) {
      data.set("code", code);
      data.set("key", newKey());
      data.delete("csrfmiddlewaretoken");
      queue.push([...data.entries()].filter(([, value]) => typeof value === "string"));
      keep();
      send();
    }

    function keep() {
      write(place, queue);
      waiting.hidden = queue.length < 2 && !waiting.dataset.failed;
      waiting.querySelector("[data-waiting-count]").textContent = queue.length;
    }

    async function send() {
      if (isSending || !queue.length) return;
      isSending = true;
      try {
        while (queue.length) await sendOne(queue[0]);
      } catch {
        waiting.dataset.failed = "yes";
        setTimeout(send, 2000);
      } finally {
        isSending = false;
        keep();
      }
    }

    // Throws for whatever is no answer to this scan; then it stays in the queue, with its key.
    async function sendOne(entries) {
      const body = new URLSearchParams(entries);
      body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      const answer = await fetch(form.action, {
        method: "POST",
        body,
        headers: { "HX-Request": "true" },
        signal: AbortSignal.timeout(20000),
      });
      // Signed out meanwhile, or worse: the page says so when it is loaded, and sends the rest then.
      const isOver = answer.status >= 400 && ![408, 422, 429].includes(answer.status);
      if (answer.redirected || (isOver && answer.status < 500)) location.reload();
      if (answer.redirected || ![200, 422].includes(answer.status)) throw new Error(answer.status);
      const html = await answer.text();
      queue.shift();
      delete waiting.dataset.failed;
      keep();
      const elsewhere = answer.headers.get("HX-Redirect");
      if (elsewhere) return location.assign(elsewhere);
      counts.innerHTML = html;
      if (document.activeElement === document.body) field.focus();
      tell(counts.querySelector("[data-outcome]"), entries);
    }

    function tell(outcome, entries) {
      const signal = outcome.dataset.outcome;
      live.textContent = outcome.textContent.replace(/\s+/g, " ");
      if (signal === "error") addProblem(outcome, entries);
      if (sound.checked) signalTo(signal);
    }

    // An answer that the next scan wipes away would be lost; what was not counted stays until seen.
    function addProblem(outcome, entries) {
      const problem = document.createElement("p");
      problem.className = "bench-problem";
      const code = Object.fromEntries(entries).code.slice(0, 40);
      const words = document.createElement("span");
      const why = outcome.querySelector("[data-error]").textContent;
      words.textContent = why.includes(code) ? why : `${code} · ${why}`;
      const seen = document.createElement("button");
      seen.type = "button";
      seen.className = "button button--small";
      seen.textContent = problems.dataset.dismiss;
      seen.addEventListener("click", () => {
        problem.remove();
        field.focus();
      });
      problem.append(words, seen);
      problems.append(problem);
    }

    sound.checked = read("bench-sound") === true;
    sound.addEventListener("change", () => {
      write("bench-sound", sound.checked);
      field.focus();
    });

    keep();
    send();
  }

  // --- what is kept on this device --------------------------------------------------------------

  function read(name) {
    try {
      return JSON.parse(localStorage.getItem(name)) ?? [];
    } catch {
      return [];
    }
  }

  function write(name, value) {
    try {
      if (Array.isArray(value) && !value.length) localStorage.removeItem(name);
      else localStorage.setItem(name, JSON.stringify(value));
    } catch {
      // Not kept; it still goes out from this page.
    }
  }

  // A UUID also where crypto.randomUUID is not: on plain http within a warehouse.
  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  }

  // --- sound and vibration ------------------------------------------------------------------------

  let audio;
  function signalTo(signal) {
    const good = signal === "ok" || signal === "done";
    navigator.vibrate?.(good ? 60 : [120, 80, 120]);
    try {
      audio ??= new AudioContext();
      const tone = audio.createOscillator();
      tone.frequency.value = good ? 1200 : 260;
      tone.connect(audio.destination);
      tone.start();
      tone.stop(audio.currentTime + (good ? 0.08 : 0.35));
    } catch {
      // No sound here; the words say the same.
    }
  }

  // --- the camera ---------------------------------------------------------------------------------

  function startCamera() {
    const button = document.querySelector("[data-camera]");
    if (!button || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
    const view = document.querySelector("[data-camera-view]");
    const video = view.querySelector("video");
    const status = view.querySelector("[data-camera-status]");
    const seen = new Map();
    let stream = null;
    button.hidden = false;
    button.addEventListener("click", () => (stream ? stop() : start()));

    async function start() {
      view.hidden = false;
      status.textContent = "";
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      } catch {
        status.textContent = status.dataset.blocked;
        return;
      }
      video.srcObject = stream;
      await video.play();
      show(true);
      look(new BarcodeDetector());
    }

    function stop() {
      stream?.getTracks().forEach((track) => track.stop());
      stream = null;
      view.hidden = true;
      show(false);
    }

    function show(isOn) {
      button.querySelector("[data-camera-on]").hidden = !isOn;
      button.querySelector("[data-camera-off]").hidden = isOn;
    }

    // A code counts again only after it was out of sight for a while.
    async function look(detector) {
      while (stream) {
        const codes = await detector.detect(video).catch(() => []);
        const now = Date.now();
        for (const { rawValue } of codes) {
          if (now - (seen.get(rawValue) ?? 0) > 1500) take(rawValue);
          seen.set(rawValue, now);
        }
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    }
  }
})();
