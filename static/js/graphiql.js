// The page "Try the API": GraphiQL, asking as whoever is signed in.
(() => {
  // Its dialogs write a stylesheet to keep the page behind them still; the policy wants it marked.
  const { nonce } = document.currentScript;
  const create = document.createElement.bind(document);
  document.createElement = (name, options) => {
    const made = create(name, options);
    if (name === "style") made.nonce = nonce;
    return made;
  };

  const place = document.getElementById("graphiql");
  const { endpoint, query } = place.dataset;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;

  async function fetcher(asked) {
    const response = await fetch(endpoint, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(asked),
    });
    const type = response.headers.get("Content-Type") ?? "";
    if (type.startsWith("application/json")) return response.json();
    // Signed out meanwhile, or the page is too old for its token.
    return { errors: [{ message: `${response.status} ${place.dataset.lost}` }] };
  }

  const { React, ReactDOM, GraphiQL } = window;
  const chosen = document.documentElement.dataset.theme;
  ReactDOM.createRoot(place).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultQuery: query,
      defaultTheme: chosen ?? null,
      isHeadersEditorEnabled: false,
      shouldPersistHeaders: false,
      defaultEditorToolsVisibility: "variables",
    }),
  );
})();
