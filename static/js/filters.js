// Pages work without this file. It submits filter forms when a choice changes, changes the size of the text without
// loading the page anew (what is typed stays), closes the menu that somebody has left, says that a sent form is on its
// way and, in browsers that cannot show closed <details> by style sheet, opens the menu and the filters on wide screens.
(function () {
  "use strict";
  document.documentElement.classList.add("js");
  document.querySelectorAll("form[data-auto-submit]").forEach(function (form) {
    form.classList.add("auto-submit");
    form.addEventListener("change", function (event) {
      if (event.target.tagName === "SELECT") form.requestSubmit ? form.requestSubmit() : form.submit();
    });
  });
  document.querySelectorAll("a[data-text-size]").forEach(function (link) {
    if (!window.fetch) return;
    link.addEventListener("click", function (event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      // Sent even if the page is left at once. Where it does not arrive, the size holds for this page.
      fetch(link.href, {redirect: "manual", credentials: "same-origin", keepalive: true}).catch(function () {});
      var big = document.documentElement.classList.toggle("big");
      link.href = link.href.replace(/size=\w+/, big ? "size=normal" : "size=big");
    });
  });
  // A menu that lies over the page is closed when somebody goes on behind it, or presses Escape.
  document.querySelectorAll("details.menu").forEach(function (menu) {
    var button = menu.querySelector("summary");
    var liesOver = function () { return menu.open && getComputedStyle(button).display !== "none"; };
    menu.addEventListener("focusout", function (event) {
      if (event.relatedTarget && !menu.contains(event.relatedTarget) && liesOver()) menu.open = false;
    });
    menu.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && liesOver()) { menu.open = false; button.focus(); }
    });
  });
  document.addEventListener("submit", function (event) {
    if (event.defaultPrevented || event.target.method !== "post") return;
    var button = event.submitter;
    if (button) button.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("button[aria-busy]").forEach(function (button) { button.removeAttribute("aria-busy"); });
  });
  if (window.CSS && CSS.supports && CSS.supports("selector(::details-content)")) return;
  document.querySelectorAll("details[data-open-wide]").forEach(function (fold) {
    var wide = matchMedia("(min-width:" + fold.getAttribute("data-open-wide") + ")");
    var follow = function () { fold.open = wide.matches; };
    follow();
    if (wide.addEventListener) wide.addEventListener("change", follow);
  });
})();
