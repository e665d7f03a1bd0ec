"""LEAF. Words and moves of demonstration zones (国家地理标志产品保护示范区), and the conditions in numbers.

Basis: trial measures on the building of demonstration zones, 国知办发保字〔2021〕4号; for provincial zones the rules of
Hunan of 2022-07-26 (domain rules, section 10).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gi_registry.event_types import EventType
from gi_registry.roles import Permission
from gi_registry.state_tables import Move


class ZoneLevel(TextChoices):
    """Whose zone it is."""

    NATIONAL = "national", _("national zone")
    PROVINCIAL = "provincial", _("provincial zone")


class ZoneState(TextChoices):
    """Where a zone stands."""

    PROPOSED = "proposed", _("being prepared")
    RECOMMENDED = "recommended", _("recommended by the province")
    PUBLIC_NOTICE = "public_notice", _("chosen; in public notice")
    BUILDING = "building", _("being built")
    SELF_CHECKED = "self_checked", _("self-check filed")
    ACCEPTED = "accepted", _("accepted: demonstration zone")
    REVIEWED = "reviewed", _("reviewed and kept")
    CANCELLED = "cancelled", _("title withdrawn")
    WITHDRAWN = "withdrawn", _("given up before acceptance")


PUBLIC_STATES = frozenset(set(ZoneState) - {ZoneState.PROPOSED, ZoneState.RECOMMENDED, ZoneState.WITHDRAWN})
ESTABLISHED = frozenset({ZoneState.ACCEPTED, ZoneState.REVIEWED})
# What the public may be told of: the others only while nobody has chosen the zone yet.
SHOWN_STATES = PUBLIC_STATES | {ZoneState.WITHDRAWN}
# A yearly summary is due of every year that ends in one of these.
REPORTING = frozenset({ZoneState.BUILDING, ZoneState.SELF_CHECKED}) | ESTABLISHED
# Shape and colour of a state: "live" holds the title, "look" is under way, "stopped" is over.
PILLS = {
    ZoneState.PUBLIC_NOTICE: "look", ZoneState.BUILDING: "look", ZoneState.SELF_CHECKED: "look",
    ZoneState.ACCEPTED: "live", ZoneState.REVIEWED: "live",
    ZoneState.CANCELLED: "stopped", ZoneState.WITHDRAWN: "stopped",
}  # fmt: skip


@dataclass(frozen=True)
class ZoneRule:
    """Conditions in numbers: years since the GI was recognised, users and their output in per cent, years to build.

    `users`: at least so many enterprises with the mark; `output_value`: at least so many yuan a year. None: no such
    condition.
    """

    years: int
    users_percent: int
    output_percent: int
    build_years: int
    users: int | None = None
    output_value: int | None = None


RULES = {
    ZoneLevel.NATIONAL: ZoneRule(years=3, users_percent=60, output_percent=60, build_years=3),
    ZoneLevel.PROVINCIAL: ZoneRule(
        years=0, users_percent=50, output_percent=50, build_years=2, users=5, output_value=100_000_000
    ),
}


def whole_years(first: datetime.date, last: datetime.date) -> int:
    """Years that are complete on `last`; what began on 29 February is a year older on 1 March of a common year."""
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


@dataclass(frozen=True)
class Condition:
    """A condition in numbers: what is asked for, and what is the case (None: not told)."""

    label: str | Promise
    wanted: int
    actual: int | None

    @property
    def met(self) -> bool:
        """Whether what is the case is known and enough."""
        return self.actual is not None and self.actual >= self.wanted


def _percent(part: int | None, whole: int | None) -> int | None:
    return None if part is None or not whole else part * 100 // whole


def conditions(
    rule: ZoneRule, *, years: int | None, producers: int | None, users: int | None, sector_output: int | None,
    users_output: int | None,
) -> list[Condition]:  # fmt: skip
    """The conditions of a rule; shares are in whole per cent, rounded down."""
    found = []
    if rule.years:
        found.append(Condition(_("years since the GI was recognised"), rule.years, years))
    if rule.users is not None:
        found.append(Condition(_("enterprises with the mark"), rule.users, users))
    found.append(Condition(_("per cent of the producers use the mark"), rule.users_percent, _percent(users, producers)))
    found.append(
        Condition(_("per cent of the output is theirs"), rule.output_percent, _percent(users_output, sector_output))
    )
    if rule.output_value is not None:
        found.append(Condition(_("yuan of output value a year"), rule.output_value, sector_output))
    return found


Refusal = str | Promise | None


def fulfils(zone: Any, by: Any) -> Refusal:
    """Recommended only where every condition in numbers is met or answered for."""
    refusal: Refusal = zone.unmet_conditions
    return refusal


def build_time_over(zone: Any, by: Any) -> Refusal:
    """The self-check is filed when the time to build has run."""
    return None if zone.build_time_is_over else _("The time to build is not over.")


def decided_by_another(zone: Any, by: Any) -> Refusal:
    """Whoever recommended does not decide."""
    if by.reference in zone.handler_references:
        return _("You have made an earlier step for this zone: somebody else has to decide.")
    return None


def _move(name: str, label: Any, sources: set[ZoneState], target: ZoneState, permission: Permission,
          **more: Any) -> Move:  # fmt: skip
    return Move(name, label, frozenset(sources), target, permission, EventType.ZONE_MOVED, needs_reason=True, **more)


ZONE_MOVES = (
    _move("recommend", _("recommend"), {ZoneState.PROPOSED}, ZoneState.RECOMMENDED, Permission.RECOMMEND_ZONES,
          guard=fulfils),
    _move("choose", _("choose and give public notice"), {ZoneState.RECOMMENDED}, ZoneState.PUBLIC_NOTICE,
          Permission.DECIDE_ZONES, guard=decided_by_another),
    _move("begin", _("let the building begin"), {ZoneState.PUBLIC_NOTICE}, ZoneState.BUILDING,
          Permission.DECIDE_ZONES),
    _move("self_check", _("file the self-check"), {ZoneState.BUILDING}, ZoneState.SELF_CHECKED,
          Permission.FILE_ZONE_PAPERS, guard=build_time_over),
    _move("accept", _("accept the zone"), {ZoneState.SELF_CHECKED}, ZoneState.ACCEPTED, Permission.DECIDE_ZONES),
    _move("extend", _("extend the time to build"), {ZoneState.SELF_CHECKED}, ZoneState.BUILDING,
          Permission.DECIDE_ZONES),
    _move("keep", _("review and keep"), {ZoneState.ACCEPTED, ZoneState.REVIEWED}, ZoneState.REVIEWED,
          Permission.DECIDE_ZONES),
    _move("cancel", _("withdraw the title"), set(ESTABLISHED), ZoneState.CANCELLED, Permission.DECIDE_ZONES),
    _move("give_up", _("give up"),
          {ZoneState.PROPOSED, ZoneState.RECOMMENDED, ZoneState.PUBLIC_NOTICE, ZoneState.BUILDING,
           ZoneState.SELF_CHECKED}, ZoneState.WITHDRAWN, Permission.RECOMMEND_ZONES),
)  # fmt: skip


def _next(state: str) -> Iterator[str]:
    return (move.target for move in ZONE_MOVES if state in move.sources)


def may_follow(state: str, later: str) -> bool:
    """Whether moves lead from a state to another, however many there are: a source may pass over some of them."""
    reached: set[str] = set()
    waiting = list(_next(state))
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += _next(one)
    return later in reached
