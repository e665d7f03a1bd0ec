// Pages work without this file. It submits filter forms when a choice changes and, in browsers that cannot
// show closed <details> by style sheet, opens the menu and the filters on wide screens.
(function () {
  "use strict";
  document.documentElement.classList.add("js");
  document.querySelectorAll("form[data-auto-submit]").forEach(function (form) {
    form.classList.add("auto-submit");
    form.addEventListener("change", function (event) {
      if (event.target.tagName === "SELECT") form.requestSubmit ? form.requestSubmit() : form.submit();
    });
  });
  if (window.CSS && CSS.supports && CSS.supports("selector(::details-content)")) return;
  document.querySelectorAll("details[data-open-wide]").forEach(function (fold) {
    var wide = matchMedia("(min-width:" + fold.getAttribute("data-open-wide") + ")");
    var follow = function () { fold.open = wide.matches; };
    follow();
    if (wide.addEventListener) wide.addEventListener("change", follow);
  });
})();
