"""Every public page in both languages: it answers, says its language, and has no accessibility fault."""

import pytest

from tests.journeys.worlds import ADDRESSES, small_register

IN_BOTH_LANGUAGES = [prefix + address for address in ADDRESSES for prefix in ("", "/en")]


@pytest.fixture
def register(db):
    return small_register()


@pytest.mark.parametrize("address", IN_BOTH_LANGUAGES)
def test_a_page_answers_in_its_language_and_names_nobody_else(client, register, address):
    response = client.get(address)
    assert response.status_code == 200
    page = response.content.decode()
    assert ('<html lang="en"' if address.startswith("/en/") else '<html lang="zh-Hans"') in page
    assert 'style="' not in page
    assert "<script>" not in page
    assert "//cdn" not in page


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize(
    "address",
    [
        "/products/0/", "/products/999999999/", "/products/99999999999999999999/", "/regions/000000/",
        "/regions/abc/", "/coverage/nothing/", "/recognition/XX/", "/enterprises/E9999/", "/announcements/999/",
        "/nowhere/", "/%E5%AE", "/products/%00/", "/regions/43092%EF%BC%93/",
    ],
)  # fmt: skip
def test_an_unknown_address_gets_a_page_that_offers_the_search(client, register, address, prefix):
    response = client.get(prefix + address)
    assert response.status_code == 404
    page = response.content.decode()
    assert f'action="{prefix}/find/"' in page


HOSTILE = [
    "x" * 10_000, "\x00", "安化\x00黑茶", "\x1b[31m", "%", "_", "' OR 1=1 --", '"', '"unclosed', "NEAR(a b)", "a AND",
    "*", "-", "(", "col:val", "^a", "a | b", "a & !b", "<script>alert(1)</script>", "\ud800", "\u202e", "𠮷野家",
    "{{ 7*7 }}", "💥",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:14]))
@pytest.mark.parametrize("address", ["/products/", "/enterprises/", "/find/", "/recognition/CN-EU-B1/", "/verify/"])
def test_hostile_text_gets_an_ordinary_answer(client, register, address, text):
    from urllib.parse import quote

    query = quote(text.encode("utf-8", "surrogatepass"))
    response = client.get(f"{address}?q={query}", follow=True)
    assert response.status_code == 200 or (address == "/find/" and response.status_code == 404)
    assert b"<script>alert(1)" not in response.content


FILTERS = [
    "category=wine", "province=43", "province=999999", "track=x", "status=maybe", "year=20x0", "year=99999999999",
    "agreement=NOPE", "list=nope", "as_of=2019-02-30", "as_of=9999-12-31", "as_of=x", "page=0", "page=-1",
    "page=999999", "page=x", "format=exe", "sort=price", "enterprises=perhaps", "view=hologram",
]  # fmt: skip


@pytest.mark.parametrize("filter", FILTERS)
@pytest.mark.parametrize("address", ["/en/products/", "/en/enterprises/"])
def test_a_malformed_filter_never_empties_the_list_in_silence(client, register, address, filter):
    response = client.get(f"{address}?{filter}")
    assert response.status_code == 200
    page = response.content.decode()
    if filter.split("=")[0] in ("category", "province", "track", "status", "year", "agreement", "list", "as_of"):
        known = address == "/en/products/" or filter.split("=")[0] in ("province", "status", "as_of")
        assert not known or "ignored" in page
        assert "安化" in page


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_and_nothing_overflows(page, site, register, width):
    from axe_playwright_python.sync_playwright import Axe

    faults = []
    page.set_viewport_size({"width": width, "height": 900})
    for address in IN_BOTH_LANGUAGES:
        page.goto(site + address)
        for violation in Axe().run(page).response["violations"]:
            places = [node["target"] for node in violation["nodes"]][:3]
            faults.append(f"{address}: {violation['id']} {places}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append(f"{address}: wider than {width} px")
    assert faults == []
