"""The whole site as people reach it: every page that links lead to, with the templates that made it.

The register is the one of a fresh set-up: reference data, pages, demonstration. Each kind of person follows links from
where they begin; of the pages of one address pattern a few are looked at, for they are made alike.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Comment, NavigableString, Tag
from django.core.management import call_command
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client
from django.test.signals import template_rendered
from django.urls import Resolver404, resolve

from gi_registry.models import User

PEOPLE = {
    "visitor": (None, ["/", "/account/signup/", "/account/password/reset/", "/no-such-page/"]),
    "owner": ("demo-owner", ["/portal/", "/account/email/", "/account/2fa/", "/account/sessions/"]),
    "village": ("demo-village", ["/portal/"]),
    "reviewer": ("demo-reviewer", ["/desk/"]),
    "approver": ("demo-approver", ["/desk/"]),
    "officer": ("demo-officer", ["/desk/"]),
    "auditor": ("demo-auditor", ["/desk/"]),
}
NOT_FOLLOWED = re.compile(r"^/(en/)?(cms/|account/logout|static/|media/|documents/|text-size)|\.(css|js|svg|png|pdf)$")
OF_A_KIND, OF_ONE = 4, 2  # pages of one address pattern, with a question or without: by all together, by one person
FILES = {"format"}  # query names that ask for a file


@dataclass
class Seen:
    """One page: who saw it, where, what came back."""

    person: str
    address: str
    status: int
    html: str
    templates: frozenset[str]


@dataclass
class Walk:
    """All pages that were seen."""

    pages: list[Seen] = field(default_factory=list)
    clients: dict[str, Client] = field(default_factory=dict)


def set_up() -> None:
    """The register of a fresh set-up."""
    for command in ("load_reference", "create_site", "create_content", "seed_demo"):
        call_command(command, verbosity=0)


def walk(language: str, people: Sequence[str] | None = None, within: str = "/") -> Walk:
    """Follow links as each person; `language` is the start of addresses: '' for Chinese, '/en' for English.

    Only pages whose address begins with `within`, behind the language, are looked at.
    """
    found, kinds = Walk(), Counter[Any]()
    for person in people or PEOPLE:
        account, starts = PEOPLE[person]
        client = Client(HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0", raise_request_exception=True)
        if account:
            client.force_login(User.objects.get(username=account))
        found.clients[person] = client
        waiting = deque(language + start for start in starts if start.startswith(within))
        _follow(found, person, client, waiting, language + within, kinds)
    return found


def _follow(
    found: Walk, person: str, client: Client, waiting: deque[str], within: str, kinds: Counter[Any]
) -> None:
    own: Counter[Any] = Counter()
    known = set(waiting)
    while waiting:
        address = waiting.popleft()
        kind = _kind(address)
        if kind is None or kinds[kind] >= OF_A_KIND or own[kind] >= OF_ONE:
            continue
        page = _look(person, client, address)
        if page is None:
            continue
        kinds[kind] += 1
        own[kind] += 1
        found.pages.append(page)
        for link in _links(page.html, address):
            if link not in known and _lies(within, link) and not NOT_FOLLOWED.search(link.split("?")[0]):
                known.add(link)
                waiting.append(link)


def _lies(within: str, link: str) -> bool:
    """Whether a link stays in its language: Chinese addresses begin at the root, the English ones lie below it."""
    return link.startswith(within) and link.startswith("/en/") == within.startswith("/en/")


def _kind(address: str) -> tuple[str, bool] | None:
    """The address pattern and whether a question goes with it; None for files."""
    parts = urlsplit(address)
    if FILES & {pair.split("=")[0] for pair in parts.query.split("&")}:
        return None
    try:
        match = resolve(parts.path)
    except Resolver404:
        return "unknown", False
    # Pages of editors share one pattern: each has an address of its own.
    own = match.url_name in ("wagtail_serve", "home")
    return parts.path if own else match.view_name or str(match.func), bool(parts.query)


def _look(person: str, client: Client, address: str) -> Seen | None:
    """Ask for a page, through redirects; None where a file came back."""
    names: set[str] = set()

    def remember(template: Any = None, **more: Any) -> None:
        if template is not None and template.name:
            names.add(template.name)

    template_rendered.connect(remember)
    try:
        response = client.get(address, follow=True)
    finally:
        template_rendered.disconnect(remember)
    if not response.get("Content-Type", "").startswith("text/html"):
        request_finished.disconnect(close_old_connections)  # a test's rows are in a transaction of this connection
        response.close()
        request_finished.connect(close_old_connections)
        return None
    return Seen(person, address, response.status_code, response.content.decode(), frozenset(names))


def _links(html: str, address: str) -> list[str]:
    found = []
    for link in re.findall(r"""<a\b[^>]*\shref=["']([^"'#]*)""", html):
        target = urlsplit(urljoin(f"http://register{address}", unescape(link)))
        if target.netloc == "register":
            found.append(target.path + (f"?{target.query}" if target.query else ""))
    return found


# --- languages

HAN = re.compile(r"[\u3400-\u9fff]")
# Three English words in a row are a sentence or a title, not a name or an abbreviation; capitals only are a code.
ENGLISH = re.compile(r"\b[A-Za-z]{2,}(?:[ ,'’-]+[A-Za-z]{2,}){2,}")
# What a field of text holds cannot be marked, nor can the title of the window.
UNMARKED = ("script", "style", "textarea", "code", "[document]")
SAID = ("alt", "title", "placeholder", "aria-label")


def wrong_language(html: str, chinese: bool) -> list[str]:
    """Words on a page that are in the other language and not marked as such with `lang`."""
    soup = BeautifulSoup(html, "lxml")
    faults = []
    for piece in soup.find_all(string=True):
        if isinstance(piece, Comment) or not isinstance(piece, NavigableString) or not piece.strip():
            continue
        parent = piece.parent
        if parent is None or parent.name in UNMARKED or (parent.name == "title" and parent.find_parent("head")):
            continue
        if _is_wrong(str(piece), _language_of(parent), chinese):
            faults.append(" ".join(str(piece).split())[:100])
    for tag in soup.find_all(True):
        for name in SAID:
            text = tag.get(name)
            if isinstance(text, str) and _is_wrong(text, _language_of(tag), chinese):
                faults.append(f"{name}: {text[:100]}")
    return faults


def _language_of(tag: Tag | None) -> str:
    while tag is not None:
        if tag.name != "[document]" and tag.has_attr("lang"):  # empty: the language is not known
            return str(tag["lang"])
        tag = tag.parent
    return ""


def _is_wrong(text: str, language: str, chinese: bool) -> bool:
    if chinese:
        words = ENGLISH.search(text)
        return language.startswith("zh-Hans") and bool(words and not words[0].isupper()) and "://" not in text
    return not language.startswith("zh") and bool(HAN.search(text))
