"""WRITER. Demonstration zones: entered, amended, moved from stage to stage; their yearly summaries.

A zone is prepared in its territory, recommended by the province and decided on by the nation. The journal is public
and a zone is not before it is chosen: until then it has the reference and a seal, afterwards state, day and paper. The
reasons of steps stay at the desk. Zones of the past are entered with the stages that a source tells of, and nothing
else: they have no figures and no steps that never ran here.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import amendments, territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.models import Division
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.roles import Permission
from gi_registry.seals import sealed
from gi_registry.state_tables import Move
from products.cultivation_values import changed_meanwhile, must_lie_before, sent_with_other_words
from products.zone_models import DemonstrationZone, ZoneStage, ZoneSummary
from products.zone_states import PUBLIC_STATES, REPORTING, ZoneState
from products.zone_values import (
    BUILD_TIME,
    PAPERS,
    Figures,
    StageEntry,
    ZoneValues,
    build_time,
    check_shares,
    check_stages,
    check_year,
    check_zone,
    in_order,
    in_words,
    made_public,
    must_amend,
    must_have,
    stored,
    subject_of,
    told,
)

Day = datetime.date


# --- Entering ---


def enter(
    *, by: Actor, nonce: uuid.UUID, division: Division, demonstration: bool = False, **values: Unpack[ZoneValues]
) -> DemonstrationZone:
    """A zone that its territory begins to prepare, with the figures of the recommendation as far as they are known."""
    must_have(by, PAPERS, division)
    own = in_order(values)
    zone = _made(nonce, division, own, demonstration)
    check_zone(zone, own.get("products", []), historic=False)
    return _enter(zone, own, [StageEntry(ZoneState.PROPOSED, timezone.localdate())], by)


def enter_historic(
    *, by: Actor, nonce: uuid.UUID, division: Division, stages: Sequence[StageEntry], reference: str = "",
    **values: Unpack[ZoneValues],
) -> DemonstrationZone:  # fmt: skip
    """A zone that was chosen outside of this register, with the stages that its source tells of. Public at once."""
    amendments.require(by, Permission.KEEP_REGISTER)
    check_stages(stages)
    own = in_order(values)
    if not own.get("source", "").strip():
        raise MoveRefused("source", _("Write where this was read."))
    zone = _made(nonce, division, own, False)
    zone.reference, zone.state = reference or zone.reference, stages[-1].state
    check_zone(zone, own.get("products", []), historic=True)
    return _enter(zone, own, stages, by)


def _made(nonce: uuid.UUID, division: Division, values: Mapping[str, Any], demonstration: bool) -> DemonstrationZone:
    zone = DemonstrationZone(
        reference=f"Z{nonce.hex[:19]}", nonce=nonce, division=division, demonstration=demonstration
    )
    for name, value in values.items():
        if name != "products":
            setattr(zone, name, value)
    return zone


def _enter(
    zone: DemonstrationZone, values: Mapping[str, Any], stages: Sequence[StageEntry], by: Actor
) -> DemonstrationZone:
    if found := _sent_before(zone, values, by):
        return found
    try:
        with transaction.atomic():
            made_up = zone.reference.endswith(zone.nonce.hex[:19])
            amendments.insert(zone)
            if made_up:
                zone.reference = f"Z{timezone.localdate().year}{zone.pk:06}"
                zone.save(update_fields=["reference"])
            zone.products.set(values.get("products", []))
            _store_stages(zone, stages)
            everything = {"division": zone.division, **values}
            public = {"values": told(everything), "stages": in_words(stages)} if zone.is_public else {}
            _write(zone, EventType.ZONE_ENTERED, by, everything, public)
    except IntegrityError:  # the same form, sent twice at the same moment
        if found := _sent_before(zone, values, by):
            return found
        raise
    return zone


def _sent_before(zone: DemonstrationZone, values: Mapping[str, Any], by: Actor) -> DemonstrationZone | None:
    """What the same form has become already; refused where the form says something else now."""
    known = DemonstrationZone.objects.filter(nonce=zone.nonce).select_related("division__parent__parent").first()
    if known is None:
        return None
    must_have(by, (*PAPERS, Permission.KEEP_REGISTER), known.division)
    wanted = {"division": zone.division, **values}
    if stored(known, wanted) != wanted:
        raise sent_with_other_words(known.reference)
    return known


def _store_stages(zone: DemonstrationZone, stages: Sequence[StageEntry]) -> None:
    ends = [stage.on for stage in stages[1:]]
    for stage, end in zip(stages, [*ends, None], strict=True):
        amendments.insert(
            ZoneStage(
                zone=zone, state=stage.state, effective_from=stage.on, effective_precision=stage.precision,
                effective_to=end, paper=stage.paper,
            )
        )  # fmt: skip


def _write(
    zone: DemonstrationZone, event: EventType, by: Actor, values: Mapping[str, Any], public: Mapping[str, Any]
) -> None:
    """Tell the journal: in words what is public, everything as a seal."""
    payload = {**public, **sealed(amendments.plain(values), zone.nonce)}
    source = zone.source if zone.is_public else ""
    amendments.write(Event(event, subject_of(zone), payload, timezone.localdate(), source), by=by)


# --- Amending ---


def _hold(zone: DemonstrationZone, *, version: int | None) -> None:
    """Read the zone anew and hold it until the transaction ends; refuse where it has changed since `version`."""
    rows = DemonstrationZone.objects.select_for_update(of=("self",)).select_related("division__parent__parent")
    zone.refresh_from_db(from_queryset=rows)
    zone.__dict__.pop("years_protected", None)  # what was counted before may rest on other products
    if version is not None and zone.version != version:
        raise changed_meanwhile()


@transaction.atomic
def amend(
    zone: DemonstrationZone, *, by: Actor, version: int, division: Division | None = None, **values: Unpack[ZoneValues]
) -> bool:
    """Change what is written of a zone: the territory while it is prepared, the officer to correct what is public.

    Between recommendation and choice nothing changes: what is judged is what was recommended. Returns whether
    anything differed.
    """
    _hold(zone, version=version)
    places = [division] if division is not None else []
    must_amend(zone, by, *places)
    own = in_order(values) | ({"division": division} if division is not None else {})
    changes = amendments.differences(stored(zone, own), own)
    if not changes:
        return False
    if not zone.is_public and changes.keys() & set(BUILD_TIME):
        raise MoveRefused("wrong_state", _("The time to build begins with its stage."))
    for name, change in changes.items():
        if name == "products":
            zone.products.set(change.after)
        else:
            setattr(zone, name, change.after)
    zone.version += 1
    check_zone(zone, list(zone.products.all()), historic=zone.is_public)
    amendments.check(zone)
    zone.save(update_fields=["version", *(name for name in changes if name != "products")])
    public = {}
    if zone.is_public:
        before, after = (told({name: change[side] for name, change in changes.items()}) for side in (0, 1))
        names = sorted(before.keys() | after.keys())
        public = {"changes": {name: {"before": before.get(name), "after": after.get(name)} for name in names}}
    _write(zone, EventType.ZONE_AMENDED, by, {name: change.after for name, change in changes.items()}, public)
    return True


@transaction.atomic
def add_stages(zone: DemonstrationZone, *, by: Actor, version: int, stages: Sequence[StageEntry]) -> None:
    """Further stages that a source tells of a zone of the past. Those on record stay as they are."""
    amendments.require(by, Permission.KEEP_REGISTER)
    _hold(zone, version=version)
    if zone.stages.filter(state=ZoneState.PROPOSED).exists():
        raise MoveRefused("wrong_state", _("This zone is moved step by step in the register itself."))
    now = zone.stages.get(effective_to=None)
    check_stages(stages, after=StageEntry(now.state, now.effective_from))
    now.effective_to = stages[0].on
    now.save(update_fields=["effective_to"])
    zone.state, zone.version = ZoneState(stages[-1].state), zone.version + 1
    zone.save(update_fields=["state", "version"])
    _store_stages(zone, stages)
    _write(zone, EventType.ZONE_AMENDED, by, {"stages": in_words(stages)}, {"stages": in_words(stages)})


# --- Steps ---


@transaction.atomic
def take_step(
    zone: DemonstrationZone, move: Move, *, by: Actor, reason: str, on: Day | None = None, paper: str = "",
    build_to: Day | None = None, version: int | None = None,
) -> None:  # fmt: skip
    """Bring a zone to its next stage from a day on (default today). `build_to`: the new last day to build.

    The reason is kept at the desk and sealed in the journal; day and paper are public once the zone was chosen.
    """
    read, day = zone.state, on or timezone.localdate()
    _hold(zone, version=None)
    if not territory.may(by, move.permission, zone.division):
        raise MoveRefused("not_permitted", _("Your role or territory does not allow this step."))
    if zone.state != read:
        raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))
    if version is not None and zone.version != version:
        raise changed_meanwhile()
    now = zone.stages.get(effective_to=None)
    must_lie_before(day, first=now.effective_from)
    changes = {"version": zone.version + 1, **build_time(zone, move, day, build_to, by)}
    public = made_public(zone, move, paper, changes)
    apply_move(
        zone, move, by=by, subject=subject_of(zone, chosen=move.target in PUBLIC_STATES), division=zone.division,
        state_field="state", effective_on=day, reason=reason, reason_is_public=False, changes=changes,
        payload=public | sealed({"reason": reason.strip(), "paper": paper.strip()}, zone.nonce),
        source=paper.strip() if public else "",
    )  # fmt: skip
    now.effective_to = day
    now.save(update_fields=["effective_to"])
    amendments.insert(
        ZoneStage(zone=zone, state=move.target, effective_from=day, paper=paper.strip(), reason=reason.strip())
    )


# --- Yearly summaries ---


@transaction.atomic
def file_summary(
    zone: DemonstrationZone, *, by: Actor, year: int, version: int, text: str, **figures: Unpack[Figures]
) -> ZoneSummary:
    """What a zone reports of a year. `version`: the one the form showed, 0 for none; a later one replaces it.

    The figures are public, the text is read at the desk.
    """
    must_have(by, PAPERS, zone.division)
    _hold(zone, version=None)
    if zone.state not in REPORTING:
        raise MoveRefused("wrong_state", _("A summary is filed while a zone is being built or holds its title."))
    check_year(zone, year)
    check_shares(figures["producers"], figures["users"], figures["sector_output"], figures["users_output"])
    latest = zone.summaries.filter(year=year).first()
    own: dict[str, Any] = {**figures, "text": text.strip()}
    if latest is not None and {name: getattr(latest, name) for name in own} == own:
        return latest  # the same form, sent twice
    if version != (latest.version if latest else 0):
        raise changed_meanwhile()
    row = ZoneSummary(zone=zone, year=year, version=version + 1, filed_on=timezone.localdate(), **own)
    amendments.insert(row)
    public = {"year": year, "version": row.version, **figures} if zone.is_public else {}
    _write(zone, EventType.ZONE_SUMMARY_FILED, by, {"year": year, **own}, public)
    return row
