"""Every page that links lead to answers, and speaks one language: what is in the other one says so.

The register is that of a fresh set-up, as an operator has it on the first day, with its demonstration.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from gi_registry import demo_labels
from tests.journeys import whole_site
from tests.journeys.whole_site import Walk, walk, wrong_language

pytestmark = pytest.mark.skipif(
    os.environ.get("GI_TEST_ON_POSTGRESQL") == "1", reason="what a page says does not depend on the database"
)

VISITOR_AND_PORTAL = ["visitor", "owner", "village"]
DESK = ["reviewer", "approver", "officer", "auditor"]
# The page that is asked for because it is not there.
NOT_THERE = "/no-such-page/"
ENOUGH = 250  # pages of a walk; fewer mean that links are missing or were not followed


@pytest.fixture(scope="module")
def register(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Set up once for this file: it takes longer than the walks."""
    with django_db_blocker.unblock(), transaction.atomic():
        whole_site.set_up()
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize(
    ("people", "within"), [(VISITOR_AND_PORTAL, "/"), (DESK, "/desk/")], ids=["visitor and portal", "desk"]
)
def test_every_link_leads_to_a_page_in_one_language(
    register: None, language: str, people: list[str], within: str
) -> None:
    found = walk(language, people, within)
    assert len(found.pages) > ENOUGH
    assert {page.person for page in found.pages} == set(people)
    assert not refused(found)
    assert not mixed(found, chinese=not language)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_answer_about_a_label_is_in_one_language(register: None, language: str) -> None:
    client = Client(HTTP_USER_AGENT="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1")
    answers = dict(demo_labels.addresses()) | {"typing error": "/v/7QK9", "not issued": f"/v/{'0' * 24}"}
    for name, address in answers.items():
        html = client.get(f"{address}?lang={language}").content.decode()
        assert not wrong_language(html, language == "zh-hans"), name


def refused(found: Walk) -> list[str]:
    """Pages that a link promised and that did not come."""
    return [
        f"{page.status} {page.address} ({page.person})"
        for page in found.pages
        if page.status != 200 and not page.address.endswith(NOT_THERE)
    ]


def mixed(found: Walk, chinese: bool) -> list[str]:
    """What is in the wrong language, each once with the first page that says it."""
    faults: dict[str, str] = {}
    for page in found.pages:
        for words in wrong_language(page.html, chinese):
            faults.setdefault(words, f"{page.address} ({page.person})")
    return [f"{words!r} on {where}" for words, where in faults.items()]


# --- what counts as the wrong language


def page(body: str, language: str) -> str:
    head = "<head><title>安化黑茶 or English words here</title></head>"
    return f'<html lang="{language}">{head}<body>{body}</body></html>'


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ("<p>Anhua dark tea</p>", []),
        ("<p>Anhua 黑茶</p>", ["Anhua 黑茶"]),
        ('<p>Anhua <span lang="zh-Hans">黑茶</span></p>', []),
        ('<p lang="zh-Hans">黑茶 <b>黑茶</b></p>', []),
        ('<p lang="zh-Hans"><b lang="en">黑茶</b></p>', ["黑茶"]),
        ('<img alt="黑茶">', ["alt: 黑茶"]),
        ("<svg><title>黑茶</title></svg>", ["黑茶"]),
        ("<textarea>黑茶</textarea><script>'黑茶'</script><!-- 黑茶 -->", []),
    ],
)
def test_chinese_words_on_an_english_page_are_found(body: str, faults: list[str]) -> None:
    assert wrong_language(page(body, "en"), chinese=False) == faults


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ("<p>安化黑茶 Anhua Dark</p>", []),
        ("<p>安化 This was never translated</p>", ["安化 This was never translated"]),
        ('<p>安化 <q lang="en">This was never translated</q></p>', []),
        ('<p lang="zh-Latn">An hua hei cha</p>', []),
        ('<p lang="">Some name of a cheese</p>', []),
        ("<p>CN-EU-PILOT https://example.org/one-two-three/</p>", []),
        ('<a aria-label="Go on reading">更多</a>', ["aria-label: Go on reading"]),
    ],
)
def test_english_sentences_on_a_chinese_page_are_found(body: str, faults: list[str]) -> None:
    assert wrong_language(page(body, "zh-Hans"), chinese=True) == faults
