// Before the first paint: the theme that this reader chose. Without script the system's counts.
(() => {
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // A browser that forbids storage gets the system's theme.
  }
})();
