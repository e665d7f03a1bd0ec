"""A small register with something of everything, every file on the disk, in which no rule over all rows is broken."""

import datetime
import uuid

from django.utils import timezone

from enterprises import (
    case_papers,
    document_store,
    label_facts,
    label_rules,
    labels,
    objection_files,
    report_photos,
    scanning,
)
from enterprises.application_models import Document
from enterprises.label_states import VoidReason
from enterprises.scan_models import SuspectReport, label_key
from enterprises.scanning import Visit
from gi_registry import journal, uploads
from gi_registry.journal import Actor, Event, EventType, Subject
from products import refreshing, registrar
from products.case_models import CasePaper
from products.case_states import CaseState
from products.objection_states import ObjectionState
from tests import case_world, cultivation_world, page_world, protection_world, zone_world
from tests.label_world import Labels, make_labels


def make(*, pages: bool = True) -> Labels:
    """The register; below `settings.GI_HOME`, which a test has made its own."""
    found = make_labels()
    world = found.world
    batch = found.batch(100, active=(1, 50))
    labels.declare_void(
        batch, by=world.actor("owner"), nonce=uuid.uuid4(), first=41, last=60, reason=VoidReason.DAMAGED
    )
    found.request(20)
    for number, province in enumerate(("43", "43", "11")):
        scanning.record(label_key(batch.pk, 7), Visit(f"203.0.{number}.0/24", "android", province))
    picture = uploads.store(case_world.pdf("the pack"), label_facts.photo_folder())
    label_rules.set_photo(batch, by=world.actor("owner"), name=picture, sha256="0" * 64)
    _report(batch)
    registrar.enter_requirements(
        world.product.rights.get(), {"link": "Mist on the hills."}, by=Actor.system("test"), source="test",
        on=datetime.date(2024, 1, 1), announcement=found.authorisation.announcement,
    )  # fmt: skip
    case = protection_world.make_case(world, CaseState.PRELIMINARY)
    objection = protection_world.make_objection(case, ObjectionState.RECEIVED)
    kept = objection_files.keep(case_world.pdf("evidence"))
    objection.files.create(
        title="Evidence", name=kept, media_type="application/pdf", size=9, sha256=_sha("evidence")
    )
    zone_world.make_zone(world)
    cultivation_world.make_candidate(world, name_zh="安化红茶")
    if pages:
        page_world.make_site()
        page_world.make_picture()
    _put_files_on_the_disk()
    _tell_the_journal(world)
    return found


def _report(batch):
    row = SuspectReport.objects.create(
        reference="SR1", nonce=uuid.uuid4(), token_sha256="1" * 64, suspicion="copied_label", text="The same twice.",
        label=label_key(batch.pk, 7), batch=batch,
    )  # fmt: skip
    name = uploads.store(case_world.pdf("photo"), report_photos.folder())
    row.photos.create(name=name, media_type="image/jpeg", size=9)


def _sha(text):
    return case_world.pdf(text).sha256


def _put_files_on_the_disk():
    """The factories name documents that were never kept; their content follows from the row that has them."""
    for row in Document.objects.all():
        _keep(document_store.folder() / row.name, f"{row.application_id} {row.kind}")
    for row in CasePaper.objects.all():
        _keep(case_papers.folder() / row.name, f"{row.case_id} {row.kind}")


def _keep(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(case_world.pdf(text).content)


def _tell_the_journal(world):
    """The factories make rows without their history and search text."""
    refreshing.refresh(world.product)
    right = world.product.rights.get()
    for event, kind, reference in (
        (EventType.PRODUCT_ENTERED, "product", str(world.product.number)),
        (EventType.RIGHT_ENTERED, "right", right.reference),
    ):
        subject = Subject(kind, reference, world.product.name_zh)
        journal.record(Event(event, subject, {}, timezone.localdate()), by=Actor.system("test"))
