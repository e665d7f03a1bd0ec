// Around allauth's own script for passkeys: its buttons appear only where the browser can do it (without this
// script, too, nobody sees a button that does nothing), and a failure is told on the page, not in the console.
"use strict";

if (window.PublicKeyCredential && window.isSecureContext) {
  document.querySelectorAll("[data-needs-passkey]").forEach((part) => { part.hidden = false; });
  document.querySelectorAll("[data-without-passkey]").forEach((part) => { part.hidden = true; });
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelectorAll("[data-passkey-trouble]").forEach((part) => { part.hidden = false; });
});
