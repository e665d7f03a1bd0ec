"""Larger text: chosen by a link, remembered, on every page, and never a way out of the site."""

import re

import pytest

pytestmark = pytest.mark.django_db


def switch(client, size, back="/products/?q=茶"):
    return client.get("/text-size/", {"size": size, "next": back})


def test_larger_text_is_remembered_until_it_is_given_up(client):
    assert '<html lang="zh-Hans">' in client.get("/products/").text
    answer = switch(client, "big")
    assert (answer.status_code, answer.url) == (302, "/products/?q=%E8%8C%B6")
    assert '<html lang="zh-Hans" class="big">' in client.get("/verify/").text
    assert '<html lang="en" class="big">' in client.get("/en/coverage/").text
    switch(client, "normal")
    assert '<html lang="zh-Hans">' in client.get("/products/").text


def test_the_link_of_a_page_leads_back_to_it_with_its_filters(client):
    html = client.get("/en/products/?category=tea&view=table").text
    link = re.search(r'href="(/text-size/[^"]+)"', html)[1].replace("&amp;", "&")
    assert client.get(link).url == "/en/products/?category=tea&view=table"
    again = re.search(r'href="(/text-size/[^"]+)"', client.get("/en/products/").text)[1]
    assert "size=normal" in again


@pytest.mark.parametrize(
    "back",
    ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:alert(1)", "",
     "products/", "/\x00", "\r\nSet-Cookie: a=b", "http:///elsewhere.example"],
)  # fmt: skip
def test_the_switch_leads_to_no_other_site(client, back):
    assert switch(client, "big", back).url == "/"


def test_the_cookie_says_nothing_about_who_has_it(client):
    cookie = switch(client, "big").cookies["text"]
    assert cookie.value == "big"
    assert cookie["samesite"] == "Lax"
    assert cookie["httponly"]


@pytest.mark.parametrize("address", ["/products/", "/en/verify/", "/no-such-page/"])
def test_caches_keep_pages_of_both_sizes_apart(client, address):
    assert "Cookie" in client.get(address)["Vary"].split(", ")


def test_a_file_is_the_same_whatever_size_was_chosen(client):
    assert "Cookie" not in client.get("/products/feed.atom")["Vary"]


def test_only_reading_requests_are_taken(client):
    assert client.post("/text-size/").status_code == 405


def test_the_link_of_a_page_with_an_endless_address_leads_to_the_page_alone(client):
    html = client.get("/en/products/", {"q": "x" * 5000}).text
    link = re.search(r'href="(/text-size/[^"]+)"', html)[1].replace("&amp;", "&")
    assert client.get(link).url == "/en/products/"


@pytest.mark.browser
def test_with_script_the_size_changes_at_once_and_what_is_typed_stays(page, site):
    page.goto(f"{site}/en/verify/")
    field = page.locator("main input[type=text], main input[type=search]").first
    field.fill("half a co")
    page.click("a[data-text-size]")
    assert page.get_attribute("html", "class").split() == ["js", "big"]
    assert field.input_value() == "half a co"
    for _ in range(100):  # until the choice has reached the browser's memory
        if any(cookie["name"] == "text" for cookie in page.context.cookies()):
            break
        page.wait_for_timeout(100)
    page.goto(f"{site}/en/products/")
    assert "big" in page.get_attribute("html", "class")
    page.click("a[data-text-size]")
    assert "big" not in page.get_attribute("html", "class")
