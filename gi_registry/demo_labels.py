"""ROOF. Labels for the demonstration, one for each answer, made by the same writers that people use."""

from __future__ import annotations

import uuid

from enterprises import label_codes, label_keys, labels, output, scanning, suspect_reports, verification
from enterprises.label_models import LabelBatch, Season
from enterprises.label_states import BatchState, RecallGround, SignalKind, Suspicion, Unit, VoidReason
from enterprises.models import Authorisation
from enterprises.scan_models import label_key
from enterprises.scanning import Visit
from gi_registry.demo_cases import HUNAN_OFFICE, People, acting
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import Role

# Labels of the first batch, by what they show.
IN_FORCE, UNUSUAL, VOID, WAITING, RETURNED = 1, 2, 15, 150, 200
KILOGRAM = 1000


def make(people: People) -> int:
    """Output, batches and scans of the shop's authorisation, unless some are there; returns how many batches."""
    enterprise, by = acting(people.members[3])
    authorisation = Authorisation.objects.in_force().filter(enterprise=enterprise, state="in_force").last()
    if authorisation is None or authorisation.terms.count() == 0 or Season.objects.filter(
        authorisation=authorisation
    ).exists():  # fmt: skip
        return 0
    reviewer = Actor.user(people.reviewer, Role.REVIEWER, Division.objects.current().get(code=HUNAN_OFFICE))
    season = _output(authorisation, by, reviewer)
    first = _batch(season, by, 200, "250 g")
    labels.issue(first, by=reviewer)
    labels.activate(first, by=by, nonce=uuid.uuid4(), first=1, last=120)
    labels.declare_void(first, by=by, nonce=uuid.uuid4(), first=VOID, last=16, reason=VoidReason.DAMAGED)
    labels.take_back(first, by=by, nonce=uuid.uuid4(), first=181, last=RETURNED)
    recalled = _batch(season, by, 50, "500 g")
    labels.issue(recalled, by=reviewer)
    labels.activate(recalled, by=by, nonce=uuid.uuid4(), first=1, last=50)
    labels.recall(recalled, by=by, ground=RecallGround.ERROR, text="（演示）净含量印错。")
    _batch(season, by, 1000, "250 g")  # waits for the office
    _scans(first)
    suspect_reports.receive(
        nonce=uuid.uuid4(), suspicion=Suspicion.COPIED_LABEL, label=verification.find(_code(first, UNUSUAL)),
        text="（演示）标签上的净含量与包装不符，商家说不清来源。", goods="茶叶", bought_at="（演示）某茶叶市场",
    )  # fmt: skip
    return 3


def _output(authorisation: Authorisation, by: Actor, reviewer: Actor) -> Season:
    stated = {"by": by, "season": "2026", "unit": Unit.KILOGRAM}
    statement = output.state_output(
        authorisation, nonce=uuid.uuid4(), quantity=600 * KILOGRAM, evidence="（演示）过磅单 1-40 号", **stated
    )  # type: ignore[arg-type]
    output.certify(statement, by=reviewer)
    output.state_output(
        authorisation, nonce=uuid.uuid4(), quantity=150 * KILOGRAM, evidence="（演示）过磅单 41-52 号", **stated
    )  # type: ignore[arg-type]
    return Season.objects.get(pk=statement.season_id)


def _batch(season: Season, by: Actor, count: int, pack_text: str) -> LabelBatch:
    terms = season.authorisation.terms.get(effective_to=None)
    return labels.request(
        season, by=by, nonce=uuid.uuid4(), count=count, pack=int(pack_text.split()[0]), pack_text=pack_text,
        mark_text=terms.standard, variety=next(iter(terms.varieties), ""),
    )  # fmt: skip


def _scans(batch: LabelBatch) -> None:
    """One ordinary label, one that was scanned in two provinces, one that should not be on sale yet."""
    for index, visits in (
        (IN_FORCE, [("a", "43")]),
        (UNUSUAL, [(f"{one} in {place}", place) for place in ("43", "44") for one in "abc"]),
        (WAITING, [("a", "43"), ("b", "43")]),
    ):
        strange = SignalKind.NOT_ON_SALE if index == WAITING else None
        for network, province in visits:
            visit = Visit(f"demonstration {network}", "android", province)
            scanning.record(label_key(batch.pk, index), visit, strange=strange)


def addresses() -> list[tuple[str, str]]:
    """A word and the path of a label for each answer; nothing where no demonstration labels are."""
    batches = LabelBatch.objects.filter(season__authorisation__enterprise__uscc__regex="^..000000")
    first = batches.filter(state=BatchState.ISSUED).order_by("pk").first()
    recalled = batches.filter(state=BatchState.RECALLED).order_by("pk").first()
    if first is None:
        return []
    found = [("in force", first, IN_FORCE), ("scanned in two provinces", first, UNUSUAL),
             ("not activated", first, WAITING), ("void", first, VOID)]  # fmt: skip
    if recalled is not None:
        found.append(("recalled", recalled, 1))
    return [(word, f"/v/{_code(batch, index)}") for word, batch, index in found]


def _code(batch: LabelBatch, index: int) -> str:
    secret = label_keys.unseal(batch.key_id or 0, batch.secret or b"", f"batch:{batch.pk}")
    return label_codes.make(batch.pk, index, secret=secret, order_key=label_keys.order_key())
