"""The frame of every page: where somebody is, what stands beside, what the foot leads to."""

import re

import pytest
from django.core.management import call_command

from gi_registry.navigation import SECTIONS, around


def current(path, home="/"):
    found = around(home + path, home)
    section = [str(link["label"]) for link in found["sections"] if link["current"]]
    sibling = [str(link["label"]) for link in found["siblings"] if link["current"]]
    return section, sibling


@pytest.mark.parametrize("home", ["/", "/en/"])
@pytest.mark.parametrize(
    ("path", "section", "sibling"),
    [
        ("", [], []),
        ("products/", ["Products"], ["All products"]),
        ("products/365/requirements/", ["Products"], ["All products"]),
        ("regions/430000/", ["Products"], ["Regions"]),
        ("zones/Z-1/", ["Products"], ["Demonstration zones"]),
        ("testing-bodies/", ["Products"], ["Testing bodies"]),
        ("enterprises/E0002/", ["Enterprises"], ["All enterprises"]),
        ("authorisations/AUTH1/", ["Enterprises"], ["All enterprises"]),
        ("inspections/", ["Enterprises"], ["Random inspections"]),
        ("report/", ["Check a label"], ["Report a suspect label"]),
        ("recognition/CN-EU-B1/", ["Recognition"], ["Agreements"]),
        ("recognition/foreign/1/", ["Recognition"], ["Foreign GIs"]),
        ("cases/PC1/", ["Announcements"], ["Protection cases"]),
        ("announcements/objections/3/", ["Announcements"], ["All announcements"]),
        ("log/", ["Announcements"], ["Public journal"]),
        ("coverage/", ["Coverage"], []),
        ("coverage/national-832/", ["Coverage"], ["Counties and map"]),
        ("coverage/national-832/effect/", ["Coverage"], ["What the mark brings"]),
        ("guides/how-to-apply/", ["Guides"], ["All guides"]),
        ("data-protection/", ["Guides"], ["About the register"]),
        ("stories/", ["News"], ["Product stories"]),
        ("nowhere/", [], []),
    ],
)
def test_an_address_belongs_to_one_section_and_one_page_of_it(home, path, section, sibling):
    assert current(path, home) == (section, sibling)


def test_only_the_page_itself_is_marked_as_the_page():
    marks = [link["current"] for link in around("/regions/430000/", "/")["siblings"]]
    assert marks == ["", "true", "", "", ""]
    assert [link["current"] for link in around("/regions/", "/")["siblings"]] == ["", "page", "", "", ""]


@pytest.mark.parametrize("path", ["portal/", "desk/cases/", "account/email/"])
def test_pages_of_ones_own_belong_to_no_public_section(path):
    found = around("/en/" + path, "/en/")
    assert found["own"]
    assert not any(link["current"] for link in found["sections"])


@pytest.mark.django_db
@pytest.mark.parametrize("home", ["/", "/en/"])
def test_every_link_of_header_and_foot_stays_in_the_language(client, home):
    html = client.get(f"{home}products/").text
    links = re.findall(r'<a [^>]*href="(/[^"]*)"', html.split("<main")[0] + html.split("</main>")[1])
    other = {link.split("?")[0] for link in links if link.startswith("/en/") != (home == "/en/")}
    assert other - {"/text-size/"} == {"/products/" if home == "/en/" else "/en/products/"}


@pytest.mark.django_db
def test_every_section_that_is_no_page_of_editors_answers(client):
    call_command("create_site", verbosity=0)
    of_editors = {"guides/", "faq/", "regulations/", "about/", "contact/", "stories/"}
    paths = {place.path for section in SECTIONS for place in (section, *section.below)} - of_editors
    assert {path: client.get(f"/en/{path}").status_code for path in paths} == dict.fromkeys(paths, 200)


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "status"), [("/nowhere/", 404), ("/en/nowhere/", 404)])
def test_an_error_page_has_the_whole_frame(client, address, status):
    answer = client.get(address)
    assert answer.status_code == status
    assert 'class="foot"' in answer.text
    assert "data-text-size" in answer.text


@pytest.mark.django_db
def test_the_official_mark_is_shown_only_where_the_authority_has_put_it(client, monkeypatch):
    assert "official-mark" not in client.get("/products/").text
    monkeypatch.setattr("gi_registry.context.official_mark", lambda: "img/official-mark.svg")
    assert 'src="/static/img/official-mark.svg"' in client.get("/products/").text
