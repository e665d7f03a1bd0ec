// Scanner of /verify/: the camera or a photo, read on this device. The page works without this file: the section
// stays hidden and the code is typed. Every sentence stands in the partial (verify/_scanner.html), none here.
//
// The decoder is fetched only when somebody has asked for it, and not at all where the browser reads QR codes
// itself. What a code holds is never opened: only an address of this register's labels, or a bare code, leads on.
(function () {
  "use strict";
  const box = document.querySelector("[data-scanner]");
  if (!box || !window.Promise || !window.URL) return;

  const part = (name) => box.querySelector("[data-scan-" + name + "]");
  const view = part("view"), video = part("video"), message = part("message"), light = part("light");
  const start = part("start"), stop = part("stop"), photos = box.querySelectorAll("[data-scan-photo]");
  const canvas = document.createElement("canvas");
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  const CAMERA_SECONDS = 90, PHOTO_SECONDS = 12, SECOND_CODE_SECONDS = 1.5;
  const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  let job = 0; // the camera session or photo at work; whatever is older gives up
  let stream = null, clock = 0;

  // --- Sentences ---

  function say(name, words) {
    message.textContent = "";
    if (!name) return;
    const text = box.querySelector('template[data-say="' + name + '"]').content.cloneNode(true);
    text.querySelectorAll("[data-put]").forEach((slot) => { slot.textContent = words[slot.dataset.put]; });
    text.querySelectorAll("a[data-go]").forEach((link) => { link.href = words.address; });
    message.appendChild(text);
  }

  // --- What a code holds ---

  // "label" with the text behind /v/, "own" for another page of this site, "foreign" with its host, or "text".
  function meaning(text) {
    const bare = text.replace(/[\s-]/g, "");
    if (/^[0-9A-TV-Z]{24}$/i.test(bare)) return { kind: "label", code: bare };
    const named = /^[\w-]+(\.[\w-]+)+(:\d+)?([/?#]|$)/.test(text.trim()) ? "http://" + text.trim() : text.trim();
    let url;
    try { url = new URL(named); } catch (error) { return { kind: "text" }; }
    if (url.protocol !== "https:" && url.protocol !== "http:") return { kind: "text" };
    // The host as the browser would ask for it: foreign letters that look like Latin ones show as xn--…
    if (url.host !== box.dataset.host.toLowerCase()) return { kind: "foreign", host: url.host };
    const path = /^\/v\/([^/]*[0-9A-Z][^/]*)/i.exec(url.pathname);
    if (!path) return { kind: "own" };
    try { return { kind: "label", code: decodeURIComponent(path[1]) }; } catch (error) { return { kind: "own" }; }
  }

  // Leads to the answer, or says what the code is. The address is built here; nothing scanned is followed.
  function settle(found) {
    if (found.kind !== "label") return say(found.kind, found);
    const code = encodeURIComponent(found.code.slice(0, 60));
    const address = box.dataset.prefix + code + "/" + (box.dataset.query || "");
    if (navigator.onLine === false) return say("offline", { code: found.code.slice(0, 60), address: address });
    say("found");
    location.assign(address);
  }

  // --- Reading one picture ---

  let own = null; // the browser's own detector, once it was asked and can do it
  let asked = false, loading = null;

  // Ready to read: with the browser's detector, otherwise with the decoder. Rejects when that cannot be loaded.
  async function ready() {
    if (!asked) {
      asked = true;
      try {
        const formats = await window.BarcodeDetector.getSupportedFormats();
        if (formats.indexOf("qr_code") >= 0) own = new window.BarcodeDetector({ formats: ["qr_code"] });
      } catch (error) { own = null; } // none; or, in browsers inside apps, one without the system's part behind it
    }
    if (own || window.jsQR) return;
    loading = loading || new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = box.dataset.decoder;
      script.onload = done;
      script.onerror = () => { script.remove(); loading = null; failed(new Error("decoder")); };
      document.head.appendChild(script);
    });
    await loading;
  }

  // Texts of the QR codes in a piece of a picture, drawn at `scale`. The decoder finds at most one.
  async function texts(source, x, y, width, height, scale) {
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    paper.imageSmoothingQuality = "high"; // of 10 dark photos it makes 8 readable instead of 1; resizing resets it
    paper.drawImage(source, x, y, width, height, 0, 0, canvas.width, canvas.height);
    if (own) {
      try { return (await own.detect(canvas)).map((code) => code.rawValue).filter(Boolean); } catch (error) {
        own = null; // promised, but not there (phones without Google's services)
        await ready();
      }
    }
    const pixels = paper.getImageData(0, 0, canvas.width, canvas.height);
    const code = window.jsQR(pixels.data, pixels.width, pixels.height, { inversionAttempts: "dontInvert" });
    return code && code.data ? [code.data] : [];
  }

  // --- A photo ---

  // Pieces of a photo in the order in which a symbol is likely to be found (static/vendor/VERSIONS.md has the
  // figures): the whole, coarse first, because that is quick and takes away the noise of a dark photo; then squares.
  function pieces(width, height) {
    const long = Math.max(width, height), short = Math.min(width, height), list = [];
    [480, 320, 700, 1000].forEach((size) => {
      if (size === 480 || size < long) list.push([0, 0, width, height, Math.min(3, size / long)]);
    });
    [0.6, 0.3].forEach((share) => {
      const side = short * share, step = side * 0.6, squares = [];
      if (side < 160) return;
      const across = Math.ceil((width - side) / step), down = Math.ceil((height - side) / step);
      for (let j = 0; j <= down; j++) {
        for (let i = 0; i <= across; i++) {
          const x = (width - side) * i / across, y = (height - side) * j / down;
          const off = Math.hypot(x + side / 2 - width / 2, y + side / 2 - height / 2);
          squares.push({ off: off, piece: [x, y, side, side, Math.min(1, 480 / side)] });
        }
      }
      squares.sort((one, other) => one.off - other.off).forEach((square) => list.push(square.piece));
    });
    return list;
  }

  async function pictureOf(file) {
    try { return await createImageBitmap(file); } catch (error) { /* an older browser, or a kind only <img> knows */ }
    const image = new Image(), address = URL.createObjectURL(file);
    try {
      await new Promise((done, failed) => { image.onload = done; image.onerror = failed; image.src = address; });
    } finally { URL.revokeObjectURL(address); }
    return image;
  }

  async function readPhoto(file) {
    halt();
    const mine = ++job;
    say("reading");
    let picture, other = null;
    try { picture = await pictureOf(file); } catch (error) { return mine === job && say("unreadable"); }
    try {
      if (!window.jsQR && !own) say("loading");
      await ready();
      if (mine !== job) return;
      say("reading");
      let end = Date.now() + PHOTO_SECONDS * 1000;
      for (const piece of pieces(picture.width, picture.height)) {
        for (const text of await texts(picture, ...piece)) {
          if (mine !== job) return;
          const found = meaning(text);
          if (found.kind === "label") return settle(found);
          // A pack often bears other QR codes beside the label: look on for a moment.
          if (!other) end = Math.min(end, Date.now() + SECOND_CODE_SECONDS * 1000);
          other = other || found;
        }
        await pause(0);
        if (mine !== job) return;
        if (Date.now() > end) break;
      }
    } catch (error) { return mine === job && say("decoder"); } finally { if (picture.close) picture.close(); }
    if (other) settle(other);
    else say("none");
  }

  // --- The camera ---

  const REASONS = {
    NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "nocamera", OverconstrainedError: "nocamera",
  };

  // Switches the camera off and gives the keyboard back to where it came from.
  function halt() {
    job++;
    clearTimeout(clock);
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    const had = view.contains(document.activeElement);
    view.hidden = true;
    start.hidden = false;
    if (had) start.focus();
  }

  function end(name, words) {
    halt();
    say(name, words);
  }

  async function openCamera() {
    halt();
    const mine = job;
    if (!window.isSecureContext) return say("insecure");
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return say("unsupported");
    say("starting");
    try {
      const size = { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } };
      const got = await navigator.mediaDevices.getUserMedia({ video: size, audio: false });
      if (mine !== job) return got.getTracks().forEach((track) => track.stop());
      stream = got;
      video.srcObject = got;
      await video.play();
    } catch (error) { return mine === job && end(REASONS[error.name] || "busy"); }
    if (mine !== job) return;
    if (document.hidden) return end("away");
    view.hidden = false;
    stop.focus({ preventScroll: true });
    start.hidden = true;
    box.scrollIntoView(); // sentence, picture and button together; at once, so nothing to see for who wants no motion
    clock = setTimeout(() => end("timeout"), CAMERA_SECONDS * 1000);
    const track = stream.getVideoTracks()[0];
    track.addEventListener("ended", () => { if (mine === job) end("busy"); });
    light.hidden = !(track.getCapabilities && track.getCapabilities().torch);
    light.setAttribute("aria-pressed", "false");
    try {
      if (!window.jsQR && !own) say("loading");
      await ready();
      if (mine !== job) return;
      say("looking");
      await watch(mine);
    } catch (error) { if (mine === job) end("decoder"); }
  }

  // Reads picture after picture until a code is found: in turn the middle, the whole, and the whole coarsely. The
  // rest between two is as long as the reading took, so that an old phone stays usable.
  async function watch(mine) {
    for (let turn = 0; mine === job; turn++) {
      const began = Date.now(), width = video.videoWidth, height = video.videoHeight;
      if (width && video.readyState >= 2) {
        const side = Math.min(width, height) * 0.75, long = Math.max(width, height);
        const piece = turn % 3 ? [0, 0, width, height, (turn % 3 === 1 ? 480 : 320) / long]
          : [(width - side) / 2, (height - side) / 2, side, side, Math.min(1, 480 / side)];
        const found = (await texts(video, ...piece)).map(meaning);
        if (mine !== job) return;
        if (found.length) {
          halt();
          return settle(found.find((one) => one.kind === "label") || found[0]);
        }
      }
      await pause(Math.max(100, Date.now() - began));
    }
  }

  function switchLight() {
    const on = light.getAttribute("aria-pressed") !== "true";
    stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] })
      .then(() => light.setAttribute("aria-pressed", String(on)), () => { light.hidden = true; });
  }

  start.addEventListener("click", openCamera);
  stop.addEventListener("click", () => end(""));
  light.addEventListener("click", switchLight);
  box.addEventListener("keydown", (event) => { if (event.key === "Escape" && stream) end(""); });
  photos.forEach((input) => input.addEventListener("change", () => {
    if (input.files[0]) readPhoto(input.files[0]);
    input.value = ""; // the same photo may be chosen again
  }));
  document.addEventListener("visibilitychange", () => { if (document.hidden && stream) end("away"); });
  window.addEventListener("pagehide", () => { if (stream) halt(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) say(""); });
  box.hidden = false;
})();
