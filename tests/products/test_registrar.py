"""The registrar: what is protected changes here alone, with its journal entry, summary and search text."""

import datetime
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from gi_registry.journal import Actor
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from gi_registry.search_text import parse_query
from products import agreement_registrar, entry_registrar, registrar
from products.models import Announcement, Product, ProductName, ProtectedArea, Right, Source
from products.record_values import Act, Area, Name
from products.states import AnnouncementKind, NameKind, ProductStatus, Side
from tests.factories import make_agreement, make_division, make_hunan

pytestmark = pytest.mark.django_db
OFFICER = Actor("user:1", Role.OFFICER)
DAY = datetime.date(2010, 2, 23)
APPROVED = {"status": "approved", "approved_on": DAY, "approved_precision": "day", "effective_from": DAY,
            "effective_from_basis": "approval"}  # fmt: skip


@pytest.fixture
def hunan():
    return make_hunan()


@pytest.fixture
def product(hunan):
    return registrar.enter_product(
        by=OFFICER, number=365, name_zh="安化黑茶", name_pinyin="Anhua Heicha", category="tea", province=hunan[0]
    )


@pytest.fixture
def right(product):
    return enter_right(product)


@pytest.fixture
def announcement():
    return registrar.enter_announcement(
        by=OFFICER, issuer="cnipa", number=475, text="国家知识产权局公告第四七五号",
        published_on=datetime.date(2022, 3, 1), published_precision="day",
    )  # fmt: skip


def enter_right(product, reference="R1", **values):
    values = {"track": "gi_product", "status": "reported", "basis": "sourced"} | values
    return registrar.enter_right(product, by=OFFICER, reference=reference, **values)


def events():
    return list(JournalEntry.objects.order_by("sequence").values_list("event_type", "subject_id"))


def found(text):
    return [product.name_zh for product in Product.objects.filter(search_text__tokens__matches=parse_query(text))]


# --- Products ---


def test_a_product_is_entered_with_names_search_text_and_history(hunan):
    product = registrar.enter_product(
        by=OFFICER, number=1, name_zh="黟山石墨茶", category="tea", name_en="Stone Ink Tea",
        names=frozenset([Name(NameKind.ALIAS, "黟县石墨茶")]), source="a file",
    )  # fmt: skip
    assert found("黟县石墨茶") == found("stone ink") == found("yishanshimo") == ["黟山石墨茶"]
    entry = JournalEntry.objects.get()
    assert (entry.event_type, entry.subject_id, entry.source) == ("product.entered", "1", "a file")
    assert entry.payload["values"]["name_zh"] == "黟山石墨茶"
    assert product.status == ProductStatus.REPORTED


def test_an_amendment_tells_only_what_differs(product):
    registrar.amend_product(product, by=OFFICER, name_zh="安化黑茶", name_en="Anhua Dark Tea")
    entry = JournalEntry.objects.first()
    assert entry.event_type == "product.amended"
    assert entry.payload == {"changes": {"name_en": {"before": "", "after": "Anhua Dark Tea"}}}
    assert found("dark tea") == ["安化黑茶"]


def test_an_amendment_without_difference_leaves_no_trace(product):
    before = events()
    registrar.amend_product(product, by=OFFICER, name_zh="安化黑茶", category="tea")
    assert events() == before


def test_a_name_that_is_replaced_still_finds_the_product(product):
    registrar.amend_product(product, by=OFFICER, name_zh="安化茶")
    assert ProductName.objects.get().kind == NameKind.FORMER
    assert found("安化黑茶") == ["安化茶"]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REVIEWER, Role.APPROVER, Role.ENTERPRISE_OWNER])
def test_only_those_who_keep_the_register_enter_and_amend(product, role):
    other = Actor("user:2", role)
    for call in (
        lambda: registrar.enter_product(by=other, number=2, name_zh="甲", category="tea"),
        lambda: registrar.amend_product(product, by=other, name_zh="乙"),
        lambda: registrar.enter_right(product, by=other, reference="R", track="gi_product", status="reported"),
        lambda: registrar.enter_announcement(by=other, issuer="cnipa", number=1, text="x"),
    ):
        with pytest.raises(MoveRefused) as refusal:
            call()
        assert refusal.value.code == "not_permitted"
    assert Product.objects.get().name_zh == "安化黑茶"


def test_an_unknown_category_is_refused_and_nothing_is_stored():
    with pytest.raises(ValidationError):
        registrar.enter_product(by=OFFICER, number=2, name_zh="甲", category="gold")
    assert not Product.objects.exists()
    assert events() == []


# --- Rights ---


def test_the_summary_takes_the_strongest_right_and_the_first_day(product):
    enter_right(product)
    enter_right(product, "R2", track="trademark", **APPROVED)
    enter_right(product, "R3", track="agricultural_gi", status="mark_use_listed",
                effective_from=datetime.date(2008, 1, 1), effective_from_basis="mark_use")  # fmt: skip
    product.refresh_from_db()
    assert product.status == ProductStatus.APPROVED
    assert (product.effective_from, product.effective_to) == (datetime.date(2008, 1, 1), None)
    assert product.first_year == 2010


def test_a_confirmed_right_without_a_first_day_is_refused(product):
    with pytest.raises(MoveRefused) as refusal:
        enter_right(product, status="approved")
    assert refusal.value.code == "first_day_missing"
    assert not Right.objects.exists()


def test_a_right_brings_areas_sources_and_announcements(product, hunan, announcement):
    source = Source.objects.create(key="S1", title="a report")
    right = enter_right(
        product, areas=frozenset([Area(hunan[2], "whole", "named_in_source")]), sources=frozenset([source]),
        announcements=frozenset([Act(announcement, AnnouncementKind.MARK_USE)]), registration_no="AGI2010-03-1",
    )  # fmt: skip
    assert [area.division.name_zh for area in right.areas.all()] == ["安化县"]
    assert right.sources.get() == source
    assert right.announcement_entries.get().kind == AnnouncementKind.MARK_USE
    assert found("475") == found("第四七五号") == found("agi2010") == ["安化黑茶"]
    payload = JournalEntry.objects.get(event_type="right.entered").payload["values"]
    assert payload["areas"] == [
        {"division": "安化县 430923", "extent": "whole", "basis": "named_in_source", "basis_note": ""}
    ]


def test_an_area_that_is_given_up_ends_and_may_come_back(product, hunan):
    anhua, taojiang = (Area(division, "whole", "named_in_source") for division in hunan[2:])
    right = enter_right(product, areas=frozenset([anhua, taojiang]))
    registrar.amend_right(right, by=OFFICER, areas=frozenset([anhua]), on=datetime.date(2020, 1, 1))
    ended = ProtectedArea.objects.get(division=taojiang.division)
    assert ended.effective_to == datetime.date(2020, 1, 1)
    registrar.amend_right(right, by=OFFICER, areas=frozenset([anhua, taojiang]))
    ended.refresh_from_db()
    assert ended.effective_to is None
    assert ProtectedArea.objects.count() == 2


def test_an_amended_right_updates_summary_and_history(product, right):
    registrar.amend_right(right, by=OFFICER, **APPROVED)
    product.refresh_from_db()
    assert (product.status, product.first_year) == (ProductStatus.APPROVED, 2010)
    entry = JournalEntry.objects.first()
    assert entry.payload["changes"]["status"] == {"before": "reported", "after": "approved"}
    assert (entry.subject_id, entry.parent_kind, entry.parent_id) == ("R1", "product", "365")


def test_an_amendment_is_no_way_around_revoking(product):
    right = enter_right(product, **APPROVED)
    with pytest.raises(MoveRefused) as refusal:
        registrar.amend_right(right, by=OFFICER, status="revoked")
    assert refusal.value.code == "wrong_state"
    right.refresh_from_db()
    assert right.status == ProductStatus.APPROVED


# --- Confirming and revoking ---


def test_a_right_is_confirmed_by_an_announcement(product, right, announcement):
    registrar.confirm_right(
        right, by=OFFICER, on=datetime.date(2022, 3, 1), announcement=announcement, reason="approval announced"
    )
    right.refresh_from_db()
    product.refresh_from_db()
    assert right.status == product.status == ProductStatus.APPROVED
    assert right.effective_from == right.approved_on == product.effective_from == datetime.date(2022, 3, 1)
    assert right.announcement_entries.get().kind == AnnouncementKind.APPROVAL
    entry = JournalEntry.objects.first()
    assert (entry.event_type, entry.effective_on) == ("right.confirmed", datetime.date(2022, 3, 1))
    assert entry.payload["announcement"] == "国家知识产权局公告第四七五号"
    assert found("475") == ["安化黑茶"]


def test_a_revoked_right_stays_in_force_for_the_days_before(product, announcement):
    right = enter_right(product, **APPROVED)
    end = datetime.date(2020, 6, 1)
    registrar.revoke_right(right, by=OFFICER, on=end, announcement=announcement, reason="name has become generic")
    product.refresh_from_db()
    assert (product.status, product.effective_to) == (ProductStatus.REVOKED, end)
    assert Right.objects.in_force(datetime.date(2020, 5, 31)).exists()
    assert not Right.objects.in_force(end).exists()
    assert Product.objects.in_force(DAY).get() == product


@pytest.mark.parametrize(
    ("on", "reason", "code"),
    [
        (datetime.date(2009, 1, 1), "why", "before_beginning"),
        (datetime.date(2999, 1, 1), "why", "in_the_future"),
        (datetime.date(2020, 1, 1), "  ", "reason_missing"),
    ],
)
def test_a_revocation_that_cannot_be_is_refused(product, announcement, on, reason, code):
    right = enter_right(product, **APPROVED)
    with pytest.raises(MoveRefused) as refusal:
        registrar.revoke_right(right, by=OFFICER, on=on, announcement=announcement, reason=reason)
    assert refusal.value.code == code
    right.refresh_from_db()
    assert right.status == ProductStatus.APPROVED
    assert not right.announcement_entries.exists()


def test_of_two_who_revoke_at_once_one_is_told(product, announcement):
    right = enter_right(product, **APPROVED)
    same = Right.objects.get(pk=right.pk)
    arguments = {"by": OFFICER, "on": datetime.date(2020, 1, 1), "announcement": announcement, "reason": "x"}
    registrar.revoke_right(right, **arguments)
    with pytest.raises(MoveRefused) as refusal:
        registrar.revoke_right(same, **arguments)
    assert refusal.value.code == "someone_was_faster"
    assert JournalEntry.objects.filter(event_type="right.revoked").count() == 1


# --- Announcements and names on agreement lists ---


def test_a_corrected_announcement_number_is_found(product, announcement):
    enter_right(product, announcements=frozenset([Act(announcement, AnnouncementKind.MARK_USE)]))
    registrar.amend_announcement(announcement, by=OFFICER, number=476, text="国家知识产权局公告第四七六号")
    assert found("475") == []
    assert found("476") == ["安化黑茶"]


def test_a_linked_name_abroad_finds_the_product_until_it_is_untied(product):
    entry = agreement_registrar.enter_agreement_entry(
        make_agreement(), by=OFFICER, key="1", side=Side.OUTBOUND, country="CN", name_zh="安化茶",
        name_transcription="Anhwa Hei Cha", status="protected", status_text="protected",
    )  # fmt: skip
    assert found("anhwa") == []
    entry_registrar.tie(entry, product, by=OFFICER, reason="The same tea.")
    assert found("anhwa") == ["安化黑茶"]
    entry_registrar.refuse_match(entry, product, by=OFFICER, reason="Another tea.")
    assert (entry.product, entry.match_basis) == (None, "")
    assert found("anhwa") == []
    assert [kind for kind, _subject in events()][-2:] == ["agreement_entry.tied", "agreement_entry.match_refused"]


# --- The rules over all rows ---


def broken_rules():
    errors = io.StringIO()
    with pytest.raises(Exception, match="rules of the register are broken"):
        call_command("check_register", stderr=errors, stdout=io.StringIO())
    return errors.getvalue().splitlines()


def test_what_the_registrar_writes_keeps_the_rules(product, right, announcement):
    output = io.StringIO()
    call_command("check_register", stdout=output)
    assert "rules hold for all rows" in output.getvalue()


def test_rows_changed_behind_the_registrar_are_listed(product, right, hunan):
    Product.objects.update(first_year=1999, name_zh="改名茶")
    gone = make_division("432325", "安化县", status="historic", successor=hunan[2])
    ProtectedArea.objects.create(right=right, division=gone, extent="whole", basis="named_in_source")
    Right.objects.update(effective_from=DAY)
    Product.objects.create(number=7, name_zh="无权茶", category="tea", status="reported")
    assert broken_rules() == [
        "Product 365: effective_from is None, its rights give 2010-02-23.",
        "Product 365: first_year is 1999, its rights give None.",
        "Product 7: it has no right.",
        "Right R1: not confirmed, but with a first day.",
        "Right R1: its area names 安化县 432325, which no longer exists.",
        "Product 7: its search text is not in step with its names.",
        "Product 365: its search text is not in step with its names.",
        "Product 7: the journal does not know it.",
    ]


def test_a_text_found_only_by_its_number_is_an_announcement_with_one(product):
    undated = Announcement.objects.create(issuer="other", text="announcement (2023-05, 19 enterprises)")
    enter_right(product, announcements=frozenset([Act(undated, AnnouncementKind.MARK_USE)]))
    assert found("enterprises") == []
