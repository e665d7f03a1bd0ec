"""Standards, testing bodies and checks at the desk: read by everybody there, kept by the registry and by provinces."""

import datetime
import html
import re

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.models import JournalEntry
from products import system_models, systems
from products.system_models import CheckItem, Standard
from tests import factories as make
from tests import matrix_systems, races
from tests.case_world import make_world

pytestmark = pytest.mark.django_db
SINCE = datetime.date(2020, 1, 1)
STANDARD = {
    "kind": "national", "number": "GB/T 32719-2016", "title": "黑茶", "division": "", "products": "365",
    "issued_on": "", "effective_from": "2016年10月1日", "replaced_by": "", "effective_to": "", "source": "list of 2016",
}  # fmt: skip
LOCAL = STANDARD | {"kind": "local", "number": "DB43/T 5-2020", "division": "湖南省"}
BODY = {"name_zh": "湖南省某检验所", "name_en": "", "division": "430000", "source": "list"}
SCOPE = {"product": "365", "division": "湖南省", "certificate": "CMA 1", "effective_from": "2020-01-01"}
CHECK = {"part": "traits", "text": "水分≤12%", "method": "烘干", "standard": "", "effective_from": "2020-01-01"}


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def kept(world):
    return matrix_systems.keys(world)


def signed_in(world, name):
    user, client = world.people[name], Client()
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    client.force_login(user)
    return client


@pytest.fixture
def officer(world):
    return signed_in(world, "officer")


@pytest.fixture
def approver(world):
    return signed_in(world, "approver")


def address(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def text_of(response):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def typed(client, page):
    """What the form of a page would send if nobody touched it."""
    form = client.get(page).context["form"]
    return {field.name: field.value() for field in form if field.value() is not None}


# --- Standards ---


def test_an_officer_enters_a_standard_as_people_write(world, officer):
    response = officer.post(address("desk_standard_new"), STANDARD | {"number": "ｇｂ／Ｔ32719—2016"}, follow=True)
    row = Standard.objects.get()
    assert (row.number, row.effective_from) == ("GB/T 32719-2016", datetime.date(2016, 10, 1))
    assert list(row.products.all()) == [world.product]
    page = text_of(response)
    assert "The standard is on record." in page
    assert "not written as usual" not in page


def test_a_doubtful_number_is_kept_with_a_warning(world, officer):
    response = officer.post(address("desk_standard_new"), STANDARD | {"number": "DB43/T 5-2020"}, follow=True)
    assert Standard.objects.exists()
    assert "not written as usual for its kind, such as GB/T 22444-2008" in text_of(response)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("products", "365, 999", "999 is no number of a product"), ("replaced_by", "GB/T 1-2030", "Enter it first."),
        ("division", "火星", "no division of your territory"), ("effective_to", "2010-01-01", "cannot be before"),
        ("issued_on", "2017-01-01", "before it was issued"), ("effective_from", "soon", "Write the day like this"),
        ("title", "", "required"), ("source", "", "required"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(world, officer, field, value, words):
    response = officer.post(address("desk_standard_new"), STANDARD | {field: value})
    assert not Standard.objects.exists()
    form = response.context["form"]
    place = "effective_from" if field == "issued_on" else field
    assert words in str(form.errors[place])
    assert words in text_of(response)
    shown = response.content.decode()
    assert value in shown
    assert "list of 2016" in shown or field == "source"


def test_a_province_keeps_its_local_standards_alone(world, approver):
    form = approver.get(address("desk_standard_new")).context["form"]
    assert [value for value, _label in form.fields["kind"].choices] == ["local"]
    for wrong in ({"division": ""}, {"division": "北京市"}, {"kind": "national"}):
        assert approver.post(address("desk_standard_new"), LOCAL | wrong).status_code == 200
        assert not Standard.objects.exists()
    approver.post(address("desk_standard_new"), LOCAL)
    assert Standard.objects.get().division == world.province


def test_a_national_standard_is_read_by_the_province_and_kept_by_the_registry(world, officer, approver):
    officer.post(address("desk_standard_new"), STANDARD)
    page = address("desk_standard", Standard.objects.get().pk)
    assert approver.get(page).context["form"] is None
    assert approver.post(page, STANDARD | {"title": "x"}).status_code == 404
    assert officer.post(page, typed(officer, page) | {"title": "黑茶 第1部分"}).status_code == 302
    assert Standard.objects.get().title == "黑茶 第1部分"


def test_an_untouched_form_changes_nothing(officer, kept):
    page = address("desk_standard", *kept["systems standard"])
    before = JournalEntry.objects.count()
    assert officer.post(page, typed(officer, page)).status_code == 302
    assert JournalEntry.objects.count() == before


def test_who_comes_second_sees_what_stands_there_now(officer, approver, kept):
    page = address("desk_standard", *kept["systems standard"])
    mine, theirs = typed(officer, page), typed(approver, page)
    approver.post(page, theirs | {"title": "地理标志产品 安化黑茶 2", "source": "b"})
    response = officer.post(page, mine | {"title": "mine", "source": "a"})
    assert response.status_code == 409
    assert "地理标志产品 安化黑茶 2" in text_of(response)
    again = typed_again(response)
    assert officer.post(page, again).status_code == 302
    assert Standard.objects.get().title == "mine"


def typed_again(response):
    return {field.name: field.value() for field in response.context["form"] if field.value() is not None}


def test_a_replaced_standard_ends_by_itself_and_no_circle_is_closed(officer):
    officer.post(address("desk_standard_new"), STANDARD)
    new = STANDARD | {"number": "GB/T 32719-2026", "effective_from": "2026-06-01"}
    officer.post(address("desk_standard_new"), new)
    old, young = Standard.objects.order_by("number")
    page = address("desk_standard", old.pk)
    officer.post(page, typed(officer, page) | {"replaced_by": "gb/t32719-2026"})
    old.refresh_from_db()
    assert old.effective_to == datetime.date(2026, 6, 1)
    other = address("desk_standard", young.pk)
    response = officer.post(other, typed(officer, other) | {"replaced_by": old.number})
    assert "circle" in str(response.context["form"].errors["replaced_by"])


def test_a_number_on_record_is_told_beside_the_number(officer):
    officer.post(address("desk_standard_new"), STANDARD)
    response = officer.post(address("desk_standard_new"), STANDARD | {"title": "红茶"})
    assert response.status_code == 409
    assert "is on record already" in str(response.context["form"].errors["number"])


# --- Testing bodies ---


def test_a_body_is_entered_and_told_what_it_may_test(world, approver):
    approver.post(address("desk_body_new"), BODY)
    body = system_models.TestingBody.objects.get()
    page = address("desk_scope_new", body.pk)
    response = approver.post(page, SCOPE | {"version": "1"}, follow=True)
    assert "CMA 1" in text_of(response)
    scope = body.scopes.get()
    end = address("desk_scope", body.pk, scope.pk)
    approver.post(end, typed(approver, end) | {"effective_to": "2022-01-01"})
    scope.refresh_from_db()
    assert scope.effective_to == datetime.date(2022, 1, 1)
    assert "does not hold today" in text_of(approver.get(address("desk_body", body.pk)))
    assert "nothing on this day" in text_of(approver.get(address("desk_bodies")))


def test_a_scope_for_a_product_of_another_province_is_refused_beside_it(world, approver, kept):
    make.make_product("北京鸭梨", number=7, province=world.elsewhere)
    page = address("desk_scope_new", *kept["systems body"])
    response = approver.post(page, SCOPE | {"product": "7", "version": "2"})
    assert "another province" in str(response.context["form"].errors["product"])


def test_scopes_count_in_the_version_of_their_body(officer, approver, kept):
    page, body = address("desk_scope", *kept["systems scope"]), address("desk_body", *kept["systems body"])
    mine = typed(officer, page)
    approver.post(body, typed(approver, body) | {"name_en": "Institute"})
    response = officer.post(page, mine | {"items": "茶多酚"})
    assert response.status_code == 409
    assert officer.post(page, typed_again(response)).status_code == 302
    assert system_models.TestingScope.objects.get().items == "茶多酚"


# --- Checks ---


def test_checks_of_a_product(world, approver):
    page = address("desk_check_new", 365)
    approver.post(page, CHECK)
    approver.post(page, CHECK)
    row = CheckItem.objects.get()
    edit = address("desk_check", 365, row.pk)
    approver.post(edit, typed(approver, edit) | {"effective_to": timezone.localdate().isoformat()})
    shown = text_of(approver.get(address("desk_checks", 365)))
    assert "No check holds today." in shown
    assert "水分≤12%" in shown
    assert approver.get(address("desk_check", 366, row.pk)).status_code == 404


def test_a_product_is_found_by_name_or_number(world, officer, kept):
    make.make_product("别的茶", number=9)

    def found(query):
        page = officer.get(address("desk_checked") + query).context["page"]
        return [(row.number, row.holding) for row in page]

    assert found("") == [(365, 1)]
    assert found("?q=别的") == [(9, 0)]
    assert found("?q=365") == [(365, 1)]
    assert found("?q=" + "9" * 30) == []


# --- Lists ---


@pytest.mark.parametrize("name", ["desk_systems", "desk_bodies", "desk_checked"])
def test_lists_take_the_same_queries_for_any_rows(world, officer, name, django_assert_num_queries):
    by = world.actor("officer")

    def add(numbers):
        for number in numbers:
            product = make.make_product(f"茶{number}", province=world.province)
            systems.enter_standard(by=by, number=f"GB/T {number}-2020", title="x", products={product})
            body = systems.enter_body(by=by, name_zh=f"第{number}所", division=world.county)
            systems.enter_scope(
                body, by=by, product=product, division=world.county, certificate="1", effective_from=SINCE
            )
            systems.enter_check(product, by=by, part="name", text="x", effective_from=SINCE)

    add([1])
    officer.get(address(name))
    with CaptureQueriesContext(connection) as few:
        officer.get(address(name))
    expected = len(few)
    add(range(2, 7))
    officer.get(address(name))  # what waits beside the page is counted anew after a decision, then kept
    with django_assert_num_queries(expected):
        officer.get(address(name))


def test_lists_are_narrowed_and_paged(world, officer):
    by = world.actor("officer")
    for number in range(60):
        systems.enter_standard(by=by, number=f"NY/T {number}-2020", title="x", kind="industry")
    page = officer.get(address("desk_systems") + "?kind=industry&page=2").context["page"]
    assert (page.number, len(page)) == (2, 10)
    assert "No standard fits" in text_of(officer.get(address("desk_systems") + "?q=zzz"))


# --- Two people at the same moment ---

ON_POSTGRESQL = connection.vendor == "postgresql"
MANY = 12


@pytest.mark.django_db(transaction=ON_POSTGRESQL)
class TestRaces:
    @pytest.fixture(autouse=True)
    def _world(self, race_database):
        self.world = make_world()
        self.keys = matrix_systems.keys(self.world)
        yield
        assert [fault for fault in journal.verify() if "triggers" not in fault] == []

    def entries(self, event):
        return JournalEntry.objects.filter(event_type=event).count()

    def test_of_many_windows_one_enters_a_standard(self):
        by = self.world.actor("officer")
        calls = [lambda: systems.enter_standard(by=by, number="GB/T 1-2026", title="x")] * MANY
        outcome = races.at_once(calls)
        assert outcome.faults(winners=MANY) == []
        assert Standard.objects.filter(number="GB/T 1-2026").count() == 1
        assert self.entries(EventType.STANDARD_ENTERED) == 2

    def test_of_many_people_one_corrects_a_standard(self):
        rows = [Standard.objects.get() for _ in range(MANY)]
        people = [self.world.actor("officer"), self.world.actor("approver")] * (MANY // 2)
        outcome = races.at_once(
            [
                lambda row=row, by=by, title=f"t{place}": systems.amend_standard(row, by=by, version=1, title=title)
                for place, (row, by) in enumerate(zip(rows, people, strict=True))
            ]
        )
        assert outcome.faults() == []
        assert self.entries(EventType.STANDARD_AMENDED) == 1

    def test_two_people_cannot_close_a_circle_together(self):
        by = self.world.actor("officer")
        pair = [systems.enter_standard(by=by, number=f"GB/T {number}-2026", title="x") for number in (1, 2)]
        calls = [
            lambda row=row, other=other: systems.amend_standard(row, by=by, version=1, replaced_by=other)
            for row, other in (pair, pair[::-1])
        ]
        outcome = races.at_once(calls)
        assert outcome.faults(codes={"wrong_successor"}) == []
        assert Standard.objects.filter(replaced_by__isnull=False).count() == 1

    def test_of_many_people_one_ends_a_scope(self):
        by, (_body, key) = self.world.actor("officer"), self.keys["systems scope"]
        rows = [system_models.TestingScope.objects.select_related("body").get(pk=key) for _ in range(MANY)]
        outcome = races.at_once(
            [
                lambda row=row, day=SINCE + datetime.timedelta(days=place): systems.amend_scope(
                    row, by=by, version=2, effective_to=day
                )
                for place, row in enumerate(rows)
            ]
        )
        assert outcome.faults() == []
        assert self.entries(EventType.TESTING_BODY_AMENDED) == 2

    def test_the_same_check_entered_by_many_is_one(self):
        by = self.world.actor("approver")
        calls = [
            lambda: systems.enter_check(self.world.product, by=by, part="name", text="x", effective_from=SINCE)
        ] * MANY
        outcome = races.at_once(calls)
        assert outcome.faults(winners=MANY) == []
        assert CheckItem.objects.filter(text="x").count() == 1
