"""LEAF. Finding what looks like personal data in the text of a page, before it is published.

Looked for are telephone numbers, identity numbers (18 characters with their check digit), bank card numbers (Luhn) and
e-mail addresses that are not those of an office. A unified social credit code is public and no finding. The search is
a help for the editor, who may answer that a finding is no personal data; it proves nothing about names.
"""

from __future__ import annotations

import datetime
import html
import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from enterprises import credit_codes

# What people put between the digits of a number, by habit or so that no program finds it.
_GAP = r"[\s.\-_/·・•()]{0,3}"
_MOBILE = re.compile(rf"(?<![\dA-Za-z])(?:\(?\+?86{_GAP}(?:\(0\))?{_GAP})?(1{_GAP}[3-9](?:{_GAP}\d){{9}})(?!\d)")
_LANDLINE = re.compile(
    r"(?<![\dA-Za-z])(?:\+?86[ -]?)?(?:\(0[1-9]\d{1,2}\) ?|0[1-9]\d{1,2}[ -]{0,3})[2-8]\d{2,3}[ -]?\d{4}"
    r"(?:[-转]\d{1,6})?(?!\d)"
)
_EIGHTEEN = re.compile(rf"(?<![\dA-Za-z])[1-9](?:{_GAP}\d){{16}}{_GAP}[\dXx](?![\dA-Za-z])")
_CARD = re.compile(r"(?<![\dA-Za-z])[3-6]\d{3}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?![\dA-Za-z])")
_MAIL = re.compile(r"(?<![\w.+-])([\w.+-]{1,64})@[\w-]+(?:\.[\w-]+)+")
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_CHECKS = "10X98765432"
_LINK = re.compile(r"""href\s*=\s*["']?\s*(?:tel|sms|mailto):([^"'>]*)""", re.IGNORECASE)
# Local parts of addresses that belong to an office, not to a person.
_OFFICES = frozenset({
    "admin", "bangong", "bgs", "complaint", "contact", "dilibiaozhi", "editor", "enquiries", "feedback", "gi",
    "gongkai", "help", "hotline", "info", "kefu", "mail", "media", "news", "noreply", "no-reply", "office",
    "postmaster", "press", "privacy", "register", "report", "service", "support", "webmaster", "xinfang",
})  # fmt: skip
# Parts of a stored page that nobody reads: keys, dates, places in the tree; and the answer to this very check.
_TECHNICAL = frozenset({
    "pk", "id", "uuid", "path", "depth", "numchild", "url_path", "translation_key", "locale",
    "content_type", "latest_revision", "live_revision", "owner", "alias_of", "locked_by", "first_published_at",
    "last_published_at", "latest_revision_created_at", "go_live_at", "expire_at", "locked_at", "draft_title",
    "personal_data_answer", "comments", "wagtail_admin_comments",
})  # fmt: skip


class Kind(TextChoices):
    """What something looks like."""

    MOBILE = "mobile", _("mobile number")
    LANDLINE = "landline", _("telephone number")
    IDENTITY = "identity", _("identity number")
    CARD = "card", _("bank card number")
    MAIL = "mail", _("e-mail address of a person")


@dataclass(frozen=True)
class Finding:
    """What was found, as it stands in the text."""

    kind: Kind
    text: str


def find(text: str) -> list[Finding]:
    """Findings in a text, in their order; each place counts once, as the longest thing it can be."""
    text = "".join(map(_plain, unicodedata.normalize("NFKC", text)))
    found: list[tuple[int, int, Finding]] = []
    for kind, pattern, is_it in _TESTS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if is_it(match) and not any(start < other_end and other < end for other, other_end, _f in found):
                found.append((start, end, Finding(kind, match.group().strip())))
    return [finding for _start, _end, finding in sorted(found, key=lambda row: row[0])]


def _plain(sign: str) -> str:
    """A sign as it counts here: every dash is a hyphen, what nobody sees is nothing."""
    kind = unicodedata.category(sign)
    return "" if kind == "Cf" else "-" if kind == "Pd" or sign == "\u2212" else sign


def found_in(data: Any, allowed: Collection[str] = ()) -> list[Finding]:
    """Findings in a stored page (`Page.serializable_data()`), each once. Fields named in `allowed` are not read."""
    return list(dict.fromkeys(finding for text in texts(data, allowed) for finding in find(text)))


def texts(data: Any, leave_out: Collection[str] = ()) -> Iterator[str]:
    """Every text of a stored page: fields, rows beneath it, pieces within pieces; links of a rich text too."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key not in _TECHNICAL and key not in leave_out:
                yield from texts(value, leave_out)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from texts(value, leave_out)
    elif isinstance(data, str) and data:
        pieces = pieces_of(data)
        if pieces is not None:
            yield from texts(pieces, leave_out)
        else:
            yield html.unescape(re.sub(r"<[^>]*>", lambda tag: _between(tag.group()), data))
            yield from (unquote(html.unescape(link)) for link in _LINK.findall(data))


def _between(tag: str) -> str:
    """What stands in place of a tag: nothing within a line, so that a number in parts is seen as one."""
    return "" if re.match(r"</?(?:b|i|a|em|strong|span|sup|sub)\b", tag) else "\n"


def pieces_of(text: str) -> list[Any] | None:
    """The pieces of a text that is stored as JSON, or None."""
    if not text.startswith("["):
        return None
    try:
        pieces = json.loads(text)
    except ValueError:
        return None
    return pieces if isinstance(pieces, list) else None


def _is_identity(match: re.Match[str]) -> bool:
    number = re.sub(r"[^\dX]", "", match.group().upper())
    try:
        born = datetime.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _IDENTITY_WEIGHTS, strict=True))
    return born.year >= 1900 and _IDENTITY_CHECKS[total % 11] == number[17] and not _is_credit_code(number)


def _is_mobile(match: re.Match[str]) -> bool:
    """Digits in groups as people write and say them; years and measures in a row stand in other groups."""
    groups = {len(digits) for digits in re.findall(r"\d+", match.group(1))}
    return groups == {1} or min(groups) >= 3


def _is_credit_code(number: str) -> bool:
    code = credit_codes.check(number)
    return code.ok and not code.warnings


def _is_card(match: re.Match[str]) -> bool:
    digits = re.sub(r"\D", "", match.group())
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0 and not _is_credit_code(digits)


def _is_of_a_person(match: re.Match[str]) -> bool:
    return match.group(1).lower() not in _OFFICES


def _always(match: re.Match[str]) -> bool:
    return True


# In the order in which they are tried; the first that fits a place is what it is.
_TESTS = (
    (Kind.MAIL, _MAIL, _is_of_a_person),
    (Kind.IDENTITY, _EIGHTEEN, _is_identity),
    (Kind.CARD, _CARD, _is_card),
    (Kind.MOBILE, _MOBILE, _is_mobile),
    (Kind.LANDLINE, _LANDLINE, _always),
)
