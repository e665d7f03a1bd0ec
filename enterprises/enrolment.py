"""Enterprises and the authorisations that were decided or reported elsewhere: the register enrols them here."""

from __future__ import annotations

import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction

from enterprises.models import Authorisation, Enterprise, EnterpriseSearchText
from gi_registry import amendments, search_text
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Subject
from gi_registry.models import Division
from products.models import Announcement, Product


class EnterpriseValues(TypedDict, total=False):
    """What the register keeps of an enterprise."""

    name_zh: str
    name_en: str
    uscc: str | None
    province: Division | None
    basis: str


class AuthorisationValues(TypedDict, total=False):
    """What the register keeps of an authorisation."""

    product: Product | None
    product_text: str
    announcement: Announcement | None
    state: str
    basis: str
    effective_from: datetime.date
    effective_precision: str
    effective_to: datetime.date | None
    source: str
    note: str


def enterprise_subject(enterprise: Enterprise) -> Subject:
    """The name of an enterprise in the journal."""
    return Subject("enterprise", enterprise.reference, enterprise.name_zh)


def authorisation_subject(authorisation: Authorisation) -> Subject:
    """The name of an authorisation in the journal; it belongs to its enterprise."""
    enterprise = authorisation.enterprise
    label = f"{enterprise.name_zh} · {authorisation.product_text}"
    return Subject("authorisation", authorisation.reference, label, "enterprise", enterprise.reference)


def enterprise_values(enterprise: Enterprise) -> dict[str, Any]:
    """The present values of an enterprise, as `amend_enterprise` takes them."""
    return {name: getattr(enterprise, name) for name in EnterpriseValues.__annotations__}


def authorisation_values(authorisation: Authorisation) -> dict[str, Any]:
    """The present values of an authorisation, as `amend_authorisation` takes them."""
    return {name: getattr(authorisation, name) for name in AuthorisationValues.__annotations__}


def search_tokens(enterprise: Enterprise) -> str:
    """Search text of an enterprise: its names and its credit code."""
    return search_text.tokens_for(
        [enterprise.name_zh], latin=filter(None, [enterprise.name_en]), numbers=filter(None, [enterprise.uscc])
    )


@transaction.atomic
def enter_enterprise(
    *, by: Actor, reference: str, source: str = "", **values: Unpack[EnterpriseValues]
) -> Enterprise:
    """An enterprise that uses the special mark, or is said to."""
    enterprise = Enterprise(reference=reference, **values)
    event = EventType.ENTERPRISE_ENTERED
    amendments.enter(enterprise, values, by=by, event=event, subject=enterprise_subject, source=source)
    EnterpriseSearchText.objects.create(enterprise=enterprise, tokens=search_tokens(enterprise))
    return enterprise


@transaction.atomic
def amend_enterprise(
    enterprise: Enterprise, *, by: Actor, source: str = "", **values: Unpack[EnterpriseValues]
) -> None:
    """Correct what is recorded of an enterprise."""
    before, event = enterprise_values(enterprise), EventType.ENTERPRISE_AMENDED
    if amendments.amend(
        enterprise, before, values, by=by, event=event, subject=enterprise_subject, source=source
    ):
        EnterpriseSearchText.objects.filter(enterprise=enterprise).update(tokens=search_tokens(enterprise))


@transaction.atomic
def enter_authorisation(
    enterprise: Enterprise, *, by: Actor, reference: str, **values: Unpack[AuthorisationValues]
) -> Authorisation:
    """An authorisation as an announcement or a public report states it."""
    authorisation = Authorisation(enterprise=enterprise, reference=reference, **values)
    amendments.enter(
        authorisation, values, by=by, event=EventType.AUTHORISATION_ENTERED, subject=authorisation_subject,
        source=authorisation.source, effective_on=authorisation.effective_from,
    )  # fmt: skip
    return authorisation


@transaction.atomic
def amend_authorisation(
    authorisation: Authorisation, *, by: Actor, **values: Unpack[AuthorisationValues]
) -> None:
    """Correct what is recorded of an authorisation."""
    amendments.amend(
        authorisation, authorisation_values(authorisation), values, by=by, source=values.get("source", ""),
        event=EventType.AUTHORISATION_AMENDED, subject=authorisation_subject,
    )  # fmt: skip
