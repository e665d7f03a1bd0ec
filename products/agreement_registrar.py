"""Agreements on mutual recognition, their batches, and the names on their lists, by which products are found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack

from django.db import transaction

from gi_registry import amendments
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Subject
from products.list_values import AgreementValues, agreement_values
from products.models import Agreement, AgreementEntry, Product
from products.record_values import EntryValues, entry_subject, entry_values
from products.refreshing import refresh, suggest


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


# --- Names on the lists ---


@transaction.atomic
def enter_agreement_entry(
    agreement: Agreement, *, by: Actor, key: str, source: str = "", **values: Unpack[EntryValues]
) -> AgreementEntry:
    """A name on one side of an agreement."""
    entry = AgreementEntry(agreement=agreement, key=key, **values)
    event = EventType.AGREEMENT_ENTRY_ENTERED
    amendments.enter(entry, values, by=by, event=event, subject=entry_subject, source=source)
    _bring_in_step({entry.product}, entry)
    return entry


@transaction.atomic
def amend_agreement_entry(
    entry: AgreementEntry, *, by: Actor, source: str = "", **values: Unpack[EntryValues]
) -> None:
    """Correct what is recorded of a name on an agreement list."""
    products = {entry.product}
    event = EventType.AGREEMENT_ENTRY_AMENDED
    if amendments.amend(
        entry, entry_values(entry), values, by=by, event=event, subject=entry_subject, source=source
    ):
        _bring_in_step(products | {entry.product}, entry)


def _bring_in_step(products: Iterable[Product | None], entry: AgreementEntry) -> None:
    suggest(entry)
    for product in products:
        if product is not None:
            refresh(product)


def link_entry(
    entry: AgreementEntry, product: Product | None, *, by: Actor, match_basis: str, source: str = ""
) -> None:
    """Tie a name on an agreement list to a product of the register, or (None) to none."""
    basis = match_basis if product is not None else ""
    amend_agreement_entry(entry, by=by, source=source, product=product, match_basis=basis)
