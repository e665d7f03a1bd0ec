"""WRITER. The announcement: approved files become authorisations that stand in the public directory from that day.

One transaction: of two announcements that take the same file one wins whole, the other changes nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import acts, notifications
from enterprises.application_models import MarkApplication, StopCase
from enterprises.case_files import application_subject, locked
from enterprises.models import Authorisation, Enterprise, EnterpriseSearchText, Terms
from enterprises.record_words import authorisation_subject, enterprise_subject, search_tokens
from enterprises.states import (
    ANNOUNCE,
    OVER,
    ApplicationKind,
    ApplicationState,
    AuthorisationBasis,
    AuthorisationState,
    LawfulUser,
    StopState,
)
from gi_registry import amendments, journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.models import Division
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.partial_dates import Precision
from gi_registry.roles import Permission
from products.announcement_numbers import Issuer
from products.models import Announcement, AnnouncementEntry, Product, Right
from products.states import MARK_TRACKS, AnnouncementKind

MARK_USERS = (LawfulUser.COLLECTIVE_MEMBER, LawfulUser.LICENSEE)


@transaction.atomic
def publish(
    applications: Iterable[MarkApplication] = (),
    *,
    by: Actor,
    text: str,
    issuer: str = Issuer.OTHER,
    issuer_text: str = "",
    year: int | None = None,
    number: int | None = None,
    published_on: datetime.date,
    stops: Iterable[StopCase] = (),
    corrects: Announcement | None = None,
    body: str = "",
) -> Announcement:
    """Announce approved files and decided stops, or correct an earlier announcement; use starts that day.

    Raises MoveRefused where a file is not (or no longer) approved, the day is in the future or before a decision,
    real and demonstration files are mixed, or there is nothing to announce.
    """
    amendments.require(by, Permission.ANNOUNCE_MARK_USE)
    files = [locked(application) for application in sorted(applications, key=lambda file: file.pk)]
    ended = list(StopCase.objects.select_for_update().filter(pk__in=[case.pk for case in stops]))
    _check(files, ended, published_on, corrects, body)
    enterprises = {file.enterprise for file in files} | {case.authorisation.enterprise for case in ended}
    demonstration = any(one.is_demo for one in enterprises) or (corrects is not None and corrects.demonstration)
    announcement = acts.announce(
        by=by, issuer=issuer, issuer_text=issuer_text, year=year, number=number, text=text, body=body,
        published_on=published_on, corrects=corrects, demonstration=demonstration,
    )  # fmt: skip
    for file in files:
        _announce(file, announcement, by)
    for case in ended:
        if StopCase.objects.filter(pk=case.pk, announcement=None).update(announcement=announcement) != 1:
            raise _taken()
    return announcement


def _check(
    files: Sequence[MarkApplication],
    stops: Sequence[StopCase],
    on: datetime.date,
    corrects: Announcement | None,
    body: str,
) -> None:
    if not files and not stops and not (corrects is not None and body.strip()):
        raise MoveRefused("empty", _("Choose at least one file to announce, or say what is corrected."))
    if on > timezone.localdate():
        raise MoveRefused("in_the_future", _("The day lies in the future."))
    if any(file.state != ApplicationState.APPROVED for file in files):
        raise _taken()
    if any(case.state != StopState.DECIDED or case.announcement_id is not None for case in stops):
        raise _taken()
    decided = [file.decided_on for file in files] + [case.decided_on for case in stops]
    if any(day is not None and on < day for day in decided):
        raise MoveRefused("before_decision", _("The announcement cannot be older than the decisions in it."))
    enterprises = [file.enterprise for file in files] + [case.authorisation.enterprise for case in stops]
    if len({enterprise.is_demo for enterprise in enterprises}) > 1:
        raise MoveRefused("mixed", _("Demonstration files and real ones cannot stand in one announcement."))


def _taken() -> MoveRefused:
    return MoveRefused(
        "someone_was_faster", _("One of these files is no longer waiting to be announced. Look at the list again.")
    )


def _announce(file: MarkApplication, announcement: Announcement, by: Actor) -> None:
    on = announcement.published_on
    assert on is not None
    apply_move(
        file, ANNOUNCE, by=by, subject=application_subject(file), division=file.division, state_field="state",
        effective_on=on, changes={"announcement_id": announcement.pk}, payload={"announcement": announcement.text},
    )  # fmt: skip
    file.deadlines.filter(stopped_on=None).update(stopped_on=timezone.localdate())
    if file.kind == ApplicationKind.CHANGE:
        _change(file, announcement, on, by)
    else:
        _grant(file, announcement, on, by)
    if not announcement.demonstration:
        for right in _rights(file):
            AnnouncementEntry.objects.get_or_create(
                announcement=announcement, right=right, kind=AnnouncementKind.MARK_USE
            )
    notifications.tell_of_move(file, ANNOUNCE)


def _grant(file: MarkApplication, announcement: Announcement, on: datetime.date, by: Actor) -> None:
    product = file.product
    assert product is not None
    assert file.division is not None
    live = Authorisation.objects.filter(enterprise=file.enterprise, product=product).exclude(state__in=OVER)
    if live.filter(basis=AuthorisationBasis.DECIDED).exists():
        raise MoveRefused("duplicate", _("{enterprise} is authorised for {product} already.").format(
            enterprise=file.enterprise.name_zh, product=product.name_zh))  # fmt: skip
    if not Product.objects.in_force(on).filter(pk=product.pk).exists():
        raise MoveRefused("product_ended", _("{product} is not protected on that day.").format(product=product.name_zh))
    enterprise = _enrol(file.enterprise, file.division, on, by)
    authorisation = Authorisation(
        reference=f"A{file.pk:07}", enterprise=enterprise, product=product, product_text=product.name_zh,
        announcement=announcement, state=AuthorisationState.IN_FORCE, basis=AuthorisationBasis.DECIDED,
        effective_from=on, effective_precision=Precision.DAY,
    )  # fmt: skip
    amendments.insert(authorisation)
    _write_terms(authorisation, file, announcement, on)
    payload = _terms_payload(file) | {"announcement": announcement.text, "product": product.number}
    journal.record(
        Event(EventType.AUTHORISATION_GRANTED, authorisation_subject(authorisation), payload, on), by=by
    )


def _change(file: MarkApplication, announcement: Announcement, on: datetime.date, by: Actor) -> None:
    authorisation = file.authorisation
    if authorisation is None or authorisation.state in OVER:
        raise MoveRefused("authorisation_over", _("The authorisation that would change has ended."))
    authorisation.terms.filter(effective_to=None).update(effective_to=on)
    _write_terms(authorisation, file, announcement, on)
    payload = _terms_payload(file) | {"announcement": announcement.text}
    journal.record(
        Event(EventType.AUTHORISATION_CHANGED, authorisation_subject(authorisation), payload, on), by=by
    )


def _enrol(enterprise: Enterprise, division: Division, on: datetime.date, by: Actor) -> Enterprise:
    """An enterprise becomes public with its first authorisation."""
    if enterprise.province is None:
        enterprise.province = division.lineage()[0]
        enterprise.save(update_fields=["province"])
    tokens = search_tokens(enterprise)
    _row, created = EnterpriseSearchText.objects.get_or_create(enterprise=enterprise, defaults={"tokens": tokens})
    if created:
        values = {"name_zh": enterprise.name_zh, "uscc": enterprise.uscc, "province": enterprise.province}
        payload = {"values": amendments.plain(values)}
        journal.record(Event(EventType.ENTERPRISE_ENTERED, enterprise_subject(enterprise), payload, on), by=by)
    return enterprise


def _write_terms(
    authorisation: Authorisation, file: MarkApplication, announcement: Announcement, on: datetime.date
) -> None:
    terms = Terms(
        authorisation=authorisation, application=file, announcement=announcement, varieties=file.varieties,
        standard=file.standard, effective_from=on,
    )  # fmt: skip
    amendments.insert(terms)
    terms.sites.set([site.division for site in file.sites.select_related("division")])


def _terms_payload(file: MarkApplication) -> dict[str, object]:
    """What the public may know of the terms; addresses and quantities stay in the file."""
    divisions = [site.division.code for site in file.sites.select_related("division")]
    return {
        "application": file.reference, "varieties": list(file.varieties), "standard": file.standard,
        "divisions": divisions,
    }  # fmt: skip


def _rights(file: MarkApplication) -> list[Right]:
    """The rights in force that the file rests on: of the trademark tracks for their users, else the others."""
    rights = list(Right.objects.in_force().filter(product=file.product))
    fitting = [right for right in rights if (right.track in MARK_TRACKS) == (file.lawful_user in MARK_USERS)]
    return fitting or rights[:1]
