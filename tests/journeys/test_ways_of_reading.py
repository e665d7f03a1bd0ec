"""People read in many ways: by keyboard, enlarged, without scripts, without motion, in forced colours, on paper.

The pages are those of `reading_world.py`, one of every kind in both languages.
"""

import gzip
import re
import subprocess

import pytest
from django.contrib.staticfiles import finders
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.utils import translation

from cms.management.commands import work
from cms.models import Follow
from products.objection_models import Objection
from tests.journeys.reading_world import SOURCE, everything

MOST_BYTES = 100 * 1024  # of page, style and script together, compressed; pictures apart


@pytest.fixture(scope="module")
def register(django_db_setup, django_db_blocker):
    """The register, built once: each test works within a transaction of its own inside of this one."""
    with django_db_blocker.unblock(), transaction.atomic():
        with translation.override("en"):
            found = everything()
        yield found
        transaction.set_rollback(True)


@pytest.fixture
def reading(register, db):
    return register


@pytest.fixture
def visitor(browser):
    """Opens the browser of a new visitor who has wishes of their own, and closes it after the test."""
    contexts = []

    def new(width=390, **wishes):
        contexts.append(browser.new_context(viewport={"width": width, "height": 844}, locale="zh-CN", **wishes))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        return page

    yield new
    for context in contexts:
        context.close()


def text(page):
    return re.sub(r"\s+", " ", page.inner_text("main"))


# --- By keyboard

# Where the focus is: which element, whether one sees that it has the focus, whether something hides it, and whether
# it goes on with the page: later in the document, and within one part of the page never up again.
FOCUS = """
() => {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  if (window.focusedBefore?.one === one) return {same: true, faults: []};  // day, month and year of a date
  const shape = one.closest("svg") ? [...one.querySelectorAll(".tile, .area")] : [];
  const looks = () => JSON.stringify([one, one.closest("label, .search-row"), ...shape].filter(Boolean).map(each => {
    const style = getComputedStyle(each);
    const outline = style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1 ? "" : style.outlineColor;
    return [outline, style.boxShadow, style.stroke, style.strokeWidth];
  }));
  const focused = looks();
  one.blur();
  const plain = looks();
  one.focus({preventScroll: true, focusVisible: true});
  const box = one.getBoundingClientRect(), faults = [];
  if (focused === plain) faults.push("its focus cannot be seen");
  if (box.width < 1 || box.height < 1 || box.bottom <= 0 || box.top >= innerHeight
      || box.right <= 0 || box.left >= innerWidth)
    faults.push("it lies outside of the window");
  else {
    const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2;
    const line = one.getClientRects()[0];
    const y = (Math.max(line.top, 0) + Math.min(line.bottom, innerHeight)) / 2;
    const hit = document.elementFromPoint(line.width < box.width ? (line.left + line.right) / 2 : x, y);
    if (hit && !one.contains(hit) && !hit.contains(one)) faults.push(`it is hidden by ${hit.tagName}.${hit.className}`);
  }
  const before = window.focusedBefore, top = box.top + scrollY;
  const part = one.closest("nav, section, aside, form, table, header, footer, main");
  if (before && !(before.one.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING))
    faults.push("it comes earlier in the page than the one before");
  if (before && before.part === part && top + box.height <= before.top && box.left + scrollX < before.right)
    faults.push("it stands above the one before");
  window.focusedBefore = {one, part, top, right: box.right + scrollX};
  one.dataset.reached = "";
  const words = (one.innerText || one.name || one.id || "").trim().slice(0, 30);
  return {words: `${one.tagName.toLowerCase()} "${words}"`, href: one.getAttribute("href"), faults};
}
"""
# What the keyboard did not come to, of all that can be used. Of radio buttons one stands for its group.
MISSED = """
() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter(one =>
  !("reached" in one.dataset) && one.type !== "hidden" && !one.disabled && one.tabIndex >= 0
  && one.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true})
  && !(one.type === "radio" && document.querySelector(`input[name="${one.name}"][data-reached]`)))
  .map(one => `${one.tagName.toLowerCase()} "${(one.innerText || one.name || "").trim().slice(0, 30)}"`)
"""


def tab_through(page):
    """Tab from the first to the last element; returns what is wrong with the way, and the way."""
    faults, way = [], []
    for _press in range(500):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is None or (way and focus.get("href") == "#main"):  # past the end, or again at the beginning
            break
        if "same" in focus:
            continue
        way.append(focus)
        faults += [f"{focus['words']}: {fault}" for fault in focus["faults"]]
    else:
        faults.append("there is no way out")
    return faults + [f"{one}: cannot be reached" for one in page.evaluate(MISSED)], way


def reach(page, selector):
    """Tab until an element has the focus."""
    assert page.locator(selector).count(), f"{selector} is not on {page.url}"
    for _press in range(200):
        if page.evaluate("selector => !!document.activeElement?.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached on {page.url}")


def press(page, selector):
    """Go to a link or button by keyboard and use it; the page changes."""
    reach(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.browser
@pytest.mark.parametrize(("language", "width"), [("/en", 1280), ("", 390)])
def test_the_keyboard_reaches_everything_in_order_and_one_always_sees_where(page, site, reading, language, width):
    faults = []
    page.set_viewport_size({"width": width, "height": 844})
    both = ["/", reading.story, "/search/?q=anhua", "/verify/", "/faq/", reading.every_piece]
    wide = ["/products/?q=anhua", "/coverage/hunan-51/", "/guides/how-to-apply/", "/news/", "/recognition/CN-EU-B1/"]
    phone = [reading.objection, "/log/", "/report/", "/follow/?kind=product&key=365", "/announcements/", "/regions/"]
    for address in both + (wide if width == 1280 else phone):
        page.goto(site + language + address)
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
        wrong, way = tab_through(page)
        faults += [f"{address} {fault}" for fault in wrong]
        assert way[0]["href"] == "#main", "the first thing is the way to the content"
    assert not faults, "\n".join(faults)


@pytest.mark.browser
def test_from_the_first_page_to_the_letter_by_keyboard(page, site, reading):
    page.goto(f"{site}/en/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    reach(page, "main input[name='q']")
    assert page.evaluate("document.querySelector('.top').contains(document.activeElement)") is False
    page.keyboard.type("anhua heicha")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    press(page, "main a[href='/en/products/365/']")
    assert "安化黑茶" in page.inner_text("h1")
    reach(page, ".contents a[href='#rights']")
    page.keyboard.press("Enter")
    page.wait_for_url("**#rights")
    page.keyboard.press("Tab")
    after = "document.querySelector('#rights').compareDocumentPosition(document.activeElement)"
    assert page.evaluate(f"!!({after} & (Node.DOCUMENT_POSITION_FOLLOWING | Node.DOCUMENT_POSITION_CONTAINED_BY))")
    reach(page, "#follow-email")
    page.keyboard.type("reader@example.org")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "/en/follow/sent/" in page.url
    assert "reader@example.org" not in page.url


@pytest.mark.browser
def test_the_menu_of_a_phone_opens_by_keyboard_and_gives_way(page, site, reading):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}/en/")
    reach(page, ".menu > summary")
    assert page.locator(".nav").is_hidden()
    page.keyboard.press("Enter")
    assert page.locator(".nav").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.nav') !== null"), "the next stop is the menu"
    page.keyboard.press("Escape")
    assert page.locator(".nav").is_hidden()
    assert page.evaluate("document.activeElement.matches('.menu > summary')"), "the focus is not lost"
    page.keyboard.press("Enter")
    reach(page, "main input[name='q']")
    assert page.locator(".nav").is_hidden(), "the menu does not lie over what is used"
    page.goto(f"{site}/en/")
    reach(page, ".menu > summary")
    page.keyboard.press("Space")
    press(page, ".nav a[href='/en/products/']")
    assert page.url == f"{site}/en/products/"


def remembered(page, size):
    """Wait until the browser keeps the size of text that was chosen."""
    for _moment in range(100):
        if {one["name"]: one["value"] for one in page.context.cookies()}.get("text") == size:
            return
        page.wait_for_timeout(50)
    raise AssertionError(page.context.cookies())


@pytest.mark.browser
def test_language_and_size_of_text_are_changed_by_keyboard(page, site, reading):
    page.goto(site + reading.story)
    normal = page.evaluate("getComputedStyle(document.querySelector('main p')).fontSize")
    reach(page, "[data-text-size]")
    page.keyboard.press("Enter")
    remembered(page, "big")
    assert page.evaluate("getComputedStyle(document.querySelector('main p')).fontSize") != normal
    assert page.evaluate("document.activeElement.matches('[data-text-size]')"), "the focus stays where it was"
    press(page, "header a[hreflang='en']")
    assert page.url == f"{site}/en{reading.story}"
    assert "big" in (page.get_attribute("html", "class") or ""), "the size goes along"
    reach(page, "[data-text-size]")
    page.keyboard.press("Enter")
    remembered(page, None)
    page.reload()
    assert "big" not in (page.get_attribute("html", "class") or "")


@pytest.mark.browser
def test_a_label_is_checked_and_a_list_narrowed_by_keyboard(page, site, reading):
    page.goto(f"{site}/en/verify/")
    reach(page, "main input[name='q']")
    page.keyboard.type(reading.labels["in_force"].split("/")[2].lower())
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_attribute(".verdict", "data-verdict") == "in_force"
    page.goto(f"{site}/en/products/")
    press(page, ".facet a[href*='category=vegetables']")
    assert "桃江竹笋" in text(page)
    assert "安化黑茶" not in page.inner_text("main ol.results, main table")
    press(page, ".facet a[aria-current]")
    assert "安化黑茶" in page.inner_text("main ol.results, main table"), "the same key takes the choice back"


# --- Enlarged

# Words that are cut off, lie over others or stick out of the window; and a page, or a strip of links in it, that moves
# sideways. A table of numbers may: its columns belong side by side.
CUT = """
() => {
  const width = document.documentElement.clientWidth, faults = new Set(), tables = new Set();
  const kind = one => `${one.tagName.toLowerCase()}.${[...one.classList].join(".")}`;
  const name = one => `${kind(one.parentElement)} > ${kind(one)}`;
  const say = (what, one) => faults.add(`${what}: ${name(one)} "${(one.innerText || "").trim().slice(0, 30)}"`);
  const seen = one => one.checkVisibility({visibilityProperty: true})
    && !one.closest(".visually-hidden, .skip, .trap, input, select, svg")
    && !(innerWidth < 768 && one.closest(".cards-on-phone thead"));
  const moves = one => !!one && (/auto|scroll/.test(getComputedStyle(one).overflowX) || moves(one.parentElement));
  if (document.documentElement.scrollWidth > width) faults.add("the page moves sideways");
  for (const one of document.body.querySelectorAll("*:not(svg *)")) {
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    if (style.display === "inline" || !box.width || !seen(one)) continue;
    const wide = one.scrollWidth > one.clientWidth + 1, high = one.scrollHeight > one.clientHeight + 1;
    if (/hidden|clip/.test(style.overflowX) && wide) say("cut at the side", one);
    if (/hidden|clip/.test(style.overflowY) && high) say("cut below", one);
    if (/auto|scroll/.test(style.overflowX) && wide && !one.matches("table, :has(table)")) say("moves sideways", one);
    if ((box.right > width + 1 || box.left < -1) && !moves(one)) {
      const table = one.closest("table");
      if (!tables.has(table)) say("outside of the window", one);
      if (table) tables.add(table);
    }
  }
  const lines = [], words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = words.nextNode();) {
    if (!node.data.trim() || !seen(node.parentElement) || node.parentElement.closest(".menu")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 1) lines.push({box, node});
  }
  lines.sort((a, b) => a.box.top - b.box.top);
  lines.forEach(({box, node}, index) => {
    for (const other of lines.slice(index + 1)) {
      if (other.box.top >= box.bottom) break;
      const high = Math.min(box.bottom, other.box.bottom) - other.box.top;
      const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
      if (node !== other.node && wide > 2 && high > .45 * Math.min(box.height, other.box.height))
        say(`"${node.data.trim().slice(0, 20)}" lies over`, other.node.parentElement);
    }
  });
  return [...faults];
}
"""
# 1280 pixels at 200 % and at 400 %, and a phone and the narrowest window with the larger text of the switch.
SIZES = [(640, False), (320, False), (390, True), (320, True), (768, True)]


@pytest.mark.browser
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_enlarged_page_neither_moves_sideways_nor_loses_words(page, site, reading, language):
    prefix = "/en" if language == "en" else ""
    addresses = [prefix + address for address in reading.addresses]
    addresses += [f"{address}?lang={language}" for address in reading.labels.values()]
    faults = []
    for address in addresses:
        page.goto(site + address)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        for width, big in SIZES:
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate("big => document.documentElement.classList.toggle('big', big)", big)
            faults += [f"{address} at {width}{', larger text' * big}: {fault}" for fault in page.evaluate(CUT)]
    assert not faults, "\n".join(faults)


# --- Without scripts


@pytest.mark.browser
def test_looking_up_needs_no_script(visitor, site, reading):
    page = visitor(java_script_enabled=False)
    page.goto(f"{site}/en/")
    page.click(".menu > summary")
    page.click(".nav a[href='/en/products/']")
    page.click(".filters-fold > summary")
    page.click(".facet a[href*='category=tea']")
    assert page.locator("main a[href='/en/products/365/']").count()
    assert not page.locator("main a[href='/en/products/366/']").count()
    page.goto(f"{site}/en/coverage/hunan-51/")
    page.click(".rule-form > summary")
    page.select_option(".rule-form [name='track']", index=1)
    with page.expect_navigation():
        page.click(".rule-form button.btn")
    assert page.locator(".rule-form [name='track'] option").nth(1).get_attribute("selected") is not None
    page.goto(f"{site}/en/")
    page.fill("main input[name='q']", "安化 黑茶")
    page.press("main input[name='q']", "Enter")
    page.click("main a[href='/en/products/365/']")
    assert page.locator(".story .text h3").first.is_hidden()
    page.click(".story-text > summary")
    assert page.locator(".story .text h3").first.is_visible()
    page.click(".contents summary")
    page.click(".contents a[href='#history']")
    assert page.url.endswith("#history")
    page.click("header a[hreflang='zh-Hans']")
    assert page.url.startswith(f"{site}/products/365/")
    assert page.get_attribute("html", "lang") == "zh-Hans"
    page.click("[data-text-size]")
    assert page.url.startswith(f"{site}/products/365/")
    assert page.get_attribute("html", "class") == "big"
    page.goto(f"{site}/faq/")
    assert page.get_attribute("html", "class") == "big", "the size is remembered"
    page.click(".question > summary >> nth=2")
    assert page.locator(".answer-text >> nth=2").is_visible()
    page.click("[data-text-size]")
    assert page.get_attribute("html", "class") is None
    page.goto(site + reading.every_piece)
    page.click(".question > summary")
    assert "不要。" in text(page)


@pytest.mark.browser
def test_taking_part_needs_no_script(visitor, site, reading, monkeypatch):
    monkeypatch.setattr(work, "night_of", lambda now: None)  # no links are checked, whatever hour it is
    page = visitor(java_script_enabled=False)
    page.goto(f"{site}/en/products/365/")
    page.fill("#follow-email", "reader@example.org")
    page.click(".follow button")
    assert "/follow/sent/" in page.url
    call_command("work", "--once")
    page.goto(site + re.search(r"https?://[^/\s]+(/\S*/follow/confirm/\S+)", mail.outbox[-1].body)[1])
    page.click("main form button")
    assert Follow.objects.get().confirmed_at is not None

    page.goto(f"{site}/en{reading.objection}")
    page.fill("main [name='text']", "Two towns grow none.")
    page.click("main form button.btn >> nth=-1")
    assert page.locator(".notice-stop").count(), "what is missing is named"
    assert page.input_value("main [name='text']") == "Two towns grow none.", "what was typed stays"
    for name, value in {"objector": "某某合作社", "address": "某某路88号", "contact": "reader@example.org"}.items():
        page.fill(f"main [name='{name}']", value)
    for name, value in {"ground": "area", "objector_kind": "unit", "in_china": "yes"}.items():
        page.check(f"main [name='{name}'][value='{value}']")
    page.click("main form button.btn >> nth=-1")
    assert "/objections/status/" in page.url
    assert Objection.objects.get().reference in text(page)

    page.goto(f"{site}/en/verify/")
    assert page.locator("[data-scanner]").is_hidden(), "no button that does nothing"
    page.fill("main input[name='q']", reading.labels["recalled"].split("/")[2])
    page.press("main input[name='q']", "Enter")
    assert page.get_attribute(".verdict", "data-verdict") == "stopped"


# --- Without motion, and in colours that the reader's system chooses

MOVES = """
() => [...document.querySelectorAll("*")].flatMap(one => [null, "::before", "::after"].map(part => {
  const style = getComputedStyle(one, part);
  const lasts = style.transitionDuration.split(", ").some(time => parseFloat(time) > 0);
  const {transitionProperty, transitionDuration, animationName} = style;
  return lasts || animationName !== "none"
    ? `${one.tagName}.${one.className}${part || ""}: ${transitionProperty} ${transitionDuration} ${animationName}` : "";
})).filter(Boolean)
"""


@pytest.mark.browser
def test_nothing_moves_for_who_asked_for_no_motion_and_little_for_others(visitor, site, reading):
    still, usual = (visitor(1280, reduced_motion=wish) for wish in ("reduce", "no-preference"))
    addresses = ["/en/", reading.story, "/products/", reading.every_piece, "/coverage/", "/faq/", reading.objection]
    faults = []
    for address in [*addresses, *reading.labels.values()]:
        still.goto(site + address)
        still.keyboard.press("Tab")
        still.locator("main a:visible").first.hover()
        faults += [f"{address}: {one}" for one in still.evaluate(MOVES)]
        if still.evaluate("document.getAnimations().length"):
            faults.append(f"{address}: something is moving")
        usual.goto(site + address)
        usual.locator("main a:visible").first.hover()
        for one in usual.evaluate(MOVES):
            lasts = [float(seconds) for seconds in re.findall(r"(\d[\d.]*)s", one)]
            only_colours = re.search(r": (color|background-color|border-color|, )+ .* none$", one)
            if max(lasts) > 0.2 or not only_colours:
                faults.append(f"{address}: {one}")
    assert not faults, "\n".join(faults[:50])


# What is a surface by its background alone is no surface any more where the system chooses the colours.
SHAPELESS = """
() => {
  const line = style => ["Left", "Bottom"].some(side => style[`border${side}Style`] !== "none"
    && parseFloat(style[`border${side}Width`]) >= 1);
  const words = one => (one.innerText || one.name || "").trim().slice(0, 20);
  const name = one => `${one.tagName.toLowerCase()}.${one.className} "${words(one)}"`;
  const boxes = "input:not([type=hidden], [type=checkbox], [type=radio], [type=file]), select, textarea";
  const faults = [];
  for (const one of document.querySelectorAll(`.btn, .pill, .chip, .notice, .switch a, ${boxes}`))
    if (one.checkVisibility() && !line(getComputedStyle(one))) faults.push(`${name(one)}: no edge`);
  for (const one of document.querySelectorAll("[aria-current]:not([aria-current=false])")) {
    const style = getComputedStyle(one);
    if (one.checkVisibility() && !style.textDecorationLine.includes("underline") && style.outlineStyle === "none")
      faults.push(`${name(one)}: where one is cannot be told`);
  }
  return faults;
}
"""


@pytest.mark.browser
def test_forced_colours_leave_every_control_its_shape(visitor, site, reading):
    page = visitor(1280, forced_colors="active")
    faults = []
    for address in (
        "/en/", "/products/?category=tea", reading.story, "/search/?q=anhua", "/coverage/hunan-51/", "/verify/",
        reading.every_piece, reading.objection, "/account/login/", *reading.labels.values(),
    ):  # fmt: skip
        page.goto(site + address)
        faults += [f"{address}: {fault}" for fault in page.evaluate(SHAPELESS)]
        wrong = [] if address.startswith("/v/") else tab_through(page)[0][:5]
        faults += [f"{address}: {fault}" for fault in wrong if "seen" in fault]
    assert not faults, "\n".join(faults)


# --- On paper


FORMAL = "国家知识产权局公告第四七五号"
CONTROLS = "header nav, .tools, .top-search, .subnav, .foot nav, .skip, .follow, .feed-links, main :is(.btn, .search)"


def printed(page, path):
    page.pdf(path=path, format="A4")
    return re.sub(r"\s+", " ", subprocess.run(
        ["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True
    ).stdout)  # fmt: skip


@pytest.mark.browser
def test_paper_holds_the_text_its_sources_and_its_address_but_no_controls(page, site, reading, tmp_path):
    held = {
        reading.story: ["安化黑茶", "登记簿编号", FORMAL, "名称与来源", SOURCE, f"{site}/products/365/"],
        "/en/guides/how-to-apply/": ["How to apply", "/en/guides/how-to-apply/"],
        f"/en/announcements/{reading.announcement}/": [FORMAL, f"/en/announcements/{reading.announcement}/"],
        "/en/faq/": ["Questions and answers", "/en/faq/"],
    }  # fmt: skip
    page.emulate_media(media="print")
    for address, words in held.items():
        page.goto(site + address)
        for one in page.locator(CONTROLS).all():
            assert one.is_hidden(), (address, one.evaluate("one => one.outerHTML.slice(0, 120)"))
        assert page.locator(".brand").is_visible(), "paper says whose page it was"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        paper = printed(page, str(tmp_path / "page.pdf"))
        for word in words:
            assert word in paper, (address, word, paper[:3000])
    page.goto(f"{site}/en/faq/")
    answers = [re.sub(r"\s", "", one) for one in page.locator(".answer-text > p:first-child").all_text_contents()]
    paper = re.sub(r"\s", "", printed(page, str(tmp_path / "faq.pdf")))
    assert answers
    assert [one for one in answers if one[:40] not in paper] == [], "closed answers are printed"


# --- What a page costs and leaves behind


def files_of(html):
    """Style and script of a page by their paths; what the scanner fetches when it is used counts too."""
    found = re.findall(r'(?:href|src|data-decoder)="/static/([^"]+\.(?:css|js))"', html)
    return list(dict.fromkeys(found))


def test_no_page_is_heavier_than_a_hundred_kilobytes(client, reading):
    sizes, weight = {}, {}
    for address in [prefix + one for one in reading.addresses for prefix in ("", "/en")] + [*reading.labels.values()]:
        html = client.get(address).text
        for file in files_of(html):
            if file not in sizes:
                with open(finders.find(file), "rb") as content:
                    sizes[file] = len(gzip.compress(content.read()))
        weight[address] = len(gzip.compress(html.encode())) + sum(sizes[file] for file in files_of(html))
    heaviest = max(weight, key=weight.get)
    assert weight[heaviest] <= MOST_BYTES, (heaviest, weight[heaviest])


# Forms that send something which counts carry a token against forgery; it names nobody.
WITH_TOKEN = ("/report/", "/announcements/objections/", "/account/signup/", "/account/login/")


def test_who_only_reads_gets_no_cookie(client, reading):
    for address in [prefix + one for one in reading.addresses for prefix in ("", "/en")] + [*reading.labels.values()]:
        client.cookies.clear()
        answer = client.get(address)
        expected = {"csrftoken"} if address.removeprefix("/en").startswith(WITH_TOKEN) else set()
        assert set(answer.cookies) == expected, address
