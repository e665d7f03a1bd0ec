"""READER. Names of many listed units at once, as columns: a list of hundreds of names needs no rows of a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from gi_registry.models import DivisionStatus
from products import maps
from products.models import ListedUnit


@dataclass(frozen=True)
class Place:
    """A division as a name and a code; what it has become where it is one of the past."""

    code: str
    name_zh: str
    name_en: str
    name_pinyin: str


@dataclass(frozen=True)
class UnitName:
    """A listed unit under the name of its first division of today; `name_zh` is that of the list where it has none."""

    pk: int
    key: str
    name_zh: str
    name_en: str
    name_pinyin: str
    places: tuple[Place, ...]

    @property
    def code(self) -> str:
        """The code of its first division, "" for a unit tied to none."""
        return self.places[0].code if self.places else ""

    @property
    def short(self) -> str:
        """The name in the language of the page, in English without the word that most of them share."""
        return maps.name_of(self).removesuffix(" County")


_NAMES = ("code", "name_zh", "name_en", "name_pinyin")


def names(units: Iterable[int]) -> dict[int, UnitName]:
    """The names of some units by key. Two queries."""
    keys = list(units)
    listed = ListedUnit.objects.filter(pk__in=keys).order_by()
    places = _places(keys)
    return {
        pk: UnitName(pk, key, *_name(places.get(pk, []), name_zh), tuple(places.get(pk, [])))
        for pk, key, name_zh in listed.values_list("pk", "key", "name_zh")
    }


def _name(places: list[Place], listed_as: str) -> tuple[str, str, str]:
    if not places:
        return listed_as, "", ""
    return places[0].name_zh, places[0].name_en, places[0].name_pinyin


def _places(units: list[int]) -> dict[int, list[Place]]:
    """The divisions of each unit by code; one of the past under what it has become."""
    here = tuple(f"division__{name}" for name in _NAMES)
    next_one = tuple(f"division__successor__{name}" for name in _NAMES)
    through = ListedUnit.divisions.through.objects.filter(listedunit__in=units).order_by("division__code")
    found: dict[int, list[Place]] = defaultdict(list)
    for unit, status, *texts in through.values_list("listedunit_id", "division__status", *here, *next_one):
        past = status == DivisionStatus.HISTORIC and texts[4]
        place = Place(*(text or "" for text in (texts[4:] if past else texts[:4])))
        if place not in found[unit]:
            found[unit].append(place)
    return found
