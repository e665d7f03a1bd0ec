"""Enterprises and the authorisations that were decided or reported elsewhere: the register enrols them here."""

from __future__ import annotations

import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction

from enterprises.models import Authorisation, DecisionAuthority, Enterprise, EnterpriseSearchText
from enterprises.record_words import authorisation_subject, enterprise_subject, search_tokens
from gi_registry import amendments
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


def enterprise_values(enterprise: Enterprise) -> dict[str, Any]:
    """The present values of an enterprise, as `amend_enterprise` takes them."""
    return {name: getattr(enterprise, name) for name in EnterpriseValues.__annotations__}


def authorisation_values(authorisation: Authorisation) -> dict[str, Any]:
    """The present values of an authorisation, as `amend_authorisation` takes them."""
    return {name: getattr(authorisation, name) for name in AuthorisationValues.__annotations__}


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


class AuthorityValues(TypedDict, total=False):
    """What the register keeps of a time in which a province decides itself."""

    effective_to: datetime.date | None
    source: str
    note: str


def authority_values(authority: DecisionAuthority) -> dict[str, Any]:
    """The present values, as `amend_authority` takes them."""
    return {name: getattr(authority, name) for name in AuthorityValues.__annotations__}


def authority_subject(authority: DecisionAuthority) -> Subject:
    """The name of such a time in the journal."""
    since = authority.effective_from.isoformat()
    code = authority.province.code
    return Subject("decision_authority", f"{code} {since}", f"{authority.province.name_zh} {since}", "division", code)


@transaction.atomic
def enter_authority(
    province: Division, *, by: Actor, effective_from: datetime.date, **values: Unpack[AuthorityValues]
) -> DecisionAuthority:
    """From a day on, a province decides itself who may use the mark."""
    authority = DecisionAuthority(province=province, effective_from=effective_from, **values)
    amendments.enter(
        authority, values, by=by, event=EventType.DECISION_AUTHORITY_ENTERED, subject=authority_subject,
        source=authority.source, effective_on=effective_from,
    )  # fmt: skip
    return authority


@transaction.atomic
def amend_authority(authority: DecisionAuthority, *, by: Actor, **values: Unpack[AuthorityValues]) -> None:
    """Correct what is recorded of it, or end it."""
    amendments.amend(
        authority, authority_values(authority), values, by=by, source=values.get("source", ""),
        event=EventType.DECISION_AUTHORITY_AMENDED, subject=authority_subject,
    )  # fmt: skip
