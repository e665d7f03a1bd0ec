"""WRITER. What an enterprise writes before it sends: the draft of an application, its sites and documents.

Drafts are nobody's business but the enterprise's: they change without the journal. A file that was sent in opens
once more, while its defects are mended.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import document_store, states
from enterprises.application_models import Document, MarkApplication, ProductionSite
from enterprises.case_files import application_subject, locked, must_act_for, not_permitted
from enterprises.models import Authorisation, Enterprise
from enterprises.states import EDITABLE, ApplicationKind, ApplicationState, DocumentKind
from gi_registry import amendments, journal, territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.models import Division
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from gi_registry.uploads import Cleaned
from products.models import Product

MAX_DOCUMENTS = 20


@transaction.atomic
def start(
    enterprise: Enterprise,
    *,
    by: Actor,
    nonce: uuid.UUID,
    kind: ApplicationKind = ApplicationKind.NEW,
    product: Product | None = None,
    authorisation: Authorisation | None = None,
) -> MarkApplication:
    """A new draft; the same nonce gives the same draft. A change starts from the terms in force."""
    must_act_for(by, enterprise)
    values: dict[str, Any] = {"enterprise": enterprise, "kind": kind, "product": product, "started_by_id": by.person}
    if kind == ApplicationKind.CHANGE:
        if authorisation is None or authorisation.enterprise_id != enterprise.pk or authorisation.state in states.OVER:
            raise MoveRefused("no_authorisation", _("There is no authorisation in force that could be changed."))
        values |= {"product": authorisation.product, "authorisation": authorisation} | _present_terms(authorisation)
    values["reference"] = f"D{nonce.hex[:16]}"
    application, created = MarkApplication.objects.get_or_create(nonce=nonce, defaults=values)
    if application.enterprise_id != enterprise.pk:
        raise not_permitted()
    if created:
        year = timezone.localdate().year
        application.reference = f"MA{year}{application.pk:06}"
        application.save(update_fields=["reference"])
    return application


def _present_terms(authorisation: Authorisation) -> dict[str, Any]:
    terms = authorisation.terms.filter(effective_to=None).select_related("application").first()
    if terms is None:
        return {}
    kept = ("lawful_user", "mark_number", "licence_until", "mark_until", "yearly_output", "output_unit", "packs")
    last = terms.application
    return {name: getattr(last, name) for name in kept} | {"varieties": terms.varieties, "standard": terms.standard}


@transaction.atomic
def save_draft(application: MarkApplication, *, by: Actor, version: int, **values: Any) -> None:
    """Store columns of a draft. Of two windows the second is refused, and its reader keeps what was typed."""
    must_act_for(by, application.enterprise)
    for name, value in values.items():
        setattr(application, name, value)
    amendments.check(application)
    _bump(application, version, values)


@transaction.atomic
def set_sites(
    application: MarkApplication, *, by: Actor, version: int, sites: Iterable[tuple[Division, str]]
) -> None:
    """Store the production sites of a draft, in order; the first one says whose officials review."""
    must_act_for(by, application.enterprise)
    _bump(application, version, {})
    wanted = list(sites)
    kept = list(application.sites.all())
    for site, (division, address) in zip(kept, wanted, strict=False):
        site.division, site.address = division, address
        amendments.check(site)
        site.save()
    for division, address in wanted[len(kept) :]:
        amendments.insert(ProductionSite(application=application, division=division, address=address))
    for site in kept[len(wanted) :]:
        site.delete()


def _bump(application: MarkApplication, version: int, values: dict[str, Any]) -> None:
    rows = MarkApplication.objects.filter(pk=application.pk, version=version, state__in=EDITABLE)
    if rows.update(version=F("version") + 1, **values) != 1:
        raise MoveRefused(
            "changed_elsewhere",
            _("This application was changed in another window or sent meanwhile. Compare, then save again."),
        )
    application.version = version + 1


@transaction.atomic
def discard(application: MarkApplication, *, by: Actor) -> None:
    """Throw a draft away; nobody else has seen it."""
    must_act_for(by, application.enterprise)
    # Held first: rows are deleted by their keys alone, whatever has become of the draft since it was found.
    held = MarkApplication.objects.select_for_update().filter(pk=application.pk).first()
    if held is None or held.state != ApplicationState.DRAFT:
        raise MoveRefused("wrong_state", _("This step is not possible in the present state."))
    names = list(held.documents.values_list("name", flat=True))
    held.delete()
    _forget(names)


@transaction.atomic
def add_document(
    application: MarkApplication, *, by: Actor, kind: DocumentKind, title: str, cleaned: Cleaned, name: str
) -> Document:
    """Put a cleaned and stored file into the application; officials add their reports, the enterprise its proof."""
    fresh = locked(application)
    if by.has(Permission.APPLY_FOR_MARK):
        must_act_for(by, fresh.enterprise)
        may = fresh.state in EDITABLE
    else:
        may = fresh.state in states.OPEN and territory.may(by, Permission.REVIEW_MARK_USE, fresh.division)
    if not may:
        raise MoveRefused("wrong_state", _("Documents cannot be added to this file now."))
    there = fresh.documents.filter(kind=kind, sha256=cleaned.sha256)
    if fresh.documents.count() >= MAX_DOCUMENTS and not there.exists():
        raise MoveRefused("too_many", _("A file holds at most %(number)d documents.") % {"number": MAX_DOCUMENTS})
    document, created = Document.objects.get_or_create(
        application=fresh, kind=kind, sha256=cleaned.sha256,
        defaults={
            "title": title.strip()[:120], "name": name, "media_type": cleaned.media_type, "size": len(cleaned.content),
            "pages": cleaned.pages, "uploaded_by_id": by.person,
        },
    )  # fmt: skip
    if not created and document.name != name:  # the same document once more
        _forget([name])
    if created and fresh.state != ApplicationState.DRAFT:
        payload = {"kind": str(kind), "sha256": cleaned.sha256}
        event = Event(EventType.DOCUMENT_ADDED, application_subject(fresh), payload, timezone.localdate())
        journal.record(event, by=by)
    return document


@transaction.atomic
def remove_document(document: Document, *, by: Actor) -> None:
    """Take a document out of a draft. What was sent in stays."""
    application = locked(document.application)
    must_act_for(by, application.enterprise)
    if application.state != ApplicationState.DRAFT:
        raise MoveRefused("wrong_state", _("What was sent in stays in the file. Add a better document instead."))
    name = document.name
    document.delete()
    _forget([name])


def _forget(names: Iterable[str]) -> None:
    """Remove files once it is settled that no row names them. A process killed before leaves them lying."""
    for name in names:
        transaction.on_commit(partial(document_store.forget, name), robust=True)
