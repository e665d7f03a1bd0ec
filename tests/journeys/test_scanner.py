"""The scanner of /verify/ in a real browser: photos and a (fake) camera are read on the device; nothing is sent."""

import hashlib
import io
import os
import random
import re
from contextlib import contextmanager

import pytest
import qrcode
from django.core.management import call_command
from PIL import Image, ImageChops, ImageFilter

from enterprises import label_codes
from tests.browser import CHROMIUM, FLAGS
from tests.label_world import code_of, make_labels
from tests.tags import ROOT

# Well-formed, but this register has not issued it.
CODE = label_codes.make(7, 41, secret=b"s" * 32, order_key=b"o" * 32)
CHOOSE = "[data-scanner] input:not([capture])"
START, STOP, MESSAGE = "[data-scan-start]", "[data-scan-stop]", "[data-scan-message]"
VENDOR = ROOT / "static" / "vendor"


def symbol(text, width=420):
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=4, box_size=8)
    code.add_data(text)
    return code.make_image().get_image().convert("L").resize((width, width))


def noise(size):
    """The same on every run."""
    return Image.frombytes("L", size, random.Random(4).randbytes(size[0] * size[1]))


def scene(*symbols, size=(1280, 960), angle=11, places=None):
    """Symbols on something that is not white, as on a pack."""
    picture = noise(size).filter(ImageFilter.GaussianBlur(3))
    for number, one in enumerate(symbols):
        turned = one.rotate(angle, expand=True)
        mask = Image.new("L", one.size, 255).rotate(angle, expand=True)
        place = places[number] if places else ((size[0] - turned.width) // 2, (size[1] - turned.height) // 2)
        picture.paste(turned, place, mask)
    return picture


def jpeg(picture):
    stream = io.BytesIO()
    picture.convert("RGB").save(stream, "JPEG", quality=85)
    return stream.getvalue()


def choose(page, picture):
    page.set_input_files(CHOOSE, {"name": "label.jpg", "mimeType": "image/jpeg", "buffer": jpeg(picture)})


def requested(page):
    """Addresses that the page asks for from now on, each with its method."""
    seen = []
    page.on("request", lambda request: seen.append((request.method, request.url)))
    return seen


def decoder_in(seen):
    return any("jsQR" in address for _, address in seen)


def said(page, text):
    """Wait until the scanner says this."""
    page.wait_for_function(
        "([where, text]) => document.querySelector(where).innerText.includes(text)", arg=[MESSAGE, text]
    )
    return page.inner_text(MESSAGE)


@pytest.fixture
def verify(page, site):
    """The page in English; most sentences are asked for in that language."""
    call_command("create_site", verbosity=0)
    page.goto(f"{site}/en/verify/")
    return page


# --- Photos ---


@pytest.mark.browser
def test_a_photo_of_a_label_leads_to_its_answer_and_never_leaves_the_phone(page, site, db):
    found = make_labels()
    call_command("create_site", verbosity=0)
    code = code_of(found.batch(10, active=(1, 10)), 3)
    seen = requested(page)
    page.goto(f"{site}/verify/")
    assert not decoder_in(seen), "the decoder was loaded before anybody asked for it"
    choose(page, scene(symbol(label_codes.address(site, code))))
    page.wait_for_url(f"{site}/v/{code}/")
    assert page.get_attribute(".verdict", "data-verdict") == "in_force"
    assert decoder_in(seen)
    assert {method for method, _ in seen} == {"GET"}


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("as printed", "{SITE}/V/{code}"), ("small letters", "{site}/v/{small}/"),
        ("with more", "{site}/V/{code}/?x=1#y"), ("bare", "{code}"), ("grouped", "{grouped}"),
        ("without scheme", "{host}/V/{code}"),
    ],
)  # fmt: skip
def test_every_form_of_a_code_leads_to_its_page_in_the_language_of_this_one(verify, site, name, text):
    words = {"site": site, "SITE": site.upper(), "host": site.split("//")[1], "code": CODE}
    words |= {"small": CODE.lower(), "grouped": label_codes.grouped(CODE)}
    choose(verify, scene(symbol(text.format(**words))))
    verify.wait_for_url(re.compile(rf"{re.escape(site)}/v/{CODE}/\?lang=en$", re.IGNORECASE))
    assert verify.get_attribute(".verdict", "data-verdict") == "not_issued"


@pytest.mark.browser
def test_a_small_symbol_in_a_big_photo_and_a_dark_one_are_found(verify, site):
    text = label_codes.address(site, CODE)
    small = scene(symbol(text, 330), size=(4000, 3000), places=[(2700, 1900)])
    dark = scene(symbol(text)).filter(ImageFilter.GaussianBlur(1.5)).point(lambda value: 5 + value * 0.2)
    dark = ImageChops.add(dark, noise(dark.size).point(lambda value: value * 0.19))  # as cameras see in bad light
    tiny = symbol(text, 110)  # a picture cut from a screen
    for picture in (small, dark, tiny):
        choose(verify, picture)
        verify.wait_for_url("**/v/**")
        verify.goto(f"{site}/en/verify/")


@pytest.mark.browser
def test_of_two_codes_on_a_pack_the_label_is_taken(verify, site):
    shop, label = symbol("https://shop.example/tea", 380), symbol(label_codes.address(site, CODE), 300)
    choose(verify, scene(shop, label, places=[(60, 200), (800, 500)], angle=0))
    verify.wait_for_url("**/v/**")
    assert CODE in verify.url


@pytest.mark.browser
def test_a_photo_without_a_code_says_so_and_the_next_one_is_read(verify, site):
    choose(verify, scene())
    assert "No QR code was found" in said(verify, "type the code printed below")
    choose(verify, scene(symbol(label_codes.address(site, CODE))))
    verify.wait_for_url("**/v/**")


@pytest.mark.browser
def test_a_file_that_is_no_photo_says_so(verify):
    verify.set_input_files(CHOOSE, {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    said(verify, "cannot be opened as a photo")


@pytest.mark.browser
def test_another_site_is_named_and_never_opened(verify, site):
    host, code = site.split("//")[1], CODE
    seen = requested(verify)
    for text, named in (
        (f"https://other.example/v/{code}", "other.example"),
        (f"http://{host}@other.example/V/{code}", "other.example"),  # our name as a user's name
        (f"http://{host.split(':')[0]}.other.example/V/{code}", f"{host.split(':')[0]}.other.example"),
        (f"https://gі-registry.example/V/{code}", "xn--g-registry-"),  # a Cyrillic letter
        (f"http://127.0.0.1:1/V/{code}", "127.0.0.1:1"),
        (f"www.other.example/V/{code}", "www.other.example"),
    ):
        choose(verify, scene(symbol(text), angle=0))
        assert "not a label code of this register" in said(verify, f"It leads to: {named}")
        assert verify.locator(f"{MESSAGE} a").count() == 0
        assert verify.inner_text(MESSAGE).count(host) >= 1, "the right host stands beside it, to compare"
    assert verify.url == f"{site}/en/verify/"
    assert all(address.startswith((site, "blob:")) for _, address in seen)


@pytest.mark.browser
def test_codes_of_another_kind_are_not_opened_either(verify, site):
    for text, sentence in (
        ("javascript:alert(1)", "It holds no address"), ("weixin://dl/business", "It holds no address"),
        ("Genuine! Call 400 000 0000", "It holds no address"), (f"{site}/authorisations/AUTH1/", "not to a label"),
        (f"{site}/V/%2e%2e/", "not to a label"), (f"{site}/v/", "not to a label"),
    ):  # fmt: skip
        choose(verify, scene(symbol(text), angle=0))
        assert text not in said(verify, sentence)
    assert verify.url == f"{site}/en/verify/"


@pytest.mark.browser
def test_a_decoder_that_does_not_arrive_is_told_and_tried_again(verify, site):
    verify.route("**/jsQR*", lambda route: route.abort())
    choose(verify, scene(symbol(label_codes.address(site, CODE))))
    said(verify, "The reader could not be loaded")
    verify.unroute("**/jsQR*")
    choose(verify, scene(symbol(label_codes.address(site, CODE))))
    verify.wait_for_url("**/v/**")


@pytest.mark.browser
def test_without_a_connection_a_photo_is_still_read(verify, site):
    choose(verify, scene())
    said(verify, "No QR code was found")
    verify.context.set_offline(True)
    choose(verify, scene(symbol(label_codes.address(site, CODE))))
    assert CODE in said(verify, "there is no connection")
    verify.context.set_offline(False)
    verify.click(f"{MESSAGE} a")
    verify.wait_for_url(f"{site}/v/{CODE}/**")


# --- What the browser can do itself, or cannot ---

DETECTOR = """window.BarcodeDetector = class {
  static async getSupportedFormats() { return %s; }
  async detect() { %s }
};"""


@pytest.mark.browser
def test_where_the_browser_reads_codes_itself_nothing_is_loaded(page, site):
    call_command("create_site", verbosity=0)
    page.add_init_script(DETECTOR % ("['qr_code']", f"return [{{rawValue: '{site.upper()}/V/{CODE}'}}];"))
    seen = requested(page)
    page.goto(f"{site}/verify/")
    choose(page, scene())
    page.wait_for_url("**/v/**")
    assert not decoder_in(seen)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("formats", "detect"),
    [
        ("['qr_code']", "throw new Error('Barcode detection service unavailable.');"),
        ("(() => { throw new Error('no'); })()", ""),
        ("[]", "return [];"),
    ],
    ids=["phone without the service", "browser inside an app", "no format"],
)
def test_a_detector_that_only_has_the_name_is_replaced(page, site, formats, detect):
    call_command("create_site", verbosity=0)
    page.add_init_script(DETECTOR % (formats, detect))
    page.goto(f"{site}/verify/")
    choose(page, scene(symbol(label_codes.address(site, CODE))))
    page.wait_for_url(f"{site}/v/{CODE}/")


@pytest.mark.browser
def test_without_scripts_the_section_is_not_shown_and_typing_is(browser, site):
    call_command("create_site", verbosity=0)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/verify/")
    assert not page.locator("[data-scanner]").is_visible()
    assert page.locator("main input[name=q]").is_visible()
    context.close()


# --- The camera ---


@contextmanager
def camera(browser, tmp_path, picture, *, allowed=True, width=390):
    """A phone whose camera sees a picture, in a Chromium of its own: the film is chosen when it starts."""
    film = tmp_path / "camera.mjpeg"
    film.write_bytes(jpeg(picture) * 2)
    flags = [*FLAGS, "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    flags += ["--no-sandbox"] if os.geteuid() == 0 else []
    chromium = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    context = chromium.new_context(viewport={"width": width, "height": 844}, locale="en-GB", has_touch=True)
    if allowed:
        context.grant_permissions(["camera"])
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(error))
    try:
        yield page
    finally:
        chromium.close()
    assert not faults


@pytest.fixture
def blank(browser, site, tmp_path):
    """A phone whose camera sees no code."""
    call_command("create_site", verbosity=0)
    with camera(browser, tmp_path, scene(size=(640, 480))) as page:
        yield page


def open_camera(page, site):
    page.goto(f"{site}/en/verify/")
    page.click(START)
    said(page, "Hold the symbol inside the frame")
    page.evaluate("window.track = document.querySelector('video').srcObject.getVideoTracks()[0]")


def is_off(page):
    return page.evaluate("window.track.readyState") == "ended" and not page.locator("video").is_visible()


@pytest.mark.browser
def test_the_camera_leads_to_the_answer(browser, site, tmp_path):
    call_command("create_site", verbosity=0)
    with camera(browser, tmp_path, scene(symbol(f"{site}/V/{CODE}", 260), size=(640, 480))) as page:
        seen = requested(page)
        page.goto(f"{site}/en/verify/")
        assert not decoder_in(seen)
        page.click(START)
        page.wait_for_url(f"{site}/v/{CODE}/?lang=en")
        assert {method for method, _ in seen} == {"GET"}


@pytest.mark.browser
def test_a_foreign_code_before_the_camera_is_named_and_the_camera_goes_off(browser, site, tmp_path):
    call_command("create_site", verbosity=0)
    with camera(browser, tmp_path, scene(symbol("https://other.example/V/1", 260), size=(640, 480))) as page:
        page.goto(f"{site}/en/verify/")
        page.click(START)
        said(page, "It leads to: other.example")
        assert page.url == f"{site}/en/verify/"
        assert not page.locator("video").is_visible()
        assert page.evaluate("document.activeElement.matches('[data-scan-start]')")


@pytest.mark.browser
def test_the_keyboard_starts_and_stops_the_camera(blank, site):
    blank.goto(f"{site}/en/verify/")
    blank.focus(START)
    for key in ("Enter", "Escape"):
        blank.keyboard.press("Enter")
        said(blank, "Hold the symbol inside the frame")
        assert blank.evaluate("document.activeElement.matches('[data-scan-stop]')")
        blank.evaluate("window.track = document.querySelector('video').srcObject.getVideoTracks()[0]")
        blank.keyboard.press(key)
        assert is_off(blank)
        assert blank.evaluate("document.activeElement.matches('[data-scan-start]')")


@pytest.mark.browser
def test_the_camera_goes_off_by_itself(blank, site):
    blank.clock.install()
    open_camera(blank, site)
    blank.clock.fast_forward(91_000)
    said(blank, "No code was found in 90 seconds")
    assert is_off(blank)
    open_camera(blank, site)
    blank.evaluate("""Object.defineProperty(document, 'hidden', {value: true, configurable: true});
        document.dispatchEvent(new Event('visibilitychange'))""")
    said(blank, "in the background")
    assert is_off(blank)


@pytest.mark.browser
def test_choosing_a_photo_switches_the_camera_off(blank, site):
    open_camera(blank, site)
    choose(blank, scene(size=(640, 480)))
    said(blank, "No QR code was found")
    assert is_off(blank)


@pytest.mark.browser
def test_the_light_is_offered_where_the_phone_has_one(blank, site):
    open_camera(blank, site)
    assert not blank.locator("[data-scan-light]").is_visible()
    blank.add_init_script("""window.asked = [];
        MediaStreamTrack.prototype.getCapabilities = () => ({torch: true});
        MediaStreamTrack.prototype.applyConstraints = async (all) => { window.asked.push(all.advanced[0].torch); };""")
    open_camera(blank, site)
    for pressed in ("true", "false"):
        blank.click("[data-scan-light]")
        blank.wait_for_selector(f"[data-scan-light][aria-pressed={pressed}]")
    assert blank.evaluate("window.asked") == [True, False]


@pytest.mark.browser
def test_a_refused_camera_says_how_to_allow_it(browser, site, tmp_path):
    call_command("create_site", verbosity=0)
    with camera(browser, tmp_path, scene(size=(640, 480)), allowed=False) as page:
        page.goto(f"{site}/en/verify/")
        page.click(START)
        assert "choose the permission for the camera" in said(page, "The camera is not allowed")
        assert page.locator(START).is_visible()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError'); }",
         "This device has no camera"),
        ("navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotReadableError'); }",
         "The camera does not answer"),
        ("Object.defineProperty(window, 'isSecureContext', {value: false})", "begin with https"),
        ("Object.defineProperty(navigator, 'mediaDevices', {value: undefined})", "does not give pages the camera"),
    ],
)  # fmt: skip
def test_without_a_usable_camera_another_way_is_named(page, site, script, sentence):
    call_command("create_site", verbosity=0)
    page.add_init_script(script)
    seen = requested(page)
    page.goto(f"{site}/en/verify/")
    page.click(START)
    assert "type the code" in said(page, sentence)
    assert not decoder_in(seen)


# --- For everybody, and as published ---


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_before_during_and_after(browser, site, tmp_path, width):
    from axe_playwright_python.sync_playwright import Axe

    call_command("create_site", verbosity=0)
    with camera(browser, tmp_path, scene(size=(640, 480)), width=width) as page:
        page.goto(f"{site}/en/verify/")
        steps = (
            lambda: None,
            lambda: open_camera(page, site),
            lambda: (choose(page, scene(symbol("https://other.example/"))), said(page, "other.example")),
        )
        for step in steps:
            step()
            faults = Axe().run(page).response["violations"]
            assert not faults, [(fault["id"], fault["nodes"][0]["html"]) for fault in faults]
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_files_of_others_are_as_published():
    versions = (VENDOR / "VERSIONS.md").read_text()
    told = dict(re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", versions, re.MULTILINE))
    there = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in VENDOR.iterdir()}
    assert told == {name: digest for name, digest in there.items() if name != "VERSIONS.md"}
