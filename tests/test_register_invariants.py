"""`check_register` names every row that breaks a rule: each one is broken here by hand, behind the writers."""

import contextlib
import datetime
import io
import json
import os

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.db.models import F

from gi_registry.management.commands import check_register
from tests import factories as make
from tests import whole_register

DAY = datetime.date(2020, 1, 1)


@pytest.mark.django_db
def test_a_register_without_rows_breaks_no_rule():
    assert faults() == []


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """A whole register, made once; what a test does to it is rolled back."""
    before = settings.GI_HOME, settings.MEDIA_ROOT
    with django_db_blocker.unblock(), transaction.atomic():
        settings.GI_HOME = tmp_path_factory.mktemp("home")
        settings.MEDIA_ROOT = settings.GI_HOME / "media"
        yield whole_register.make()
        transaction.set_rollback(True)
    settings.GI_HOME, settings.MEDIA_ROOT = before


@pytest.fixture
def found(world, django_db_blocker):
    """The same register for each test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield world
        transaction.set_rollback(True)


def faults():
    errors = io.StringIO()
    with contextlib.suppress(CommandError):
        call_command("check_register", stderr=errors, stdout=io.StringIO())
    return errors.getvalue().splitlines()


def table(name):
    return apps.get_model(name).objects


@contextlib.contextmanager
def unguarded(name):
    """A table without its own constraints, as somebody with the rights of the database could make it."""
    model = apps.get_model(name)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint) and constraint.condition is not None:
                cursor.execute(f"DROP INDEX {constraint.name}")
            elif isinstance(constraint, models.CheckConstraint) and connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else the table has events that wait
                cursor.execute(f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT {constraint.name}")
        try:
            yield
        finally:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA ignore_check_constraints = OFF")


def change(name, where=None, **values):
    """Overwrite columns of rows, the guards of the database lifted."""

    def do(found):
        with unguarded(name):
            assert table(name).filter(**(where or {})).update(**values)

    return do


def add_again(name, where=None, **values):
    """Add a row like the first one with other values."""

    def do(found):
        row = table(name).filter(**(where or {})).order_by("pk").first()
        row.pk, row._state.adding = None, True
        for key, value in values.items():
            setattr(row, key, value(row) if callable(value) else value)
        with unguarded(name):
            row.save(force_insert=True)

    return do


def remove(name, where=None):
    def do(found):
        assert table(name).filter(**(where or {}))._raw_delete("default")

    return do


def file_gone(folder):
    def do(found):
        file = next(one for one in sorted((settings.GI_HOME / folder).rglob("*")) if one.is_file())
        content = file.read_bytes()
        file.unlink()
        return lambda: file.write_bytes(content)

    return do


def stray_file(found):
    file = settings.GI_HOME / "private" / "documents" / "stray.pdf"
    file.write_bytes(b"left behind")
    os.utime(file, (0, 0))
    return file.unlink


def _ends_now(found):
    """The same label voided twice: once within, once across the first range."""
    add_again("enterprises.LabelEvent", {"fate": "void"}, nonce="0" * 32, first=60, last=70, unused=11)(found)


def _case_withdrawn_with_its_clock(found):
    change("products.ProtectionCase", state="withdrawn")(found)
    change("products.CaseDeadline", stopped_on=None)(found)


def _list_of_another_size(found):
    make.make_poverty_list("some-list", size=5)
    table("products.PovertyList").update(official_size=6)


def _unit_that_goes_before_it_comes(found):
    poverty_list = make.make_poverty_list("some-list")
    make.make_listed_unit(poverty_list, found.world.county, dropped_in=poverty_list.versions.get())


def _name_abroad_without_its_stage(found):
    entry = make.make_agreement_entry(make.make_agreement())
    entry.stages.create(status="published", effective_from=DAY, act="an act")


def _step_after_the_plan(found):
    plan = table("products.Plan").create(
        reference="P1", nonce="2" * 32, name_zh="规划", division=found.world.county, office="office",
        poverty_list=make.make_poverty_list("some-list"), period_from=DAY, period_to=datetime.date(2020, 12, 31),
    )  # fmt: skip
    measure = plan.measures.create(kind="units", target=3)
    measure.steps.create(due_on=datetime.date(2021, 12, 31), value=2)


def _ended_by_one_person(found):
    person = found.world.people["officer"]
    found.authorisation.stop_cases.create(
        ground="given_up",
        text="x",
        salt="x",
        state="decided",
        proposed_by=person,
        decided_by=person,
        decided_on=DAY,
    )


BREAKS = {
    "summary": (change("products.Product", status="revoked"), "Product 365: status is revoked"),
    "no right": (
        lambda found: table("products.Product").create(
            number=9, name_zh="无", category="tea", status="reported"
        ),
        "Product 9: it has no right.",
    ),
    "first day": (change("products.Right", effective_from=None), "confirmed without a first day"),
    "last day": (change("products.Right", effective_to=DAY), "does not go with its last day"),
    "right backwards": (
        change("products.Right", status="revoked", effective_to=DAY - datetime.timedelta(9999)),
        "it ends before it begins",
    ),
    "area twice": (
        add_again("products.ProtectedArea", effective_to=datetime.date(2030, 1, 1)),
        "安化县 430923 twice at one time",
    ),
    "area over": (change("products.ProtectedArea", effective_to=DAY), "its whole area has ended"),
    "old number": (
        lambda found: table("products.FormerNumber").create(number=365, product=found.world.product),
        "the number redirects to another product too",
    ),
    "search text": (change("products.ProductSearchText", tokens="x"), "its search text is not in step"),
    "unknown right": (change("products.Right", reference="R9"), "Right R9: the journal does not know it."),
    "requirements": (
        change("products.ProtectionRequirement", version=3),
        "version 3 of its requirements does not follow",
    ),
    "case state": (
        change("products.ProtectionCase", state="technical"),
        "it is technical, its last step is preliminary",
    ),
    "case clock": (_case_withdrawn_with_its_clock, "its clock opinion runs though it is withdrawn"),
    "case without right": (
        change("products.ProtectionCase", state="recognised"),
        "it is recognised and names no right",
    ),
    "case unknown": (
        change("products.ProtectionCase", reference="PC9"),
        "Case PC9: the journal does not know it.",
    ),
    "notice": (
        change(
            "products.PublicNotice",
            published_on=DAY,
            first_day=datetime.date(2020, 1, 2),
            last_day=datetime.date(2020, 1, 9),
            provisional=False,
        ),
        "it ends on 2020-01-09, its rule gives 2020-03-02",
    ),
    "objection late": (
        change(
            "products.Objection",
            state="admitted",
            received_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
        ),
        ": it was admitted, but had come too late.",
    ),
    "zone stage": (
        change("products.DemonstrationZone", state="building"),
        "it is building, its stages say proposed",
    ),
    "candidate": (change("products.Candidate", stage="filed"), "it is filed, its stages say candidate"),
    "product not protected": (
        change("products.Right", status="revoked", effective_to=DAY),
        "it stands although the product is not protected",
    ),
    "authorised twice": (
        add_again("enterprises.Authorisation", reference="A9"),
        "authorised 2 times for 365",
    ),
    "authorisation over": (
        change("enterprises.Authorisation", effective_to=datetime.date(2030, 1, 1)),
        "state in_force does not go with its last day",
    ),
    "suspension": (
        lambda found: table("enterprises.Suspension").create(
            authorisation=found.authorisation, ground="not_corrected", effective_from=DAY
        ),
        "but a suspension has not ended",
    ),
    "terms": (
        change("enterprises.Terms", effective_to=datetime.date(2030, 1, 1)),
        "does not go with 0 current terms",
    ),
    "terms backwards": (change("enterprises.Terms", effective_to=DAY), "ends before it begins"),
    "power twice": (
        add_again("enterprises.DecisionAuthority", effective_from=datetime.date(2024, 1, 1)),
        "Province 430000: its power to decide of 2024-01-01 begins before another has ended.",
    ),
    "file clock": (change("enterprises.Deadline", stopped_on=None), "runs though it is announced"),
    "file without terms": (
        change("enterprises.MarkApplication", state="approved"),
        "state approved does not go with its terms",
    ),
    "owners": (
        change("enterprises.Membership", {"role": "enterprise_operator"}, role="enterprise_owner"),
        "it has 2 owners",
    ),
    "enterprise unknown": (
        change("enterprises.Authorisation", reference="A9"),
        "Authorisation A9: the journal does not know it.",
    ),
    "certified": (change("enterprises.Season", certified=1), "its figures do not add up"),
    "over-issue": (
        change("enterprises.Season", committed=F("certified") + 1),
        "labels stand for more than its output",
    ),
    "counters": (
        change("enterprises.LabelBatch", {"state": "issued"}, active=1),
        "its counters do not agree with its events",
    ),
    "more fates": (
        change("enterprises.LabelBatch", {"state": "issued"}, returned=90),
        "more has happened to its labels",
    ),
    "overlapping": (_ends_now, "void 60-70 overlaps another range"),
    "outside": (
        change("enterprises.LabelEvent", {"fate": "void"}, last=101),
        "void 41-101 lies outside its labels",
    ),
    "never issued": (
        change("enterprises.LabelBatch", {"state": "issued"}, state="requested"),
        "though it was never issued",
    ),
    "batch day": (
        change("enterprises.LabelBatch", {"state": "issued"}, decided_on=None),
        "state issued does not go with its day",
    ),
    "secret": (change("enterprises.LabelBatch", {"state": "issued"}, secret=b"x" * 60), "does not open"),
    "scans": (change("enterprises.ScannedLabel", count=1), "it is told of 1 scans, 3 are kept"),
    "scan of nothing": (
        change("enterprises.ScannedLabel", label=F("label") + 2000),
        "it was scanned, but belongs to no batch",
    ),
    "role twice": (
        add_again("gi_registry.RoleAssignment", effective_from=DAY),
        "holds the same role twice at one time",
    ),
    "role nowhere": (
        change("gi_registry.RoleAssignment", {"role": "approver"}, division=None),
        "approver without a territory",
    ),
    "editor": (
        lambda found: found.world.people["auditor"].groups.add(table("auth.Group").get(name="Editors")),
        "in the group Editors without the role editor",
    ),
    "division": (
        change("gi_registry.Division", {"code": "430923"}, parent=None),
        "it lies in no other, and is no province",
    ),
    "document": (file_gone("private/documents"), "is missing on the disk"),
    "case paper": (file_gone("private/case-papers"), "is missing on the disk"),
    "evidence": (file_gone("private/objection-files"), ": file 1 is missing on the disk"),
    "report photo": (file_gone("private/report-photos"), "Report SR1: photograph"),
    "pack": (file_gone("private/label-photos"), "its picture is missing on the disk"),
    "picture": (file_gone("media"), "is missing on the disk"),
    "other content": (change("enterprises.Document", sha256="0" * 64), "is not what was sent"),
    "stray file": (stray_file, "documents/stray.pdf: no row names this file. It may be deleted."),
    "page late": (
        lambda found: (
            table("wagtailcore.Page")
            .filter(depth=2)
            .update(expire_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        ),
        "it was to be withdrawn at 2020-01-01",
    ),
    "standard": (
        lambda found: table("products.Standard").create(
            number="GB/T 1", title="x", effective_from=DAY, effective_to=datetime.date(2019, 1, 1)
        ),
        "Standard GB/T 1: it ends",
    ),
    "list": (_list_of_another_size, "List some-list: its size is 6, its last version says 5."),
    "unit": (_unit_that_goes_before_it_comes, "安化县 comes and goes with versions that do not fit"),
    "name abroad": (_name_abroad_without_its_stage, "it is protected, its last stage is published"),
    "plan": (_step_after_the_plan, "Plan P1: the step of 2021-12-31 lies outside its period"),
    "one person": (_ended_by_one_person, "one person proposed its end and decided on it"),
    "statement": (
        change("enterprises.OutputStatement", decided_on=None),
        "state certified does not go with its day",
    ),
    "batch unknown": (
        change("enterprises.LabelBatch", {"state": "issued"}, reference="B9"),
        "Batch B9: the journal does not know it.",
    ),
    "firm": (
        change("enterprises.EnterpriseSearchText", tokens="x"),
        "Enterprise N00001: its search text is not in step",
    ),
    "signal": (
        lambda found: table("enterprises.CopySignal").create(
            batch=found.season.batches.last(), label=5, kind="many_visitors"
        ),
        "its label 5 is not of its batch",
    ),
    "page not published": (
        lambda found: table("wagtailcore.Revision").update(
            approved_go_live_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
        ),
        "it was to be published at 2020-01-01",
    ),
    "follower": (
        lambda found: table("cms.Follow").create(
            email="a@example.org", kind="product", key="365", language="en", token="t", told_until=10**9
        ),
        "told of entries that the journal does not have",
    ),
    "journal": (change("gi_registry.JournalHead", sequence=1), "The journal's head does not match"),
}


def test_a_register_that_only_writers_touched_breaks_no_rule(found):
    assert faults() == []


@pytest.mark.parametrize("name", BREAKS)
def test_a_row_changed_behind_the_writers_is_named(found, name):
    breaking, sentence = BREAKS[name]
    mend = breaking(found)
    lines = (line for rules in check_register.GROUPS.values() for rule in rules for line in rule())
    named = any(sentence in line for line in lines)  # not a rule further than the one that finds it
    if callable(mend):  # files are not rolled back
        mend()
    assert named


def test_as_json_the_faults_stand_below_their_group_and_rule(found):
    change("enterprises.Season", certified=F("certified") + 1)(found)
    output = io.StringIO()
    with pytest.raises(CommandError):
        call_command("check_register", "--json", stdout=output)
    told = json.loads(output.getvalue())
    assert list(told) == ["labels"]
    assert list(told["labels"]) == ["the_ledger_balances"]
