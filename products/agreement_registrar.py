"""Agreements on mutual recognition and their batches.

Names on agreement lists are entered by the registrar, because products are found by them.
"""

from __future__ import annotations

from typing import Unpack

from django.db import transaction

from gi_registry import amendments
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Subject
from products.list_values import AgreementValues, agreement_values
from products.models import Agreement


def agreement_subject(agreement: Agreement) -> Subject:
    """The name of an agreement in the journal."""
    return Subject("agreement", agreement.code, agreement.name_zh)


@transaction.atomic
def enter_agreement(
    *, by: Actor, code: str, source: str = "", **values: Unpack[AgreementValues]
) -> Agreement:
    """An agreement, or one batch of lists of it."""
    agreement = Agreement(code=code, **values)
    event = EventType.AGREEMENT_ENTERED
    amendments.enter(agreement, values, by=by, event=event, subject=agreement_subject, source=source)
    return agreement


@transaction.atomic
def amend_agreement(
    agreement: Agreement, *, by: Actor, source: str = "", **values: Unpack[AgreementValues]
) -> None:
    """Correct what is recorded of an agreement."""
    before, event = agreement_values(agreement), EventType.AGREEMENT_AMENDED
    amendments.amend(agreement, before, values, by=by, event=event, subject=agreement_subject, source=source)
