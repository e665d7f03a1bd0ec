// Pages of the desk and the portal work without this file. It leads to what a refused form names, says at once where
// a chosen county lies, opens the fields that a choice needs, and keeps a form from being sent twice by a double tap.
(function () {
  "use strict";
  var errors = document.getElementById("errors");
  if (errors) errors.focus();
  document.querySelectorAll("form[data-area-url]").forEach(function (form) {
    form.addEventListener("change", function (event) {
      var select = event.target;
      var answer = select.hasAttribute("data-area") && document.getElementById(select.id + "_place");
      if (!answer) return;
      answer.textContent = "";
      if (!select.value) return;
      var asked = select.value, request = new XMLHttpRequest();
      request.open("GET", form.getAttribute("data-area-url") + "&division=" + encodeURIComponent(asked));
      request.onload = function () {
        if (request.status === 200 && select.value === asked) answer.innerHTML = request.responseText;
      };
      request.send();
    });
  });
  document.querySelectorAll("[data-opens]").forEach(function (choice) {
    choice.addEventListener("change", function () {
      if (choice.checked) document.getElementById(choice.getAttribute("data-opens")).open = true;
    });
  });
  document.querySelectorAll("form[data-once]").forEach(function (form) {
    var sent = 0;
    form.addEventListener("submit", function (event) {
      if (Date.now() - sent < 3000) event.preventDefault();
      else sent = Date.now();
    });
  });
})();
