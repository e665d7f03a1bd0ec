"""LEAF. What the header offers: the sections of the site, and the pages beside the one that is open.

Where somebody is follows from the address alone, so that every page, also one of an editor or "not found", is
marked the same way. Addresses are paths below the home page of a language; they are a contract and do not change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Place:
    """A link of the header. `also`: further beginnings of addresses that belong here."""

    label: str | Promise
    path: str
    also: tuple[str, ...] = ()
    below: tuple[Place, ...] = ()

    def beginnings(self) -> Iterator[str]:
        """Beginnings of the addresses that belong to this place, those of the places below it too."""
        yield from (self.path, *self.also)
        for place in self.below:
            yield from place.beginnings()


SECTIONS = (
    Place(_("Products"), "products/", below=(
        Place(_("All products"), "products/"),
        Place(_("Regions"), "regions/"),
        Place(_("Demonstration zones"), "zones/"),
        Place(_("Standards"), "standards/"),
        Place(_("Testing bodies"), "testing-bodies/"),
    )),
    Place(_("Enterprises"), "enterprises/", below=(
        Place(_("All enterprises"), "enterprises/", ("authorisations/",)),
        Place(_("Random inspections"), "inspections/"),
    )),
    Place(_("Check a label"), "verify/", below=(
        Place(_("Check a label"), "verify/"),
        Place(_("Report a suspect label"), "report/"),
    )),
    Place(_("Coverage"), "coverage/"),
    Place(_("Recognition"), "recognition/", below=(
        Place(_("Agreements"), "recognition/"),
        Place(_("Foreign GIs"), "recognition/foreign/"),
        Place(_("Names that sound alike"), "recognition/sounds-like/"),
    )),
    Place(_("Announcements"), "announcements/", ("announced/",), (
        Place(_("All announcements"), "announcements/", ("announced/",)),
        Place(_("Protection cases"), "cases/"),
        Place(_("Objections"), "objections/"),
        Place(_("Public journal"), "log/"),
    )),
    Place(_("Guides"), "guides/", below=(
        Place(_("All guides"), "guides/"),
        Place(_("Questions and answers"), "faq/"),
        Place(_("Laws and rules"), "regulations/"),
        Place(_("About the register"), "about/", ("data-protection/",)),
        Place(_("Contact"), "contact/"),
    )),
    Place(_("News"), "news/", ("events/",), (
        Place(_("All news"), "news/"),
        Place(_("Product stories"), "stories/"),
    )),
)  # fmt: skip
# Pages of people who are signed in; the header leads to them by one link.
OWN = ("portal/", "desk/", "account/")
# The pages of one poverty list stand beside one another.
LIST = re.compile(r"coverage/[-\w]+/")
OF_A_LIST = ((_("Counties and map"), ""), (_("Report to print"), "report/"), (_("What the mark brings"), "effect/"))


def around(address: str, home: str) -> dict[str, Any]:
    """The links of the header for an address. `home` is the address of the home page in the same language.

    Returns {"sections", "siblings", "own"}: links as {"label", "url", "current"}, where `current` is "page" for the
    page itself, "true" for the place it belongs to and "" elsewhere; `own` says whether it is a page of somebody
    who is signed in. Where fewer than two pages stand beside one another there are no siblings.
    """
    path = address.removeprefix(home) if address.startswith(home) else address.lstrip("/")
    section = _nearest(SECTIONS, path, deep=True)
    return {
        "sections": [_link(place, home, path, place is section) for place in SECTIONS],
        "siblings": _siblings(section, home, path) if section else [],
        "own": path.startswith(OWN),
    }


def _siblings(section: Place, home: str, path: str) -> list[dict[str, Any]]:
    places = section.below
    if found := LIST.match(path):
        overview = Place(_("All lists"), section.path)
        places = (overview, *(Place(label, found[0] + end) for label, end in OF_A_LIST))
    here = _nearest(places, path)
    return [_link(place, home, path, place is here) for place in places]


def _nearest(places: tuple[Place, ...], path: str, *, deep: bool = False) -> Place | None:
    """The place to which an address belongs: the one with the longest fitting beginning."""
    fits = [
        (len(start), place)
        for place in places
        for start in (place.beginnings() if deep else (place.path, *place.also))
        if path.startswith(start)
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def _link(place: Place, home: str, path: str, here: bool) -> dict[str, Any]:
    current = "page" if place.path == path else "true" if here else ""
    return {"label": place.label, "url": home + place.path, "current": current}
