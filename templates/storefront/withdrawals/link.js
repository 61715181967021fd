// Writes a link to the withdrawal function where the script stands:
// <script src="…/link.js" data-language="de" data-class="my-link" data-number="#1001" async></script>
(function () {
  "use strict";
  var config = {% autoescape off %}{{ config }}{% endautoescape %};
  var script = document.currentScript;
  if (!script || !config.url) {
    return;
  }
  var wanted = script.dataset.language || document.documentElement.lang || config.language;
  var language = wanted.slice(0, 2).toLowerCase();
  if (!config.labels[language]) {
    language = config.language;
  }
  var link = document.createElement("a");
  link.href = config.url + "?lang=" + language;
  if (script.dataset.number) {
    link.href += "&number=" + encodeURIComponent(script.dataset.number);
  }
  link.textContent = config.labels[language];
  link.lang = language;
  link.className = script.dataset.class || "retour-withdrawal";
  if (script.closest("body")) {
    script.insertAdjacentElement("beforebegin", link);
  } else {
    document.addEventListener("DOMContentLoaded", function () {
      document.body.appendChild(link);
    });
  }
})();
