"""WRITER. Candidates for protection, trainings and guidance visits, funding projects: entered, amended, moved, struck.

Everything belongs to a division and is kept by its officials. The journal is public and these things are not: it
tells of each change by a number and a seal, and of a candidate by its name only from the day of its release.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, TypeVar, Unpack

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import amendments, journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.models import Division
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.seals import sealed
from gi_registry.state_tables import Move
from products.cultivation_models import Candidate, CandidateStage, FundingProject, Training
from products.cultivation_states import ON_RECORD, PRODUCT_GUARDS, Stage, all_items_there
from products.cultivation_values import (
    MANY,
    CandidateValues,
    Day,
    ProjectValues,
    TrainingValues,
    changed_meanwhile,
    check_counties,
    check_in_force,
    check_place,
    check_record,
    in_order,
    must_keep,
    must_lie_before,
    sent_with_other_words,
    stored,
    subject_of,
)
from products.models import Product

Kept = Candidate | Training | FundingProject
Row = TypeVar("Row", bound=Kept)
Record = TypeVar("Record", bound=Training | FundingProject)
PUBLIC = ("division", "name_zh", "name_en", "category")  # of a released candidate, beside its stage


# --- What all of them share ---


def _hold(row: Kept, *, version: int | None = None) -> None:
    """Read the row anew and hold it until the transaction ends; refuse where it has changed since `version`."""
    near = ["division__parent__parent", *(["product"] if isinstance(row, Candidate) else [])]
    rows: Any = type(row)._default_manager.select_for_update(of=("self",)).select_related(*near)
    row.refresh_from_db(from_queryset=rows)
    if version is not None and row.version != version:
        raise changed_meanwhile()


def _write(row: Kept, event: EventType, by: Actor, values: Mapping[str, Any], public: Any = None) -> None:
    """Tell the journal: in words what is public, everything as a seal."""
    seal = sealed(amendments.plain(values), row.nonce) if values else {}
    journal.record(Event(event, subject_of(row), (public or {}) | seal, timezone.localdate()), by=by)


def _sent_before(row: Kept, values: Mapping[str, Any], by: Actor) -> Any:
    """What the same form has become already; refused where the form says something else now."""
    known = type(row)._default_manager.filter(nonce=row.nonce).select_related("division__parent__parent").first()
    if known is None:
        return None
    must_keep(by, known.division)
    wanted = {"division": row.division, **values}
    if stored(known, wanted) != wanted:
        raise sent_with_other_words(subject_of(known).reference)
    return known


def _enter(row: Row, values: Mapping[str, Any], by: Actor, event: EventType, since: Day | None = None) -> Row:
    """Store a new row with its relations, and tell the journal; the same form twice makes one row."""
    if found := _sent_before(row, values, by):
        return found  # type: ignore[no-any-return]
    try:
        with transaction.atomic():
            amendments.insert(row)
            if isinstance(row, Candidate):
                row.reference = f"K{timezone.localdate().year}{row.pk:06}"
                row.save(update_fields=["reference"])
                stage = CandidateStage(candidate=row, stage=row.stage, effective_from=since or timezone.localdate())
                amendments.insert(stage)
            for name in MANY:
                if name in values:
                    getattr(row, name).set(values[name])
            _write(row, event, by, {"division": row.division, **values})
    except IntegrityError:  # the same form, sent twice at the same moment
        if found := _sent_before(row, values, by):
            return found  # type: ignore[no-any-return]
        raise
    return row


def _amend(row: Kept, values: Mapping[str, Any], by: Actor, event: EventType) -> bool:
    """Store what differs in a row that is held; without a difference nothing is written."""
    changes: dict[str, amendments.Change] = amendments.differences(stored(row, values), values)
    if not changes:
        return False
    for name, change in changes.items():
        if name in MANY:
            getattr(row, name).set(change.after)
        else:
            setattr(row, name, change.after)
    row.version += 1
    if not isinstance(row, Candidate):
        check_record(row)
    amendments.check(row)
    row.save(update_fields=["version", *(name for name in changes if name not in MANY)])
    told = {name: change for name, change in changes.items() if name in PUBLIC}
    public = amendments.as_payload(told) if isinstance(row, Candidate) and row.released_on and told else None
    _write(row, event, by, {name: change.after for name, change in changes.items()}, public)
    return True


# --- Candidates ---


def enter_candidate(
    *, by: Actor, nonce: uuid.UUID, division: Division, since: Day | None = None, demonstration: bool = False,
    **values: Unpack[CandidateValues],
) -> Candidate:  # fmt: skip
    """A new candidate of a county or prefecture, known as one `since` a day (default today)."""
    must_keep(by, division)
    check_place(division, wider=True)
    must_lie_before(since or timezone.localdate())
    own = in_order(values)
    row = Candidate(
        reference=f"K{nonce.hex[:19]}", nonce=nonce, division=division, demonstration=demonstration, **own
    )
    return _enter(row, own, by, EventType.CANDIDATE_ENTERED, since)


@transaction.atomic
def amend_candidate(
    candidate: Candidate, *, by: Actor, version: int, division: Division | None = None,
    **values: Unpack[CandidateValues],
) -> bool:  # fmt: skip
    """Change what is written of a candidate; what is ready stays complete. Returns whether anything differed."""
    _hold(candidate, version=version)
    own = in_order(values) | ({"division": division} if division else {})
    must_keep(by, candidate.division, *filter(None, [division]))
    if division is not None and division != candidate.division:
        check_place(division, wider=True)
    changed = _amend(candidate, own, by, EventType.CANDIDATE_AMENDED)
    if candidate.stage == Stage.READY and all_items_there(candidate, by):
        raise MoveRefused(
            "not_ready", _("It stands as ready, so nothing of the checklist may be missing. Take it back first.")
        )
    return changed


@transaction.atomic
def move_candidate(
    candidate: Candidate, move: Move, *, by: Actor, reason: str = "", on: Day | None = None,
    product: Product | None = None,
) -> None:  # fmt: skip
    """Bring a candidate to another stage from a day on (default today); a `product` is tied to it first."""
    read, day = candidate.stage, on or timezone.localdate()
    _hold(candidate)
    must_keep(by, candidate.division)
    if candidate.stage != read:
        raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))
    now = candidate.stages.get(effective_to=None)
    must_lie_before(day, first=now.effective_from)
    if product is not None:
        _tie(candidate, product, by)
    known = candidate.product
    if known and move.target == Stage.PROTECTED and not move.guard(candidate, by):
        check_in_force(known, day)
    changes = {"version": candidate.version + 1, "product": known}
    public = {"product": known.number} if known and candidate.released_on and move.target in ON_RECORD else {}
    apply_move(
        candidate, move, by=by, subject=subject_of(candidate), division=candidate.division, state_field="stage",
        effective_on=day, reason=reason, reason_is_public=False, changes=changes,
        payload=public | sealed({"reason": reason.strip(), "product": known and known.number}, candidate.nonce),
    )  # fmt: skip
    now.effective_to = day
    now.save(update_fields=["effective_to"])
    amendments.insert(
        CandidateStage(candidate=candidate, stage=move.target, effective_from=day, reason=reason.strip())
    )


@transaction.atomic
def tie_product(candidate: Candidate, product: Product, *, by: Actor, version: int | None = None) -> None:
    """Say which product of the register a candidate is, or has become."""
    _hold(candidate, version=version)
    must_keep(by, candidate.division)
    _tie(candidate, product, by)
    candidate.version += 1
    candidate.save(update_fields=["product", "version"])
    public = {"product": product.number} if candidate.released_on and candidate.stage in ON_RECORD else None
    _write(candidate, EventType.CANDIDATE_AMENDED, by, {"product": product.number}, public)


def _tie(candidate: Candidate, product: Product, by: Actor) -> None:
    """Of the same province, and with all that the stage needs."""
    if product.province_id not in (None, candidate.division.lineage()[0].pk):
        raise MoveRefused("other_product", _("That product belongs to another province."))
    candidate.product = product
    for guard in PRODUCT_GUARDS.get(candidate.stage, ()):
        if refusal := guard(candidate, by):
            raise MoveRefused("guard", str(refusal))


@transaction.atomic
def release(candidate: Candidate, *, by: Actor, version: int | None = None) -> None:
    """Make name, category, place and stage public. It cannot be taken back: the journal has named it then."""
    _hold(candidate, version=version)
    must_keep(by, candidate.division)
    if candidate.released_on is not None:
        raise MoveRefused("wrong_state", _("This step is not possible in the present state."))
    candidate.released_on = timezone.localdate()
    candidate.version += 1
    candidate.save(update_fields=["released_on", "version"])
    public = amendments.plain({name: getattr(candidate, name) for name in PUBLIC}) | {"stage": candidate.stage}
    _write(candidate, EventType.CANDIDATE_RELEASED, by, {}, public)


# --- Trainings, guidance visits, funding projects ---


def enter_training(
    *, by: Actor, nonce: uuid.UUID, division: Division, demonstration: bool = False, **values: Unpack[TrainingValues]
) -> Training:
    """A training or guidance visit that the office of a division has held."""
    row = Training(nonce=nonce, division=division, demonstration=demonstration)
    return _enter_record(row, values, by, EventType.TRAINING_ENTERED)


def enter_project(
    *, by: Actor, nonce: uuid.UUID, division: Division, demonstration: bool = False, **values: Unpack[ProjectValues]
) -> FundingProject:
    """A funding project that the office of a division keeps."""
    row = FundingProject(nonce=nonce, division=division, demonstration=demonstration)
    return _enter_record(row, values, by, EventType.FUNDING_ENTERED)


def _enter_record(record: Record, values: Mapping[str, Any], by: Actor, event: EventType) -> Record:
    own = in_order(values)
    must_keep(by, record.division, *(one.division for one in own.get("candidates", ())))
    check_counties(by, own.get("counties", ()))
    for name in own.keys() - set(MANY):
        setattr(record, name, own[name])
    check_record(record)
    return _enter(record, own, by, event)


def amend_training(training: Training, *, by: Actor, version: int, **values: Unpack[TrainingValues]) -> bool:
    """Correct what is written of a training or visit. Returns whether anything differed."""
    return _amend_record(training, version, values, by, EventType.TRAINING_AMENDED)


def amend_project(project: FundingProject, *, by: Actor, version: int, **values: Unpack[ProjectValues]) -> bool:
    """Correct or carry on what is written of a project. Returns whether anything differed."""
    return _amend_record(project, version, values, by, EventType.FUNDING_AMENDED)


@transaction.atomic
def _amend_record(record: Record, version: int, values: Mapping[str, Any], by: Actor, event: EventType) -> bool:
    _hold_unstruck(record, version, by)
    own = in_order(values)
    if "counties" in own:
        check_counties(by, own["counties"], kept=record.counties.all())
    known = record.candidates.all() if isinstance(record, FundingProject) else ()
    must_keep(by, *(one.division for one in own.get("candidates", ()) if one not in known))
    return _amend(record, own, by, event)


@transaction.atomic
def strike(record: Training | FundingProject, *, by: Actor, version: int) -> None:
    """It was entered by mistake: it counts no more, and stays readable at the desk."""
    _hold_unstruck(record, version, by)
    record.struck_on = timezone.localdate()
    record.version += 1
    record.save(update_fields=["struck_on", "version"])
    event = EventType.TRAINING_STRUCK if isinstance(record, Training) else EventType.FUNDING_STRUCK
    _write(record, event, by, {})


def _hold_unstruck(record: Training | FundingProject, version: int, by: Actor) -> None:
    _hold(record, version=version)
    must_keep(by, record.division)
    if record.struck_on is not None:
        raise MoveRefused("wrong_state", _("This step is not possible in the present state."))
