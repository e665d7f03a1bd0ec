"""Candidates, trainings and projects at the desk: who sees what, forms that lose nothing, steps, release, exports."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from gi_registry.models import JournalEntry
from products import cultivation
from products.cultivation_models import Candidate, FundingProject, Training
from products.cultivation_states import ReadyItem, Stage
from tests import factories as make
from tests.case_world import make_world
from tests.cultivation_world import days_ago, make_candidate, make_project, make_training, prove
from tests.page_words import words

pytestmark = pytest.mark.django_db
KEEPERS = ["reviewer", "approver", "officer"]
STRANGERS = ["reviewer_elsewhere", "approver_elsewhere", "owner", "editor"]


@pytest.fixture
def world():
    return make_world()


def signed_in(world, name):
    user, client = world.people[name], Client()
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    client.force_login(user)
    return client


def address(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:desk_{name}", args=args)


def candidate_form(world, **values):
    return {
        "division": world.county.code, "name_zh": "安化擂茶", "category": "tea",
        "since": timezone.localdate().isoformat(), "nonce": "3f0e7a5e-0000-4000-8000-000000000001",
    } | values  # fmt: skip


def training_form(world, **values):
    return {
        "kind": "training", "held_on": days_ago(3).isoformat(), "topic": "Writing an application",
        "counties": [world.county.pk], "attendance": "40", "office": "益阳市市场监督管理局",
        "nonce": "3f0e7a5e-0000-4000-8000-000000000002",
    } | values  # fmt: skip


def project_form(world, **values):
    return {
        "title": "Dark tea for Europe", "funder": "湖南省财政厅", "amount": "30万", "begins_on": "2026-01-01",
        "counties": [world.county.pk], "nonce": "3f0e7a5e-0000-4000-8000-000000000003",
    } | values  # fmt: skip


# --- The pipeline ---


def test_the_pipeline_shows_counts_that_filter_and_what_is_overdue_first(world):
    make_candidate(world, name_zh="未到期", next_step="Later", next_step_due=days_ago(-9))
    make_candidate(world, name_zh="已逾期", next_step="Have samples tested", next_step_due=days_ago(2))
    make_candidate(world, Stage.FILED, name_zh="已提交")
    client = signed_in(world, "reviewer")
    page = client.get(address("candidates"))
    text = words(page)
    assert text.index("已逾期") < text.index("未到期") < text.index("已提交")
    assert "3 candidates" in text
    assert "Next step overdue 1" in text
    assert "stage=filed" in page.content.decode()
    filed = words(client.get(address("candidates"), {"stage": "filed"}))
    assert "1 candidate" in filed
    assert "已提交" in filed
    assert "已逾期" not in filed
    late = words(client.get(address("candidates"), {"due": "late"}))
    assert "已逾期" in late
    assert "未到期" not in late


@pytest.mark.parametrize(
    ("query", "found"),
    [({"q": "擂茶"}, True), ({"q": "Leicha"}, True), ({"q": "nothing"}, False), ({"category": "fruit"}, False),
     ({"county": "430923"}, True), ({"stage": "used"}, False)],
)  # fmt: skip
def test_filters(world, query, found):
    row = make_candidate(world)
    page = signed_in(world, "reviewer").get(address("candidates"), query).content.decode()
    assert (address("candidate", row.reference) in page) is found


def test_a_malformed_filter_is_named_and_ignored(world):
    make_candidate(world)
    for query in ({"stage": "magic"}, {"county": "x"}, {"county": "999999"}, {"due": "never"}, {"page": "abc"}):
        page = signed_in(world, "reviewer").get(address("candidates"), query)
        assert page.status_code == 200
        assert "安化擂茶" in words(page)
    assert "was ignored" in words(signed_in(world, "reviewer").get(address("candidates"), {"stage": "magic"}))


@pytest.mark.parametrize("name", [*KEEPERS, "auditor"])
def test_officials_of_the_territory_read(world, name):
    row = make_candidate(world, notes="The mayor wavers")
    make_training(world)
    make_project(world)
    client = signed_in(world, name)
    assert row.reference in words(client.get(address("candidates")))
    assert "The mayor wavers" in words(client.get(address("candidate", row.reference)))
    assert "How an application is written" in words(client.get(address("trainings")))
    assert "Dark tea for Europe" in words(client.get(address("projects")))


@pytest.mark.parametrize("name", STRANGERS)
def test_others_find_nothing_and_can_do_nothing(world, name):
    row, training, project = make_candidate(world), make_training(world), make_project(world)
    client, entries = signed_in(world, name), JournalEntry.objects.count()
    for page, secret in (("candidates", "擂茶"), ("trainings", "application is written"), ("projects", "Dark tea")):
        found = client.get(address(page))
        assert found.status_code == 404 or secret not in words(found)
    for name_of_page, args in (
        ("candidate", [row.reference]), ("candidate_edit", [row.reference]), ("candidate_release", [row.reference]),
        ("candidate_step", [row.reference, "drop"]), ("training_edit", [training.pk]),
        ("training_strike", [training.pk]), ("project_edit", [project.pk]), ("project_strike", [project.pk]),
    ):  # fmt: skip
        url = address(name_of_page, *args)
        assert client.get(url).status_code == 404, url
        if name_of_page != "candidate":
            assert client.post(url, {"version": 1, "reason": "x", "on": "2026-01-01"}).status_code == 404, url
    assert JournalEntry.objects.count() == entries
    assert Candidate.objects.get().stage == Stage.CANDIDATE


def test_an_auditor_reads_and_changes_nothing(world):
    row, training = make_candidate(world), make_training(world)
    client = signed_in(world, "auditor")
    page = client.get(address("candidate", row.reference)).content.decode()
    assert "What you can note now" not in page
    assert address("candidate_edit", row.reference) not in page
    for url in (
        address("candidate_new"), address("candidate_edit", row.reference), address("candidate_release", row.reference),
        address("candidate_step", row.reference, "drop"), address("training_new"), address("project_new"),
        address("training_edit", training.pk), address("training_strike", training.pk),
    ):  # fmt: skip
        assert client.get(url).status_code == 404
        assert client.post(url, {}).status_code == 404
    assert "Enter a candidate" not in words(client.get(address("candidates")))


def test_a_county_reads_what_the_province_held_for_it_but_does_not_change_it(world):
    training = make_training(world, by="approver", division=world.province)
    client = signed_in(world, "reviewer")
    assert "How an application is written" in words(client.get(address("trainings")))
    assert client.get(address("training_edit", training.pk)).status_code == 404
    assert address("training_edit", training.pk) not in client.get(address("trainings")).content.decode()


# --- Entering and amending a candidate ---


@pytest.mark.parametrize("name", KEEPERS)
def test_a_candidate_is_entered_and_shown(world, name):
    client = signed_in(world, name)
    assert "Enter a candidate" in words(client.get(address("candidate_new")))
    sent = client.post(address("candidate_new"), candidate_form(world, checklist=["name", "fame"]), follow=True)
    row = Candidate.objects.get()
    assert sent.redirect_chain[-1][0] == address("candidate", row.reference)
    assert (row.name_zh, row.division, row.checklist) == ("安化擂茶", world.county, ["name", "fame"])
    text = words(sent)
    assert "What an application needs 2/9" in text
    assert "Something of the checklist is still missing." in text


def test_sending_the_form_twice_makes_one_candidate(world):
    client = signed_in(world, "reviewer")
    for _time in range(2):
        client.post(address("candidate_new"), candidate_form(world))
    assert Candidate.objects.count() == 1


def test_other_words_in_the_same_form_become_a_candidate_of_their_own_when_sent_once_more(world):
    client = signed_in(world, "reviewer")
    client.post(address("candidate_new"), candidate_form(world))
    page = client.post(address("candidate_new"), candidate_form(world, name_zh="安化米酒"))
    assert "stored before with other words" in words(page)
    assert 'value="安化米酒"' in page.content.decode()
    nonce = re.search(r'name="nonce" value="([^"]+)"', page.content.decode())[1]
    client.post(address("candidate_new"), candidate_form(world, name_zh="安化米酒", nonce=nonce))
    assert {row.name_zh for row in Candidate.objects.all()} == {"安化擂茶", "安化米酒"}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"name_zh": ""}, "This field is required"),
        ({"name_zh": "长" * 61}, "at most 60 characters"),
        ({"since": "2999-01-01"}, "The day lies in the future."),
        ({"since": "1202-01-01"}, "The day cannot be before 1985-03-15."),
        ({"category": "magic"}, "magic is not one of the available choices"),
        ({"division": "110000"}, "Select a valid choice"),
        ({"division": ""}, "Say where it comes from."),
        ({"checklist": ["magic"]}, "magic is not one of the available choices"),
        ({"next_step_due": "2026-01-01"}, "Write what has to be done by that day."),
        ({"next_step_due": "soon"}, "Write the day like this"),
        ({"reputation": "x" * 4001}, "at most 4000 characters"),
    ],
)
def test_wrong_input_is_told_beside_the_field_and_nothing_typed_is_lost(world, values, says):
    typed = {"producers": "Forty households", "notes": "Ask again in May"}
    page = signed_in(world, "reviewer").post(address("candidate_new"), candidate_form(world, **typed, **values))
    text = words(page)
    assert says in text
    assert "Please look at this again" in text
    assert "Forty households" in text
    assert "Ask again in May" in text
    assert 'class="field has-error"' in page.content.decode()
    assert not Candidate.objects.exists()


def test_the_officer_writes_the_county_because_the_country_has_too_many(world, monkeypatch):
    monkeypatch.setattr("enterprises.cultivation_forms.MOST_CHOSEN", 2)
    client = signed_in(world, "officer")
    for text, says in (("某地", "is no county of your territory"), ("桃江县、安化县", "Name one county.")):
        page = client.post(address("candidate_new"), candidate_form(world, division=text))
        assert says in words(page)
        assert text in page.content.decode()
    client.post(address("candidate_new"), candidate_form(world, division="安化"))
    row = Candidate.objects.get()
    assert row.division == world.county
    assert 'value="430923"' in client.get(address("candidate_edit", row.reference)).content.decode()


def test_amending_keeps_what_was_typed_when_somebody_was_faster(world):
    row = make_candidate(world, office="First office")
    client = signed_in(world, "reviewer")
    page = client.get(address("candidate_edit", row.reference)).content.decode()
    assert 'name="version" value="1"' in page
    assert str(row.nonce) not in page
    cultivation.amend_candidate(row, by=world.actor("approver"), version=1, office="Second office", checklist=["name"])
    form = candidate_form(world, office="Third office", reputation="Mine", version=1, checklist=["name"])
    page = client.post(address("candidate_edit", row.reference), form)
    text = words(page)
    assert page.status_code == 409
    assert "Somebody else has changed this meanwhile" in text
    assert "Office that looks after it Second office" in text
    assert "Third office" in page.content.decode()
    assert 'name="version" value="2"' in page.content.decode()
    row.refresh_from_db()
    assert row.office == "Second office"
    client.post(address("candidate_edit", row.reference), form | {"version": 2})
    row.refresh_from_db()
    assert (row.office, row.reputation) == ("Third office", "Mine")


def test_nothing_of_the_checklist_goes_missing_from_what_is_ready(world):
    row = make_candidate(world, Stage.READY)
    form = candidate_form(world, version=row.version, checklist=["name"], notes="Typed")
    page = signed_in(world, "reviewer").post(address("candidate_edit", row.reference), form)
    assert "It stands as ready" in words(page)
    assert "Typed" in words(page)
    row.refresh_from_db()
    assert row.checklist == ReadyItem.values


# --- Steps ---


def test_a_step_says_what_it_does_and_does_it(world):
    row = make_candidate(world)
    client, url = signed_in(world, "reviewer"), address("candidate_step", row.reference, "make_ready")
    assert "Everything that an application needs is there." in words(client.get(url))
    page = client.post(url, {"on": days_ago(7).isoformat(), "reason": ""}, follow=True)
    assert "Done: call it ready." in words(page)
    assert row.stages.get(effective_to=None).effective_from == days_ago(7)


def test_the_page_gives_the_reason_why_a_step_is_not_open(world):
    row = make_candidate(world, Stage.PROTECTED)
    client = signed_in(world, "reviewer")
    page = client.get(address("candidate", row.reference))
    assert "No enterprise is authorised to use the mark on it yet." in words(page)
    assert address("candidate_step", row.reference, "use") not in page.content.decode()
    step = client.get(address("candidate_step", row.reference, "use"))
    assert "No enterprise is authorised" in words(step)
    assert '<button class="btn">Note that' not in step.content.decode()
    prove(world, Stage.USED)
    assert address("candidate_step", row.reference, "use") in client.get(
        address("candidate", row.reference)
    ).content.decode()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"product": "x"}, "No product of the register has this number."),
        ({"product": "99999"}, "No product of the register has this number."),
        ({"product": ""}, "This field is required"),
        ({"product": "400"}, "That product belongs to another province."),
        ({"product": "401"}, "Tie it first to a product of the register whose protection is in force."),
        ({"product": "365", "on": "2999-01-01"}, "The day lies in the future."),
        ({"product": "365", "on": days_ago(1).isoformat()}, "The day cannot be before"),
    ],
)
def test_protection_asks_for_the_product(world, values, says):
    make.make_product("平谷大桃", number=400, province=world.elsewhere)
    make.make_product("安化红茶", number=401, status="in_procedure", province=world.province)
    row = make_candidate(world, Stage.IN_PROCEDURE)
    url = address("candidate_step", row.reference, "protect")
    form = {"on": timezone.localdate().isoformat(), "reason": "Announced last week"} | values
    page = signed_in(world, "reviewer").post(url, form)
    assert says in words(page)
    assert "Announced last week" in words(page)
    row.refresh_from_db()
    assert (row.stage, row.product) == (Stage.IN_PROCEDURE, None)


def test_a_protected_candidate_leads_to_its_product(world):
    row = make_candidate(world, Stage.IN_PROCEDURE)
    client = signed_in(world, "approver")
    form = {"on": timezone.localdate().isoformat(), "product": "３６５"}
    page = client.post(address("candidate_step", row.reference, "protect"), form, follow=True)
    assert "Anhua Dark Tea" in words(page)


def test_a_wrong_product_is_put_right_by_going_back_one_step(world):
    row = make_candidate(world, Stage.PROTECTED)
    other = make.make_product("安化擂茶", number=401, province=world.province)
    world.product.rights.update(status="in_procedure")
    client, day = signed_in(world, "reviewer"), timezone.localdate().isoformat()
    client.post(address("candidate_step", row.reference, "set_back"), {"on": day, "reason": "The wrong number"})
    page = client.get(address("candidate_step", row.reference, "protect"))
    assert 'value="365"' in page.content.decode()
    client.post(address("candidate_step", row.reference, "protect"), {"on": day, "product": "401"})
    row.refresh_from_db()
    assert (row.stage, row.product) == (Stage.PROTECTED, other)


def test_a_step_that_is_not_open_leads_back_and_an_unknown_one_is_not_found(world):
    row = make_candidate(world)
    client = signed_in(world, "reviewer")
    page = client.get(address("candidate_step", row.reference, "file"), follow=True)
    assert "This step is not possible in the present state." in words(page)
    late = client.post(address("candidate_step", row.reference, "file"), {"on": timezone.localdate().isoformat()})
    assert late.status_code == 409
    assert client.get(address("candidate_step", row.reference, "magic")).status_code == 404


def test_giving_up_needs_the_reason(world):
    row = make_candidate(world)
    client, url = signed_in(world, "reviewer"), address("candidate_step", row.reference, "drop")
    day = timezone.localdate().isoformat()
    assert "This field is required" in words(client.post(url, {"on": day, "reason": " "}))
    client.post(url, {"on": day, "reason": "The brewer left"})
    assert "The brewer left" in words(client.get(address("candidate", row.reference)))


# --- Release ---


def test_the_release_page_tells_what_becomes_public_and_asks_first(world):
    row = make_candidate(world, notes="The mayor wavers", office="Secret office")
    client, url = signed_in(world, "reviewer"), address("candidate_release", row.reference)
    page = client.get(url)
    text = words(page)
    for told in (row.reference, "安化擂茶", "Anhua Leicha", "Tea", "Anhua County", "Candidate", "cannot be taken back"):
        assert told in text, told
    for secret in ("The mayor wavers", "Secret office", "county annals"):
        assert secret not in text, secret
    row.refresh_from_db()
    assert row.released_on is None
    assert "It is public from now on." in words(client.post(url, {"version": 1}, follow=True))
    row.refresh_from_db()
    assert row.released_on == timezone.localdate()
    assert JournalEntry.objects.filter(subject_label=f"{row.reference} 安化擂茶").count() == 1


def test_only_what_the_page_showed_is_released(world):
    row = make_candidate(world)
    client, url = signed_in(world, "reviewer"), address("candidate_release", row.reference)
    cultivation.amend_candidate(row, by=world.actor("approver"), version=1, name_zh="秘方擂茶")
    page = client.post(url, {"version": 1})
    assert page.status_code == 409
    assert "秘方擂茶" in words(page)
    assert 'name="version" value="2"' in page.content.decode()
    assert client.post(url, {}).status_code == 200
    row.refresh_from_db()
    assert row.released_on is None
    client.post(url, {"version": 2})
    assert "It is public since" in words(client.get(url))


# --- Trainings and projects ---


@pytest.mark.parametrize("name", KEEPERS)
def test_a_training_is_entered_for_its_counties(world, name):
    client = signed_in(world, name)
    assert "How many people came" in words(client.get(address("training_new")))
    page = client.post(address("training_new"), training_form(world), follow=True)
    assert "Entered." in words(page)
    assert "Writing an application" in words(page)
    row = Training.objects.get()
    held_by = {"reviewer": world.prefecture, "approver": world.province, "officer": world.county}
    assert (row.division, list(row.counties.all()), row.attendance) == (held_by[name], [world.county], 40)


def test_the_officers_training_for_several_counties_belongs_to_what_holds_them(world):
    taojiang = world.prefecture.children.get(code="430922")
    client = signed_in(world, "officer")
    client.post(address("training_new"), training_form(world, counties=[world.county.pk, taojiang.pk]))
    assert Training.objects.get().division == world.prefecture
    far = make.make_division("110101", "东城区", parent=world.elsewhere)
    form = training_form(world, counties=[world.county.pk, far.pk], nonce="", topic="Both provinces")
    page = client.post(address("training_new"), form)
    assert "enter it once for each" in words(page)
    assert "Both provinces" in page.content.decode()
    assert Training.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"attendance": "-1"}, "Write a whole number"),
        ({"attendance": "0"}, "Write a whole number"),
        ({"attendance": "many"}, "Write a whole number"),
        ({"held_on": "2999-01-01"}, "The day lies in the future."),
        ({"held_on": "1202-01-01"}, "The day cannot be before 1985-03-15."),
        ({"counties": []}, "Name at least one county."),
        ({"counties": ["1"]}, "Select a valid choice"),
        ({"kind": "magic"}, "Select a valid choice"),
        ({"topic": ""}, "This field is required"),
    ],
)
def test_wrong_trainings_are_told_beside_the_field_with_what_was_typed(world, values, says):
    form = training_form(world, note="The hall was cold") | values
    page = signed_in(world, "reviewer").post(address("training_new"), form)
    assert says in words(page)
    assert "The hall was cold" in words(page)
    assert 'class="field has-error"' in page.content.decode()
    assert not Training.objects.exists()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"amount": "0"}, "Write an amount in whole yuan above 0"),
        ({"amount": "-5"}, "Write an amount in whole yuan above 0"),
        ({"amount": "1.5"}, "Write an amount in whole yuan above 0"),
        ({"amount": "99999999亿"}, "Write an amount in whole yuan above 0"),
        ({"ends_on": "2025-12-31"}, "The last day cannot be before the first."),
        ({"begins_on": ""}, "This field is required"),
        ({"candidates": ["K2026999999"]}, "Select a valid choice"),
    ],
)
def test_wrong_projects_are_told_beside_the_field_with_what_was_typed(world, values, says):
    form = project_form(world, result="Two firms came") | values
    page = signed_in(world, "reviewer").post(address("project_new"), form)
    assert says in words(page)
    assert "Two firms came" in words(page)
    assert 'class="field has-error"' in page.content.decode()
    assert not FundingProject.objects.exists()


@pytest.mark.parametrize(
    ("typed", "yuan"), [("300000", 300_000), ("300,000 元", 300_000), ("３０万", 300_000), ("1.25亿元", 125_000_000)]
)
def test_money_is_read_as_people_write_it(world, typed, yuan):
    row = make_candidate(world)
    form = project_form(world, amount=typed, candidates=[row.reference])
    page = signed_in(world, "reviewer").post(address("project_new"), form, follow=True)
    project = FundingProject.objects.get()
    assert (project.amount, list(project.candidates.all())) == (yuan, [row])
    assert address("candidate", row.reference) in page.content.decode()
    assert "Dark tea for Europe" in words(signed_in(world, "auditor").get(address("candidate", row.reference)))


def test_where_there_are_many_counties_they_are_written(world, monkeypatch):
    monkeypatch.setattr("enterprises.cultivation_forms.MOST_TICKED", 1)
    make.make_division("430181", "安溪县", parent=make.make_division("430100", "长沙市", parent=world.province))
    client = signed_in(world, "approver")
    for text, says in (
        ("安化县、东城区", "“东城区” is no county of your territory."),
        ("安", "“安” may be several; write the code: 安溪县 430181, 安化县 430923"),
    ):
        page = client.post(address("training_new"), training_form(world, counties=text))
        assert says in words(page)
        assert text in page.content.decode()
    client.post(address("training_new"), training_form(world, counties="安化县 430922\nAnhua County"))
    row = Training.objects.get()
    assert {place.name_zh for place in row.counties.all()} == {"安化县", "桃江县"}
    assert "桃江县、安化县" in client.get(address("training_edit", row.pk)).content.decode()
    make_candidate(world)
    two = make_candidate(world, name_zh="安化米酒")
    page = client.post(address("project_new"), project_form(world, counties="安化县", candidates="K1"))
    assert "“K1” is no candidate of your territory." in words(page)
    client.post(address("project_new"), project_form(world, counties="安化县", candidates=two.reference.lower()))
    assert list(FundingProject.objects.get().candidates.all()) == [two]


@pytest.mark.parametrize(
    ("maker", "page", "form"),
    [(make_training, "training_edit", training_form), (make_project, "project_edit", project_form)],
)
def test_correcting_a_record_keeps_what_was_typed_when_somebody_was_faster(world, maker, page, form):
    row = maker(world)
    client, url = signed_in(world, "reviewer"), address(page, row.pk)
    assert client.get(url).status_code == 200
    taojiang = world.prefecture.children.get(code="430922")
    amend = cultivation.amend_training if maker is make_training else cultivation.amend_project
    amend(row, by=world.actor("reviewer"), version=1, counties=[taojiang])
    answer = client.post(url, form(world, version=1))
    assert answer.status_code == 409
    assert "For which counties 桃江县" in words(answer)
    assert list(row.counties.all()) == [taojiang]
    assert client.post(url, form(world, version=2)).status_code == 302
    assert list(row.counties.all()) == [world.county]


@pytest.mark.parametrize(("maker", "page"), [(make_training, "training"), (make_project, "project")])
def test_striking_asks_once_more_and_leaves_the_sums(world, maker, page):
    row = maker(world)
    client, url = signed_in(world, "reviewer"), address(f"{page}_strike", row.pk)
    assert "by mistake" in words(client.get(url))
    row.refresh_from_db()
    assert row.struck_on is None
    assert "Struck. It counts no more." in words(client.post(url, {"version": 1}, follow=True))
    listing = address(f"{page}s")
    assert "By year" not in words(client.get(listing))
    assert "struck on" in words(client.get(listing, {"view": "struck"}))
    assert client.get(url).status_code == 404
    assert client.get(address(f"{page}_edit", row.pk)).status_code == 404


def test_words_for_an_entry_that_was_struck_meanwhile_are_shown_again(world):
    row = make_training(world)
    cultivation.strike(row, by=world.actor("approver"), version=1)
    form = training_form(world, version=1, note="Typed at length")
    page = signed_in(world, "reviewer").post(address("training_edit", row.pk), form)
    assert page.status_code == 409
    assert "Typed at length" in words(page)


def test_sums_by_year_and_filters(world):
    year = days_ago(3).year
    make_training(world, held_on=days_ago(3), attendance=1200)
    make_training(world, held_on=days_ago(3), attendance=5, kind="visit", topic="A visit")
    make_training(world, held_on=days_ago(800), attendance=7, topic="Long ago")
    make_training(world, held_on=days_ago(3), attendance=9999, topic="Made up", demonstration=True)
    client = signed_in(world, "reviewer")
    text = words(client.get(address("trainings")))
    assert f"{year} 2 1 205" in text
    assert "Demonstration rows do not count." in text
    narrowed = words(client.get(address("trainings"), {"year": days_ago(800).year}))
    assert "Long ago" in narrowed
    assert "A visit" not in narrowed
    assert "A visit" in words(client.get(address("trainings"), {"county": "430923"}))
    assert "was ignored" in words(client.get(address("trainings"), {"year": "12"}))


# --- Files, languages, cost ---


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("page", ["candidates", "trainings", "projects"])
def test_files_hold_the_own_territory_only_and_say_that_they_are_not_public(world, page, kind):
    make_candidate(world, notes="The mayor wavers")
    make_training(world, note="The mayor came")
    make_project(world)
    answer = signed_in(world, "reviewer").get(address(page), {"format": kind})
    assert "not-public" in answer["Content-Disposition"]
    assert "private" in answer["Cache-Control"]
    content = answer.getvalue()
    far = signed_in(world, "approver_elsewhere").get(address(page), {"format": kind}).getvalue()
    if kind == "csv":
        told = {"candidates": "安化擂茶", "trainings": "安化县 430923", "projects": "300000"}[page]
        assert told in content.decode()
        assert "mayor" not in content.decode()
        assert len(content.decode().splitlines()) == 2
        assert len(far.decode().splitlines()) == 1
    else:
        assert content.startswith(b"PK")
        assert len(far) < len(content)


def test_the_file_answers_to_the_filter(world):
    make_candidate(world)
    make_candidate(world, Stage.FILED, name_zh="安化米酒")
    answer = signed_in(world, "auditor").get(address("candidates"), {"format": "csv", "stage": "filed"})
    assert "安化擂茶" not in answer.getvalue().decode()


@pytest.mark.parametrize("page", ["candidates", "trainings", "projects"])
def test_lists_take_the_same_queries_however_long(world, page):
    def rows(number):
        for _time in range(number):
            row = make_candidate(world)
            make_training(world)
            make_project(world, candidates=[row])

    client, taken = signed_in(world, "reviewer"), []
    for number in (1, 5):
        rows(number)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(page)).status_code == 200
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_pages_speak_chinese_too(world):
    row = make_candidate(world)
    training, project = make_training(world), make_project(world)
    client = signed_in(world, "reviewer")
    with translation.override("zh-hans"):
        for name, args in (
            ("candidates", []), ("candidate_new", []), ("candidate", [row.reference]),
            ("candidate_edit", [row.reference]), ("candidate_release", [row.reference]),
            ("candidate_step", [row.reference, "drop"]), ("trainings", []), ("training_new", []),
            ("training_edit", [training.pk]), ("training_strike", [training.pk]), ("projects", []),
            ("project_new", []), ("project_edit", [project.pk]), ("project_strike", [project.pk]),
        ):  # fmt: skip
            page = client.get(reverse(f"enterprises:desk_{name}", args=args))
            assert page.status_code == 200, name
            assert 'lang="zh-Hans"' in page.content.decode()
