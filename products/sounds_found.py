"""READER. Names on the agreement lists that sound or look like another one, each once with the lists it stands on."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from products import agreements, sounds
from products.recognition_names import ListedName, names_on
from products.sounds import Match


@dataclass(frozen=True)
class Found:
    """A name on the lists, and why it was found."""

    name: ListedName
    match: Match[int]


def find(text: str, on: datetime.date | None = None) -> list[Found]:
    """Names like the text on the lists of a date (default today), the closest first. Two queries."""
    names = names_on(agreements.every_line(on))
    writings = [(place, [text for text, _language in name.writings]) for place, name in enumerate(names)]
    return [Found(names[match.key], match) for match in sounds.alike(text, writings)]
