"""Authorisations with a past and their yearly reports, for tests: made by the writers, as in the register."""

import datetime
import itertools
import uuid

from django.utils import timezone

from enterprises import use_checks, use_reports
from enterprises.application_models import MarkApplication
from enterprises.models import Authorisation, Enterprise, Terms
from enterprises.use_models import UseReport
from enterprises.use_states import UseState
from gi_registry.models import Division
from products.announcement_numbers import Issuer
from products.models import Announcement, Product
from tests import factories as make
from tests.case_world import World

LAST_YEAR = timezone.localdate().year - 1
SINCE = datetime.date(2015, 1, 1)
FIGURES = {
    "output": 120_000_000, "unit": "kg", "output_value": 12_000_000, "labels_used": 0, "may_be_shown": False,
}  # fmt: skip
_numbers = itertools.count(1)


def standing(world: World, **values) -> Authorisation:
    """An authorisation of the world's enterprise that stood for years."""
    authorisation = world.authorisation(**values)
    long_ago(authorisation)
    return authorisation


def long_ago(authorisation: Authorisation, since: datetime.date = SINCE) -> None:
    """As if it had been announced in the past."""
    Authorisation.objects.filter(pk=authorisation.pk).update(effective_from=since)
    authorisation.terms.update(effective_from=since)
    authorisation.refresh_from_db()


def make_report(world: World, authorisation: Authorisation, year: int = LAST_YEAR, *, state=UseState.ACCEPTED,
                **values) -> UseReport:  # fmt: skip
    """A report that was brought into a state by those who may; figures of the past are explained where they differ."""
    owner, reviewer = world.actor("owner"), world.actor("reviewer")
    report = use_reports.start(authorisation, year=year, by=owner, nonce=uuid.uuid4())
    use_reports.save_draft(report, by=owner, edits=report.edits, **(FIGURES | values))
    if use_checks.open_questions(report, use_checks.checks(report, use_checks.ledger(authorisation, year))):
        use_reports.save_draft(report, by=owner, edits=report.edits, explanation="Labels of another printer.")
    if state != UseState.DRAFT:
        use_reports.submit(report, by=owner, edits=report.edits)
    if state == UseState.RETURNED:
        use_reports.return_(report, by=reviewer, edits=report.edits, text="The unit seems to be wrong.")
    if state in (UseState.ACCEPTED, UseState.REPLACED):
        use_reports.accept(report, by=reviewer, edits=report.edits)
    if state == UseState.REPLACED:
        make_report(world, authorisation, year, **values)
        report.refresh_from_db()
    assert report.state == state, (report.state, state)
    return report


# --- Many enterprises, for sums: rows as the writers leave them ---


def make_firm(name: str = "", *, demo: bool = False) -> Enterprise:
    """An enterprise without people."""
    number = next(_numbers)
    uscc = f"91000000MA{number:08}" if demo else f"91430923MA{number:08}"
    return make.make_enterprise(name or f"某茶厂{number}", uscc=uscc, reference=f"U{number:05}")


def make_place(firm: Enterprise, product: Product, county: Division | None, **values) -> Authorisation:
    """An authorisation whose file lies in a county; without one it was decided elsewhere."""
    authorisation = make.make_authorisation(firm, product, since=values.pop("since", SINCE), **values)
    if county is not None:
        number = next(_numbers)
        announcement = Announcement.objects.create(issuer=Issuer.OTHER, issuer_text="test", number=number,
                                                   text=f"U{number}")  # fmt: skip
        file = MarkApplication.objects.create(
            reference=f"MU{number}", nonce=uuid.uuid4(), enterprise=firm, product=product, division=county,
            state="announced", announcement=announcement, started_by=make.make_person("auditor"), kind="new",
            submitted_at=timezone.now(), decided_on=SINCE,
        )  # fmt: skip
        Terms.objects.create(authorisation=authorisation, application=file, announcement=announcement,
                             standard="GB/T 1", effective_from=SINCE)  # fmt: skip
    return authorisation


def accepted(authorisation: Authorisation, year: int = LAST_YEAR, *, person=None, **values) -> UseReport:
    """An accepted report, stored as it is."""
    number = next(_numbers)
    return UseReport.objects.create(
        reference=f"UT{number}", nonce=uuid.uuid4(), authorisation=authorisation, year=year, version=1,
        written_by=person or make.make_person("auditor"), **({"state": UseState.ACCEPTED} | values),
    )  # fmt: skip
