"""WRITER. What officials make of a copy signal: dismiss it, watch it, open a case.

Recalling the batch is a step of the batch (enterprises/labels.py) and settles its undecided signals by itself. The
journal, which is public, tells that a signal of a batch was decided on; which label it is about, and why, is sealed.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from django.db import transaction
from django.utils import timezone

from enterprises import label_states
from enterprises.case_files import division_of, held
from enterprises.label_codes import ALPHABET
from enterprises.models import Authorisation
from enterprises.scan_models import CopySignal, ScannedLabel
from enterprises.signal_evidence import still_weighed
from gi_registry.journal import Actor, Subject
from gi_registry.moves import apply_move
from gi_registry.seals import sealed
from gi_registry.state_tables import Move


@transaction.atomic
def dismiss(signal: CopySignal, *, by: Actor, text: str) -> None:
    """There is an explanation: what was seen of the label up to now no longer speaks against it.

    With that the public warning ends, unless another signal of the label is undecided or is a case.
    """
    authorisation = held(signal.batch.season.authorisation)
    # Before the signal itself, as a scan does it: first the label, then its signals.
    seen = ScannedLabel.objects.select_for_update().filter(label=signal.label).first()
    if seen is not None and not still_weighed(signal):
        minute = int(time.time()) // 60
        ScannedLabel.objects.filter(pk=seen.pk).update(cleared_at=minute, warned_until=0)
    _decide(signal, label_states.DISMISS, authorisation, by=by, text=text)


@transaction.atomic
def watch(signal: CopySignal, *, by: Actor, text: str) -> None:
    """Keep it in the queue and wait for more."""
    _decide(signal, label_states.WATCH, held(signal.batch.season.authorisation), by=by, text=text)


@transaction.atomic
def open_case(signal: CopySignal, *, by: Actor, text: str) -> None:
    """It is followed up outside of the register; the public warning stays."""
    _decide(signal, label_states.OPEN_CASE, held(signal.batch.season.authorisation), by=by, text=text)


def _decide(signal: CopySignal, move: Move, authorisation: Authorisation, *, by: Actor, text: str) -> None:
    reference = signal.reference or "CS" + "".join(secrets.choice(ALPHABET) for _place in range(8))
    name = f"{reference} · {authorisation.product_text or authorisation.product}"
    changes: dict[str, Any] = {
        "reference": reference,
        "decided_on": timezone.localdate(),
        "decision": "\n\n".join(filter(None, [signal.decision, text.strip()])),  # why it was watched stays readable
    }
    apply_move(
        signal, move, by=by, division=division_of(authorisation), state_field="state",
        subject=Subject("copy_signal", reference, name, "label_batch", signal.batch.reference),
        effective_on=timezone.localdate(), reason=text, reason_is_public=False, changes=changes,
        payload=sealed({"label": signal.label, "kind": signal.kind, "text": text.strip()}, signal.batch.nonce),
    )  # fmt: skip
