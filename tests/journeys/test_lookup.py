"""The main job in a real browser: somebody looks up 安化黑茶, with and without a mouse, with and without scripts."""

import pytest

from tests.journeys.worlds import small_register

pytestmark = pytest.mark.browser


@pytest.fixture
def register(db):
    return small_register()


def test_from_the_home_page_to_the_record(page, site, register):
    page.goto(site)
    page.fill("main input[name=q]", "安化 黑茶")
    page.press("main input[name=q]", "Enter")
    page.click("ol.results a >> nth=0")
    assert page.url == f"{site}/products/365/"
    assert "安化黑茶" in page.inner_text("h1")


def test_pinyin_and_one_wrong_character_lead_there_too(page, site, register):
    for text in ("anhua heicha", "anhuaheicha", "ahhc", "Anhwa dark tea", "安花黑茶", "安化黑茶"):
        page.goto(f"{site}/en/find/?q={text}")
        assert page.locator("main a[href='/en/products/365/']").count(), text


def test_a_credit_code_typed_anyhow_leads_to_the_enterprise(page, site, register):
    page.goto(site + "/en/")
    page.fill("main input[name=q]", "9143 0900 6000 3734 1f")
    page.press("main input[name=q]", "Enter")
    assert page.url == f"{site}/en/enterprises/91430900600037341F/"


def test_a_wrong_credit_code_is_told_what_is_wrong(page, site, register):
    page.goto(site + "/en/find/?q=91430900600037341K")
    text = page.inner_text("main")
    assert "check" in text.lower()
    assert "No authorisation" in text


def test_the_keyboard_alone_is_enough(page, site, register):
    page.goto(site + "/en/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "q":
            break
    page.keyboard.type("heicha")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")
    while page.evaluate("document.activeElement.getAttribute('href')") != "/en/products/365/":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/products/365/")
    assert "安化黑茶" in page.inner_text("main")


def test_filters_work_without_scripts(browser, site, register):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    phone = context.new_page()
    phone.goto(f"{site}/en/products/")
    phone.click("details.filters-fold > summary")
    phone.click("text=Vegetables")
    assert "桃江竹笋" in phone.inner_text("main ol.results")
    assert "安化黑茶" not in phone.inner_text("main ol.results")
    context.close()


def test_the_language_switch_keeps_the_page(page, site, register):
    page.goto(f"{site}/products/365/?as_of=2020-01-01")
    page.click("header a[hreflang=en]")
    assert page.url.startswith(f"{site}/en/products/365/")
    assert "as_of=2020-01-01" in page.url
