"""LEAF. Random inspections (双随机): words, moves, and the draw that anybody can repeat from its published seed.

Objects (enterprises that use the mark) are drawn by weights of their credit grade, two inspectors for each, without
those who have a conflict. The lists are fixed before the seed exists; see docs/inspection-draw.md. The grades A to D
and their weights are a setting of this register: sources name graded supervision, not the scale (domain rules, 12).
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gi_registry.event_types import EventType
from gi_registry.roles import Permission
from gi_registry.state_tables import Move


class Grade(TextChoices):
    """Credit grade of an enterprise (质量信用等级)."""

    A = "A", _("A: no fault")
    B = "B", _("B: small faults, put right")
    C = "C", _("C: repeated or serious faults")
    D = "D", _("D: bad faith")


# How much more often than grade A a grade is drawn. Who has no grade is drawn like B.
WEIGHTS: Mapping[str, int] = {Grade.A: 1, Grade.B: 2, Grade.C: 4, Grade.D: 8}
WITHOUT_GRADE = WEIGHTS[Grade.B]
INSPECTORS_EACH = 2


class DrawState(TextChoices):
    """Where a draw stands."""

    FIXED = "fixed", _("lists fixed; to be drawn")
    DRAWN = "drawn", _("drawn")
    CANCELLED = "cancelled", _("cancelled before the draw")


class InspectionState(TextChoices):
    """Where the inspection of one enterprise stands."""

    DRAWN = "drawn", _("to be inspected")
    RECORDED = "recorded", _("inspected; result to be published")
    PUBLISHED = "published", _("result published")
    FOLLOWED_UP = "followed_up", _("followed up; closed")


class InspectionWay(TextChoices):
    """How somebody inspects."""

    SITE = "site", _("on site")
    WRITTEN = "written", _("in writing")
    NETWORK = "network", _("online")


class InspectionResult(TextChoices):
    """What an inspection found."""

    IN_ORDER = "in_order", _("in order")
    MINOR = "minor", _("small faults, put right on the spot")
    TO_RECTIFY = "to_rectify", _("faults: to be rectified")
    OFFENCE = "offence", _("offence: handed over to be prosecuted")
    NOT_MET = "not_met", _("the enterprise could not be found")
    NOT_IN_USE = "not_in_use", _("the mark is not in use")


FOLLOW_UP_NEEDED = frozenset({InspectionResult.TO_RECTIFY, InspectionResult.OFFENCE, InspectionResult.NOT_MET})
PUBLICATION_DAYS = 20  # working days; Government information regulations, Art. 26

Refusal = str | Promise | None


def drawn_by_another(draw: Any, by: Any) -> Refusal:
    """Who has fixed the lists does not draw from them."""
    if by.reference == draw.fixed_by_reference:
        return _("You have fixed the lists yourself: somebody else has to draw.")
    return None


def needs_follow_up(inspection: Any, by: Any) -> Refusal:
    """Only a result with a fault is followed up."""
    if inspection.result not in FOLLOW_UP_NEEDED:
        return _("Nothing has to be followed up: the result names no fault.")
    return None


CANCEL_DRAW = Move("cancel", _("cancel the draw"), frozenset({DrawState.FIXED}), DrawState.CANCELLED,
                   Permission.KEEP_INSPECTIONS, EventType.INSPECTION_CANCELLED, needs_reason=True)  # fmt: skip
DRAW = Move("draw", _("draw"), frozenset({DrawState.FIXED}), DrawState.DRAWN, Permission.KEEP_INSPECTIONS,
            EventType.INSPECTION_DRAWN, guard=drawn_by_another)  # fmt: skip
DRAW_MOVES = (DRAW, CANCEL_DRAW)
RECORD = Move("record", _("record what was found"), frozenset({InspectionState.DRAWN}), InspectionState.RECORDED,
              Permission.RECORD_INSPECTIONS, EventType.INSPECTION_RECORDED)  # fmt: skip
PUBLISH = Move("publish", _("publish the result"), frozenset({InspectionState.RECORDED}), InspectionState.PUBLISHED,
               Permission.KEEP_INSPECTIONS, EventType.INSPECTION_PUBLISHED)  # fmt: skip
FOLLOW_UP = Move("follow_up", _("close the follow-up"), frozenset({InspectionState.PUBLISHED}),
                 InspectionState.FOLLOWED_UP, Permission.RECORD_INSPECTIONS, EventType.INSPECTION_CLOSED,
                 needs_reason=True, guard=needs_follow_up)  # fmt: skip
INSPECTION_MOVES = (RECORD, PUBLISH, FOLLOW_UP)


# --- The draw ---


def numbers(seed: str, stream: str) -> Iterator[int]:
    """Numbers of 256 bits: SHA-256 of "seed/stream/0", "seed/stream/1" and so on."""
    place = 0
    while True:
        yield int.from_bytes(hashlib.sha256(f"{seed}/{stream}/{place}".encode()).digest())
        place += 1


def weighted_sample(seed: str, stream: str, weights: Mapping[str, int], size: int) -> list[str]:
    """`size` keys without repetition, each next one with a chance in proportion to its weight among those left.

    Keys are taken in the order of their text. The number of 256 bits is taken modulo the sum of the weights left; its
    lean towards some keys is below 2**-200.
    """
    left, source = dict(sorted(weights.items())), numbers(seed, stream)
    drawn: list[str] = []
    while left and len(drawn) < size:
        ends = list(accumulate(left.values()))
        key = list(left)[bisect_right(ends, next(source) % ends[-1])]
        drawn.append(key)
        del left[key]
    return drawn


def draw_pairs(
    seed: str, objects: Mapping[str, int], inspectors: Sequence[str], conflicts: set[tuple[str, str]], size: int
) -> dict[str, list[str]]:
    """The objects drawn, in order, each with its inspectors: two out of those without a conflict (inspector, object).

    An object that fewer than two inspectors may visit gets those there are; whoever fixes the lists is told before.
    """
    found = {}
    for key in weighted_sample(seed, "objects", objects, size):
        able = {code: 1 for code in inspectors if (code, key) not in conflicts}
        found[key] = weighted_sample(seed, f"inspectors/{key}", able, INSPECTORS_EACH)
    return found
