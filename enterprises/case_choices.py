"""READER. What a case can be about and where it can lie: rights, divisions by name or code, and those of a wording."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from gi_registry.journal import Actor
from gi_registry.models import Division, DivisionLevel
from gi_registry.roles import RULES, Permission
from products.area_wording import extents
from products.models import Product, ProtectedArea, Right
from products.states import Track

# On these tracks protection follows the laws of GI products.
TRACKS = (Track.GI_PRODUCT, Track.FOREIGN_GI)
MOST_NAMED = 40  # divisions that a wording is read for


def preparable(actors: Iterable[Actor]) -> QuerySet[Division]:
    """The divisions of today in which one of the roles prepares cases."""
    wanted = Q(pk__in=[])
    for actor in actors:
        if not actor.has(Permission.PREPARE_CASES):
            continue
        if not RULES[actor.role].territorial:
            return Division.objects.current().order_by("code")
        code = actor.division.code if actor.division else ""
        wanted |= Q(pk__in=Division.objects.within(code).values("pk"))
    return Division.objects.current().filter(wanted).order_by("code")


# --- Rights ---


def rights_for(text: str, *, in_force: bool = True) -> list[Right]:
    """The rights that a text means: their own reference, or the number or name of their product."""
    text = unicodedata.normalize("NFKC", text).strip()
    rows = Right.objects.in_force() if in_force else Right.objects.all()
    rows = rows.filter(track__in=TRACKS).select_related("product__province")
    if exact := list(rows.filter(reference=text)):
        return exact
    if re.fullmatch("[0-9]{1,9}", text):
        return list(rows.filter(product__number=int(text)))
    return list(rows.filter(product__in=Product.objects.filter(Q(name_zh=text) | Q(name_en__iexact=text))))


def common_place(right: Right) -> Division | None:
    """The smallest division that holds the whole area of a right, else the province of the product."""
    areas = ProtectedArea.objects.on().filter(right=right).select_related("division__parent__parent")
    ways = [area.division.lineage() for area in areas]
    shared = [steps[0] for steps in zip(*ways, strict=False) if len({place.pk for place in steps}) == 1]
    return shared[-1] if shared else right.product.province


# --- Divisions by name or code ---


def divisions_named(text: str, near: Division | None = None) -> list[Division]:
    """The divisions of today that a text may mean: a code, or a name with or without those of its parents.

    Of several with one name those in the same province as `near` are meant.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    rows = Division.objects.current().select_related("parent__parent")
    if re.fullmatch("[0-9]{6}", text):
        return list(rows.filter(code=text))
    if not text:
        return []
    found = list(rows.filter(Q(name_zh=text) | Q(name_en__iexact=text)))
    if not found and re.search("[\u4e00-\u9fff]", text):
        tails = [text[start:] for start in range(1, len(text) - 1)]
        found = [place for place in rows.filter(name_zh__in=tails) if text == _full(place) or _ends(text, place)]
    if len(found) > 1 and near is not None:
        home = near.lineage()[0].pk
        found = [place for place in found if place.lineage()[0].pk == home] or found
    return found


def _full(place: Division) -> str:
    return "".join(part.name_zh for part in place.lineage())


def _ends(text: str, place: Division) -> bool:
    """Whether a text is the name of a place after the names of some of its parents, and nothing else."""
    rest = text.removesuffix(place.name_zh)
    for parent in reversed(place.lineage()[:-1]):
        rest = rest.removesuffix(parent.name_zh)
    return not rest


def divisions_near(place: Division) -> QuerySet[Division]:
    """What may be typed: the prefectures and counties of the same province."""
    rows = Division.objects.current().within(place.lineage()[0].code)
    return rows.exclude(level=DivisionLevel.PROVINCE).order_by("code")


# --- Divisions of a wording ---


def in_wording(wording: str, near: Division) -> list[tuple[Division, str]]:
    """The divisions that the wording of an area names, each with how much of it the words take in. A suggestion.

    Looked for in the provinces that the wording names, else in that of `near`. A division whose part is named too
    only says where the part lies.
    """
    wording = unicodedata.normalize("NFKC", wording)
    provinces = [place for place in Division.objects.current().filter(level=DivisionLevel.PROVINCE)
                 if place.name_zh in wording] or [near.lineage()[0]]  # fmt: skip
    named: list[Division] = []
    for province in provinces:
        rows = Division.objects.current().within(province.code).select_related("parent__parent")
        named += [place for place in rows if place.name_zh in wording]
    held = {part.pk for place in named for part in place.lineage()[:-1]}
    names = {place.name_zh for place in named}
    found = [
        place for place in named
        if place.pk not in held and not any(place.name_zh != name and place.name_zh in name for name in names)
    ][:MOST_NAMED]  # fmt: skip
    extent = extents(wording, [place.name_zh for place in found])
    return [(place, extent[place.name_zh]) for place in sorted(found, key=lambda place: place.code)]
