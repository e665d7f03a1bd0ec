"""READER. What an officer should look at before an annex is applied: lines that are possible but strange."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from products.agreements import countries, plain
from products.models import Agreement, AgreementEntry
from products.states import EntryStatus

Values = Mapping[str, Any]
# A name that was protected may end or go on; anything else needs a look.
AFTER_PROTECTION = frozenset({EntryStatus.PROTECTED, EntryStatus.LAPSED})


class Suspicion(NamedTuple):
    """Why a line should be looked at."""

    line: int
    name: str
    text: str


class Line(NamedTuple):
    """A readable line of the file, with the name of the register that it is, if there is one."""

    number: int
    values: Values
    entry: AgreementEntry | None


def suspicions(agreement: Agreement, lines: Sequence[Line]) -> list[Suspicion]:
    """All of them, by line. Two queries, however many lines."""
    others: dict[tuple[str, str], list[AgreementEntry]] = defaultdict(list)
    for entry in AgreementEntry.objects.select_related("agreement").order_by("agreement__order", "pk"):
        for name in _names(vars(entry)):
            others[entry.side, name].append(entry)
    parent = agreement.parent
    begun = next((day for one in (agreement, parent) if one for day in (one.signed_on, one.in_force_on) if day), None)
    found = [*_twice(lines)]
    for line in lines:
        texts = [*_elsewhere(line, others), *_status(line), *_too_early(line, begun)]
        found += [Suspicion(line.number, shown(line.values), text) for text in texts]
    return sorted(found)


def shown(values: Values) -> str:
    """What a line is called where it is spoken of."""
    return str(values["name_native"] or values["name_zh"])


def _names(values: Values) -> set[str]:
    return {plain(values["name_native"]), plain(values["name_zh"])} - {""}


def _twice(lines: Iterable[Line]) -> Iterator[Suspicion]:
    seen: dict[tuple[str, str], int] = {}
    for line in lines:
        keys = [(line.values["side"], name) for name in sorted(_names(line.values))]
        first = next((seen[key] for key in keys if key in seen), None)
        if first is not None:
            text = _("The same name stands in line {line} already.").format(line=first)
            yield Suspicion(line.number, shown(line.values), text)
        for key in keys:
            seen.setdefault(key, line.number)


def _elsewhere(line: Line, others: Mapping[tuple[str, str], list[AgreementEntry]]) -> Iterator[str]:
    """The same name on this or another list with another country or class: the first of each."""
    own = line.entry.pk if line.entry else None
    rows = {row.pk: row for name in _names(line.values) for row in others.get((line.values["side"], name), ())}
    here = line.values["country"], line.values.get("product_category", "")
    abroad = next((row for row in rows.values() if set(countries(row.country)) != set(countries(here[0]))), None)
    if abroad is not None:
        place = _here(own, abroad) or _("on {list}").format(list=abroad.agreement.code)
        yield _("Country {new} here, {old} {place}.").format(new=here[0], old=abroad.country, place=place)
    goods = next((row for row in rows.values() if _other_goods(row.product_category, here[1])), None)
    if goods is not None:
        place = _here(own, goods) or _("on {list}").format(list=goods.agreement.code)
        old = goods.product_category
        yield _("Kind of goods “{new}” here, “{old}” {place}.").format(new=here[1], old=old, place=place)


def _here(own: int | None, row: AgreementEntry) -> str:
    return _("in the register") if row.pk == own else ""


def _other_goods(one: str, other: str) -> bool:
    """Whether two kinds of goods have no word in common; lists write the same kind in many ways."""
    first, second = _words(one), _words(other)
    return bool(first and second) and not first & second


def _words(text: str) -> set[str]:
    """Words of a kind of goods, without "class 1.3." and without the ending of a plural."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"^class [\d.]+", "", text.strip().lower()))
    return {word.removesuffix("s") for word in words} - {"and", "or", "of", "the", "product", "other", "etc", "clas"}


def _status(line: Line) -> Iterator[str]:
    entry = line.entry
    if entry and entry.status == EntryStatus.PROTECTED and line.values["status"] not in AFTER_PROTECTION:
        yield _("It is protected in the register; the file takes it back to “{status}”.").format(
            status=EntryStatus(line.values["status"]).label
        )


def _too_early(line: Line, begun: datetime.date | None) -> Iterator[str]:
    since = line.values.get("protected_from")
    if since and begun and since < begun:
        text = _("Protected from {date}, before the agreement of {begun}.")
        yield text.format(date=since.isoformat(), begun=begun.isoformat())
