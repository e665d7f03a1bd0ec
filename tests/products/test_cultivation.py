"""Candidates, trainings and projects: every move at every stage, days, two writers at once, what the journal tells."""

import datetime
import json
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from enterprises.use_models import UseReport
from gi_registry import journal
from gi_registry.models import DivisionStatus, JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.seals import sealed
from products import cultivation, pipeline
from products.cultivation_models import Candidate, FundingProject, Training
from products.cultivation_states import CANDIDATE_MOVES, OPEN_STAGES, ReadyItem, Stage, missing_items
from products.states import ProductStatus
from tests import factories as make
from tests.case_world import make_world
from tests.cultivation_world import MOVES, days_ago, make_candidate, make_project, make_training, prove

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def refusal(function, *args, **values):
    with pytest.raises(MoveRefused) as refused:
        function(*args, **values)
    return refused.value.code


def move(world, candidate, name, by="reviewer", **values):
    values = {"reason": "It is so."} | values
    cultivation.move_candidate(candidate, MOVES[name], by=world.actor(by), **values)


def stages_of(candidate):
    return [(row.stage, row.effective_from, row.effective_to) for row in candidate.stages.all()]


# --- Entering and amending ---


def test_a_candidate_is_entered_with_its_first_stage(world):
    candidate = make_candidate(world, checklist=["fame", "name"], since=days_ago(10))
    candidate.refresh_from_db()
    assert candidate.reference == f"K{timezone.localdate().year}{candidate.pk:06}"
    assert candidate.checklist == ["name", "fame"]
    assert stages_of(candidate) == [("candidate", days_ago(10), None)]
    assert (candidate.version, candidate.released_on) == (1, None)


def test_the_same_form_makes_one_candidate(world):
    nonce = uuid.uuid4()
    first, second = (make_candidate(world, nonce=nonce) for _time in range(2))
    assert first.pk == second.pk
    assert JournalEntry.objects.filter(event_type="candidate.entered").count() == 1


def test_the_same_form_at_the_same_moment_makes_one_candidate(world, monkeypatch):
    """The second one looks before the first has stored."""
    nonce, look = uuid.uuid4(), cultivation._sent_before
    first = make_candidate(world, nonce=nonce)
    looks = iter([lambda *args: None, look])
    monkeypatch.setattr(cultivation, "_sent_before", lambda *args: next(looks)(*args))
    assert make_candidate(world, nonce=nonce).pk == first.pk
    assert Candidate.objects.count() == 1


def test_the_same_form_with_other_words_is_refused_and_stores_nothing(world):
    nonce = uuid.uuid4()
    first = make_candidate(world, nonce=nonce)
    with pytest.raises(MoveRefused) as refused:
        make_candidate(world, nonce=nonce, name_zh="另一种茶")
    assert refused.value.code == "already_sent"
    assert first.reference in str(refused.value)
    assert Candidate.objects.get().name_zh == "安化擂茶"


@pytest.mark.parametrize(
    ("maker", "more"), [(make_candidate, {}), (make_training, {}), (make_project, {})]
)
def test_a_form_of_another_territory_tells_nothing_of_the_row_with_its_nonce(world, maker, more):
    nonce = uuid.uuid4()
    maker(world, nonce=nonce)
    elsewhere = make.make_division("110101", "东城区", parent=world.elsewhere)
    values = {"nonce": nonce, "by": "reviewer_elsewhere", "division": elsewhere}
    if maker is not make_candidate:
        values |= {"division": world.elsewhere, "counties": [elsewhere]}
    assert refusal(maker, world, **values) == "not_permitted"


@pytest.mark.parametrize("by", ["reviewer_elsewhere", "approver_elsewhere", "auditor", "editor", "owner"])
def test_only_keepers_of_the_territory_enter_candidates(world, by):
    assert refusal(make_candidate, world, by=by) == "not_permitted"
    assert not Candidate.objects.exists()
    assert not JournalEntry.objects.exists()


@pytest.mark.parametrize("by", ["reviewer", "approver", "officer"])
def test_every_keeper_enters_and_moves_candidates(world, by):
    assert make_candidate(world, Stage.IN_PROCEDURE, by=by).stage == Stage.IN_PROCEDURE


def test_a_candidate_lies_in_a_county_or_prefecture_of_today(world):
    assert make_candidate(world, division=world.prefecture).division == world.prefecture
    former = make.make_division("430999", "旧县", parent=world.prefecture, status=DivisionStatus.HISTORIC)
    assert refusal(make_candidate, world, division=former) == "wrong_place"
    assert refusal(make_candidate, world, by="approver", division=world.province) == "wrong_place"


def test_it_cannot_be_known_before_there_were_indications_nor_from_tomorrow(world):
    for day in (datetime.date(1202, 1, 1), days_ago(-1)):
        assert refusal(make_candidate, world, since=day) == "wrong_day"


def test_texts_that_are_too_long_and_names_that_are_missing_are_not_stored(world):
    for values in ({"name_zh": ""}, {"name_zh": "长" * 61}, {"next_step": "x" * 201}, {"category": "magic"}):
        with pytest.raises(ValidationError):
            make_candidate(world, **values)
    assert not Candidate.objects.exists()


def test_amending_raises_the_version_and_without_a_difference_leaves_no_trace(world):
    candidate, by = make_candidate(world), world.actor("reviewer")
    assert not cultivation.amend_candidate(candidate, by=by, version=1, name_zh="安化擂茶")
    assert cultivation.amend_candidate(candidate, by=by, version=1, next_step="Test the tea", checklist=["fame"])
    candidate.refresh_from_db()
    assert (candidate.version, candidate.next_step, candidate.checklist) == (2, "Test the tea", ["fame"])
    assert JournalEntry.objects.filter(event_type="candidate.amended").count() == 1


def test_of_two_who_amend_the_second_is_told(world):
    candidate, by = make_candidate(world), world.actor("reviewer")
    same = Candidate.objects.get()
    cultivation.amend_candidate(candidate, by=by, version=1, office="First")
    code = refusal(cultivation.amend_candidate, same, by=world.actor("approver"), version=1, office="Second")
    assert code == "someone_was_faster"
    assert Candidate.objects.get().office == "First"


def test_it_moves_to_another_county_only_inside_the_own_territory(world):
    candidate, by = make_candidate(world), world.actor("reviewer")
    taojiang = world.prefecture.children.get(code="430922")
    cultivation.amend_candidate(candidate, by=by, version=1, division=taojiang)
    assert Candidate.objects.get().division == taojiang
    other = make.make_division("430100", "长沙市", parent=world.province)
    assert refusal(cultivation.amend_candidate, candidate, by=by, version=2, division=other) == "not_permitted"
    assert Candidate.objects.get().division == taojiang


def test_what_stands_as_ready_stays_complete(world):
    candidate, by = make_candidate(world, Stage.READY), world.actor("reviewer")
    change = {"by": by, "version": candidate.version, "checklist": ["name"], "office": "Other"}
    assert refusal(cultivation.amend_candidate, candidate, **change) == "not_ready"
    kept = Candidate.objects.get()
    assert (kept.checklist, kept.office) == (ReadyItem.values, "安化县市场监督管理局")


def test_what_is_missing_is_told_in_the_order_of_the_list():
    assert missing_items([]) == list(ReadyItem)
    assert missing_items(ReadyItem.values) == []
    assert missing_items(["standard", "name", "unknown"]) == [
        item for item in ReadyItem if item not in ("name", "standard")
    ]


# --- Moves ---


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_against_every_move(world, stage):
    candidate = make_candidate(world, stage)
    if stage != Stage.PAYING_OFF:
        prove(world, Stage.PAYING_OFF)
    for name, row in MOVES.items():
        product = world.product if name == "protect" else None
        with transaction.atomic():
            if stage in row.sources:
                move(world, candidate, name, product=product)
                assert Candidate.objects.get().stage == row.target
                assert stages_of(candidate)[-1] == (row.target, timezone.localdate(), None)
            else:
                assert refusal(move, world, candidate, name, product=product) == "wrong_state"
                assert Candidate.objects.get().stage == stage
            assert candidate.stages.filter(effective_to=None).count() == 1
            transaction.set_rollback(True)
        candidate = Candidate.objects.get()


def test_the_table_leads_everywhere_and_out_of_every_stage():
    assert {row.target for row in CANDIDATE_MOVES} == set(Stage)
    assert set().union(*(row.sources for row in CANDIDATE_MOVES)) == set(Stage)
    assert set(MOVES["drop"].sources) == set(OPEN_STAGES)


def test_ready_needs_the_whole_checklist(world):
    candidate = make_candidate(world, checklist=ReadyItem.values[:-1])
    assert refusal(move, world, candidate, "make_ready") == "guard"
    cultivation.amend_candidate(candidate, by=world.actor("reviewer"), version=1, checklist=ReadyItem.values)
    move(world, candidate, "make_ready")
    assert Candidate.objects.get().stage == Stage.READY


@pytest.mark.parametrize("status", [ProductStatus.IN_PROCEDURE, ProductStatus.REPORTED])
def test_protected_needs_a_product_in_force(world, status):
    candidate = make_candidate(world, Stage.IN_PROCEDURE)
    assert refusal(move, world, candidate, "protect") == "guard"
    pending = make.make_product("安化擂茶", status=status, province=world.province)
    assert refusal(move, world, candidate, "protect", product=pending) == "guard"
    candidate.refresh_from_db()
    assert (candidate.product, candidate.stage) == (None, Stage.IN_PROCEDURE)


def test_protection_counts_on_the_day_of_the_move(world):
    candidate = make_candidate(world)
    by = world.actor("reviewer")
    for name, days in (("make_ready", 300), ("file", 250)):
        cultivation.move_candidate(candidate, MOVES[name], by=by, on=days_ago(days))
    product = make.make_product("安化擂茶", province=world.province, effective_from=days_ago(100))
    assert refusal(move, world, candidate, "protect", product=product, on=days_ago(101)) == "wrong_day"
    assert Candidate.objects.get().stage == Stage.FILED
    move(world, candidate, "protect", product=product, on=days_ago(100))
    assert Candidate.objects.get().stage == Stage.PROTECTED


def test_in_use_needs_an_authorisation_in_force(world):
    candidate = make_candidate(world, Stage.PROTECTED)
    assert refusal(move, world, candidate, "use") == "guard"
    world.authorisation()  # of a demonstration enterprise: it proves nothing of a real candidate
    assert refusal(move, world, candidate, "use") == "guard"
    prove(world, Stage.USED)
    move(world, candidate, "use")
    assert Candidate.objects.get().stage == Stage.USED


def test_a_demonstration_candidate_may_rest_on_demonstration(world):
    candidate = make_candidate(world, Stage.PROTECTED, demonstration=True)
    world.authorisation()
    move(world, candidate, "use")
    assert Candidate.objects.get().stage == Stage.USED


def test_paying_off_needs_an_accepted_report_with_a_value(world):
    candidate = make_candidate(world, Stage.USED)
    report = {"authorisation": world.product.authorisations.get(), "written_by": world.people["owner"], "version": 1}
    UseReport.objects.create(
        reference="U1", nonce=uuid.uuid4(), year=2023, state="submitted", output_value=5, **report
    )
    UseReport.objects.create(reference="U2", nonce=uuid.uuid4(), year=2024, state="accepted", **report)
    assert refusal(move, world, candidate, "pay_off") == "guard"
    UseReport.objects.filter(year=2024).update(output_value=1)
    move(world, candidate, "pay_off")
    assert Candidate.objects.get().stage == Stage.PAYING_OFF


@pytest.mark.parametrize("name", [row.name for row in CANDIDATE_MOVES if row.needs_reason])
def test_a_step_back_needs_its_reason(world, name):
    stage = {"take_back": Stage.FILED, "set_back": Stage.PROTECTED, "drop": Stage.READY, "resume": Stage.DROPPED}[name]
    candidate = make_candidate(world, stage)
    assert refusal(move, world, candidate, name, reason=" ") == "reason_missing"
    move(world, candidate, name, reason="The test failed.")
    assert candidate.stages.get(effective_to=None).reason == "The test failed."


@pytest.mark.parametrize("by", ["reviewer_elsewhere", "approver_elsewhere", "auditor", "owner"])
def test_nobody_else_changes_a_candidate(world, by):
    candidate, actor = make_candidate(world), world.actor(by)
    entries = JournalEntry.objects.count()
    assert refusal(move, world, candidate, "drop", by=by) == "not_permitted"
    assert refusal(cultivation.amend_candidate, candidate, by=actor, version=1, office="x") == "not_permitted"
    assert refusal(cultivation.tie_product, candidate, world.product, by=actor) == "not_permitted"
    assert refusal(cultivation.release, candidate, by=actor) == "not_permitted"
    assert JournalEntry.objects.count() == entries


def test_of_two_who_move_the_second_is_told(world):
    make_candidate(world)
    first, second = Candidate.objects.get(), Candidate.objects.get()
    move(world, first, "make_ready")
    assert refusal(move, world, second, "drop", by="approver") == "someone_was_faster"
    assert Candidate.objects.get().stage == Stage.READY


# --- Days ---


def test_a_move_may_lie_in_the_past_but_not_before_the_stage_it_ends(world):
    candidate = make_candidate(world, since=days_ago(50))
    assert refusal(move, world, candidate, "make_ready", on=days_ago(51)) == "wrong_day"
    assert refusal(move, world, candidate, "make_ready", on=days_ago(-1)) == "wrong_day"
    move(world, candidate, "make_ready", on=days_ago(20))
    assert stages_of(candidate) == [("candidate", days_ago(50), days_ago(20)), ("ready", days_ago(20), None)]


def test_which_stage_on_which_day(world):
    candidate = make_candidate(world, since=days_ago(50))
    for name, days in (("make_ready", 40), ("file", 30), ("begin_procedure", 30), ("drop", 10)):
        move(world, candidate, name, on=days_ago(days))
    on = {
        days: {stage for stage in Stage if Candidate.objects.at_stage(frozenset({stage}), days_ago(days)).exists()}
        for days in (51, 50, 41, 40, 31, 30, 11, 10, 0)
    }
    assert on == {
        51: set(), 50: {"candidate"}, 41: {"candidate"}, 40: {"ready"}, 31: {"ready"}, 30: {"in_procedure"},
        11: {"in_procedure"}, 10: {"dropped"}, 0: {"dropped"},
    }  # fmt: skip


# --- The product ---


def test_a_product_of_another_province_is_refused(world):
    candidate = make_candidate(world, Stage.FILED)
    foreign = make.make_product("平谷大桃", province=world.elsewhere)
    assert refusal(move, world, candidate, "protect", product=foreign) == "other_product"
    assert refusal(cultivation.tie_product, candidate, foreign, by=world.actor("reviewer")) == "other_product"
    assert Candidate.objects.get().product is None


def test_another_product_must_have_what_the_stage_needs(world):
    candidate, by = make_candidate(world, Stage.USED), world.actor("reviewer")
    unused = make.make_product("安化红茶", province=world.province)
    assert refusal(cultivation.tie_product, candidate, unused, by=by) == "guard"
    early = make_candidate(world, Stage.FILED, name_zh="安化红茶")
    cultivation.tie_product(early, unused, by=by)
    assert Candidate.objects.get(pk=early.pk).product == unused


# --- The journal and the release ---

SECRETS = {
    "name_zh": "秘方米酒", "name_en": "Secret rice wine", "reputation": "Famous since the Ming",
    "producers": "Two villages", "natural_factors": "Red soil by the river", "human_factors": "Nine steps of brewing",
    "next_step": "Visit the mayor", "office": "Office of secrets", "notes": "The mayor wavers",
}  # fmt: skip


def journal_text():
    rows = [journal.as_json(entry) for entry in JournalEntry.objects.all()]
    return json.dumps(rows, ensure_ascii=False)


def test_before_its_release_the_journal_knows_a_candidate_by_its_number_alone(world):
    candidate = make_candidate(world, **SECRETS)
    by = world.actor("reviewer")
    cultivation.amend_candidate(candidate, by=by, version=1, notes="The mayor agrees", division=world.prefecture)
    move(world, candidate, "make_ready", reason="All papers are there")
    move(world, candidate, "drop", reason="The brewer left")
    cultivation.tie_product(candidate, world.product, by=by)
    text = journal_text()
    assert JournalEntry.objects.filter(subject_id=candidate.reference, subject_label=candidate.reference).count() == 5
    others = ["The mayor agrees", "All papers", "The brewer", "安化县", "430923", "安化黑茶"]
    for secret in [*SECRETS.values(), *others]:
        assert secret not in text, secret


def test_what_was_sealed_can_be_proven_later(world):
    candidate = make_candidate(world)
    move(world, candidate, "drop", reason="The brewer left")
    seal = sealed({"reason": "The brewer left", "product": None}, candidate.nonce)["text_sha256"]
    assert JournalEntry.objects.get(event_type="candidate.moved").payload["text_sha256"] == seal


def test_a_release_names_the_candidate_and_what_comes_after_it_too(world):
    candidate, by = make_candidate(world, **SECRETS), world.actor("reviewer")
    cultivation.release(candidate, by=by, version=1)
    entry = JournalEntry.objects.get(event_type="candidate.released")
    assert entry.subject_label == f"{candidate.reference} 秘方米酒"
    assert entry.payload == {
        "division": "安化县 430923", "name_zh": "秘方米酒", "name_en": "Secret rice wine", "category": "tea",
        "stage": "candidate",
    }  # fmt: skip
    cultivation.amend_candidate(candidate, by=by, version=2, name_zh="古法米酒", notes="The mayor agrees")
    amended = JournalEntry.objects.get(event_type="candidate.amended")
    assert amended.payload["changes"] == {"name_zh": {"before": "秘方米酒", "after": "古法米酒"}}
    text = journal_text()
    for name in ("reputation", "producers", "natural_factors", "human_factors", "next_step", "office", "notes"):
        assert SECRETS[name] not in text
    assert "The mayor agrees" not in text


def test_a_candidate_is_released_once(world):
    candidate, by = make_candidate(world), world.actor("reviewer")
    cultivation.release(candidate, by=by)
    assert refusal(cultivation.release, candidate, by=by) == "wrong_state"
    assert JournalEntry.objects.filter(event_type="candidate.released").count() == 1


def test_a_released_candidate_that_is_protected_names_its_product(world):
    candidate = make_candidate(world, Stage.FILED, released=True)
    move(world, candidate, "protect", product=world.product, reason="Announced.")
    payload = JournalEntry.objects.filter(event_type="candidate.moved").order_by("-sequence")[0].payload
    assert (payload["product"], payload["to"]) == (365, "protected")
    assert "reason" not in payload


def test_the_chain_of_the_journal_stays_whole(world):
    make_candidate(world, Stage.PAYING_OFF, released=True)
    cultivation.strike(make_training(world), by=world.actor("reviewer"), version=1)
    assert list(journal.verify()) == []


# --- Trainings and projects ---

RECORDS = [(make_training, cultivation.amend_training), (make_project, cultivation.amend_project)]


@pytest.mark.parametrize(("maker", "_amend"), RECORDS)
def test_the_same_form_makes_one_training_or_project(world, maker, _amend):
    nonce = uuid.uuid4()
    assert maker(world, nonce=nonce).pk == maker(world, nonce=nonce).pk
    taojiang = world.prefecture.children.get(code="430922")
    assert refusal(maker, world, nonce=nonce, counties=[world.county, taojiang]) == "already_sent"
    assert JournalEntry.objects.count() == 1


@pytest.mark.parametrize(("maker", "amend"), RECORDS)
def test_counties_lie_in_the_territory_and_are_counties(world, maker, amend):
    elsewhere = make.make_division("110101", "东城区", parent=world.elsewhere)
    former = make.make_division("430999", "旧县", parent=world.prefecture, status=DivisionStatus.HISTORIC)
    row, by = maker(world), world.actor("reviewer")
    for counties, code in (
        ([world.county, elsewhere], "not_permitted"), ([world.prefecture], "wrong_place"), ([former], "wrong_place"),
        ([], "wrong_place"),
    ):  # fmt: skip
        assert refusal(maker, world, counties=counties) == code
        assert refusal(amend, row, by=by, version=1, counties=counties) == code
    assert list(row.counties.all()) == [world.county]
    assert (Training.objects.count(), FundingProject.objects.count()) in ((1, 0), (0, 1))


def test_a_prefecture_without_counties_counts_as_one(world):
    alone = make.make_division("431900", "某州", parent=world.province)
    row = make_training(world, by="approver", division=world.province, counties=[alone])
    assert list(row.counties.all()) == [alone]


@pytest.mark.parametrize(("maker", "amend"), RECORDS)
def test_a_county_that_was_abolished_since_may_stay(world, maker, amend):
    row, by = maker(world), world.actor("reviewer")
    world.county.status = DivisionStatus.HISTORIC
    world.county.save()
    note = {"note": "Went well"} if maker is make_training else {"result": "Went well"}
    assert amend(row, by=by, version=1, counties=[world.county], **note)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"attendance": 0}, "wrong_number"), ({"attendance": -1}, "wrong_number"),
        ({"held_on": days_ago(-1)}, "wrong_day"), ({"held_on": datetime.date(202, 5, 1)}, "wrong_day"),
    ],
)  # fmt: skip
def test_a_training_was_held_and_somebody_came(world, values, code):
    assert refusal(make_training, world, **values) == code
    row = make_training(world)
    assert refusal(cultivation.amend_training, row, by=world.actor("reviewer"), version=1, **values) == code
    assert Training.objects.get().attendance == 40


@pytest.mark.parametrize(
    ("values", "code"), [({"amount": 0}, "wrong_number"), ({"ends_on": days_ago(31)}, "wrong_end")]
)
def test_a_project_has_money_and_ends_after_it_begins(world, values, code):
    assert refusal(make_project, world, **values) == code
    row = make_project(world)
    assert refusal(cultivation.amend_project, row, by=world.actor("reviewer"), version=1, **values) == code
    kept = FundingProject.objects.get()
    assert (kept.amount, kept.ends_on) == (300_000, None)


def test_a_project_names_candidates_of_the_territory_only(world):
    elsewhere = make.make_division("110101", "东城区", parent=world.elsewhere)
    own = make_candidate(world)
    foreign = make_candidate(world, by="reviewer_elsewhere", division=elsewhere)
    assert refusal(make_project, world, candidates=[own, foreign]) == "not_permitted"
    row = make_project(world, candidates=[own])
    change = {"by": world.actor("reviewer"), "version": 1, "candidates": [foreign]}
    assert refusal(cultivation.amend_project, row, **change) == "not_permitted"
    assert list(row.candidates.all()) == [own]


@pytest.mark.parametrize(("maker", "amend"), RECORDS)
def test_of_two_who_amend_a_record_the_second_is_told_and_nobody_elsewhere_can(world, maker, amend):
    row, by = maker(world), world.actor("reviewer")
    taojiang = world.prefecture.children.get(code="430922")
    assert amend(row, by=by, version=1, counties=[taojiang])
    same = type(row).objects.get()
    assert refusal(amend, same, by=by, version=1, counties=[world.county]) == "someone_was_faster"
    assert refusal(amend, same, by=world.actor("approver_elsewhere"), version=2, counties=[]) == "not_permitted"
    assert list(row.counties.all()) == [taojiang]


@pytest.mark.parametrize(("maker", "amend"), RECORDS)
def test_what_was_struck_counts_no_more_and_stays_as_it_was(world, maker, amend):
    row, by = maker(world), world.actor("reviewer")
    assert refusal(cultivation.strike, row, by=world.actor("auditor"), version=1) == "not_permitted"
    cultivation.strike(row, by=by, version=1)
    assert type(row).objects.get().struck_on == timezone.localdate()
    assert refusal(cultivation.strike, row, by=by, version=2) == "wrong_state"
    assert refusal(amend, row, by=by, version=2, counties=[world.county]) == "wrong_state"
    assert pipeline.sums(Training.objects.all(), FundingProject.objects.all()) == []


def test_the_journal_tells_nothing_of_a_training_but_that_there_is_one(world):
    row = make_training(world, topic="A secret topic", note="The mayor came", attendance=4711)
    cultivation.amend_training(row, by=world.actor("reviewer"), version=1, note="He left early")
    make_project(world, title="A secret project", amount=87_654_321, result="It failed")
    text = journal_text()
    for secret in ("secret", "mayor", "left early", "4711", "87654321", "failed", "430923", "安化"):
        assert secret not in text, secret
    assert JournalEntry.objects.get(event_type="training.entered").subject_id == f"TR{row.pk:06}"


# --- Who sees what, and sums ---


def test_everybody_sees_the_candidates_of_the_own_territory(world):
    elsewhere = make.make_division("110101", "东城区", parent=world.elsewhere)
    changsha = make.make_division("430100", "长沙市", parent=world.province)
    make_candidate(world, name_zh="here")
    make_candidate(world, name_zh="province", by="approver", division=changsha)
    make_candidate(world, name_zh="far", by="reviewer_elsewhere", division=elsewhere)
    seen = {
        name: {row.name_zh for row in pipeline.visible([world.actor(name)])}
        for name in ("reviewer", "approver", "reviewer_elsewhere", "officer", "auditor", "owner", "editor")
    }
    assert seen == {
        "reviewer": {"here"}, "approver": {"here", "province"}, "reviewer_elsewhere": {"far"},
        "officer": {"here", "province", "far"}, "auditor": {"here", "province", "far"}, "owner": set(), "editor": set(),
    }  # fmt: skip


def test_a_training_is_seen_by_who_held_it_and_by_its_counties(world):
    row = make_training(world, by="approver", division=world.province)
    project = make_project(world, by="approver", division=world.province)
    for name in ("reviewer", "approver", "officer", "auditor"):
        assert list(pipeline.trainings([world.actor(name)])) == [row]
        assert list(pipeline.projects([world.actor(name)])) == [project]
    assert not pipeline.trainings([world.actor("reviewer_elsewhere")]).exists()
    assert not pipeline.projects([world.actor("approver_elsewhere")]).exists()


def test_the_list_begins_with_what_is_overdue(world):
    for name, days, stage in (
        ("late", 5, Stage.CANDIDATE), ("later", 3, Stage.READY), ("soon", -5, Stage.CANDIDATE),
        ("none", None, Stage.CANDIDATE), ("today", 0, Stage.CANDIDATE), ("given up", 9, Stage.DROPPED),
    ):  # fmt: skip
        due = None if days is None else days_ago(days)
        make_candidate(world, stage, name_zh=name, next_step_due=due)
    by = [world.actor("reviewer")]
    names = [row.name_zh for row in pipeline.found(by, pipeline.Wanted())]
    assert names == ["late", "later", "today", "soon", "none", "given up"]
    late = pipeline.found(by, pipeline.Wanted(due=pipeline.LATE))
    assert [row.name_zh for row in late] == ["late", "later"]
    assert pipeline.at_a_glance(by, pipeline.Wanted()).late == 2


def test_the_pipeline_in_numbers_follows_every_condition_but_the_stage(world):
    for stage in (Stage.CANDIDATE, Stage.CANDIDATE, Stage.FILED):
        make_candidate(world, stage)
    make_candidate(world, category="fruit", name_zh="安化李子")
    by = [world.actor("reviewer")]
    glance = pipeline.at_a_glance(by, pipeline.Wanted(stage="filed", category="tea"))
    assert {one.stage: (one.number, one.percent) for one in glance.stages if one.number} == {
        Stage.CANDIDATE: (2, 100), Stage.FILED: (1, 50),
    }  # fmt: skip
    assert glance.total == 3
    assert Stage.DROPPED not in [one.stage for one in glance.stages]
    for q, number in (("李子", 1), ("Leicha", 4), ("安化县", 4), ("nothing like it", 0)):
        assert pipeline.at_a_glance(by, pipeline.Wanted(q=q)).total == number


def test_sums_by_year_count_each_row_once(world):
    taojiang = world.prefecture.children.get(code="430922")
    last_year = timezone.localdate().year - 1
    day = datetime.date(last_year, 6, 1)
    make_training(world, held_on=day, counties=[world.county, taojiang], attendance=30)
    make_training(world, held_on=day, attendance=12, kind="visit")
    make_project(world, begins_on=datetime.date(last_year + 2, 1, 1), counties=[world.county, taojiang], amount=7)
    by = [world.actor("approver")]
    assert pipeline.sums(pipeline.trainings(by), pipeline.projects(by)) == [
        pipeline.Year(last_year + 2, projects=1, yuan=7), pipeline.Year(last_year, events=2, people=42),
    ]  # fmt: skip


# --- What the public sees ---


def test_the_public_sees_released_candidates_of_the_place_and_below(world):
    shown = make_candidate(world, Stage.FILED, released=True)
    make_candidate(world, Stage.FILED)
    make_candidate(world, Stage.FILED, released=True, demonstration=True)
    for place in (world.county, world.prefecture, world.province):
        facts = pipeline.public_facts(place)
        assert [(one.candidate, one.stage, one.since) for one in facts.candidates] == [
            (shown, Stage.FILED, timezone.localdate())
        ]
    assert pipeline.public_facts(world.elsewhere).candidates == []
    before = pipeline.public_facts(world.county, days_ago(1)).candidates
    assert [(one.stage, one.since) for one in before] == [(Stage.CANDIDATE, days_ago(400))]
    assert pipeline.public_facts(world.county, days_ago(401)).candidates == []


def test_public_sums_need_a_training_and_are_real(world):
    make_project(world)
    make_training(world, demonstration=True)
    cultivation.strike(make_training(world), by=world.actor("reviewer"), version=1)
    assert pipeline.public_facts(world.county).years == []
    make_training(world, attendance=7, held_on=days_ago(30))
    facts = pipeline.public_facts(world.province)
    year = days_ago(30).year
    assert facts.years == [pipeline.Year(year, events=1, people=7, projects=1, yuan=300_000)]
    assert pipeline.public_facts(world.county, days_ago(31)).years == []
    assert pipeline.public_facts(world.elsewhere).years == []


def test_the_page_of_a_division_tells_what_was_released_and_no_more(world):
    def page(place):
        facts = {"cultivation": pipeline.public_facts(place), "division": place}
        return render_to_string("products/_region_cultivation.html", facts)

    assert page(world.county).strip() == ""
    make_candidate(world, Stage.PROTECTED, released=True, **SECRETS)
    make_candidate(world, name_zh="未公开的茶")
    make_training(world, attendance=1234, topic="A secret topic", note="The mayor came")
    text = page(world.province)
    for told in ("秘方米酒", "Secret rice wine", "Protected", "Anhua County", "Anhua Dark Tea", "1\u202f234"):
        assert told in text, told
    hidden = {name: word for name, word in SECRETS.items() if name not in ("name_zh", "name_en")}
    for secret in [*hidden.values(), "未公开的茶", "secret topic", "mayor"]:
        assert secret not in text, secret


def test_a_long_list_shows_what_has_come_furthest(world, monkeypatch):
    monkeypatch.setattr(pipeline, "SHOWN", 2)
    for stage in (Stage.CANDIDATE, Stage.FILED, Stage.DROPPED, Stage.READY):
        make_candidate(world, stage, released=True, name_zh=f"Tea {stage}")
    facts = pipeline.public_facts(world.county)
    assert [one.candidate.name_zh for one in facts.candidates] == ["Tea filed", "Tea ready"]
    text = render_to_string("products/_region_cultivation.html", {"cultivation": facts, "division": world.county})
    assert "of 4 in all" in text


def test_the_public_facts_take_three_queries(world, django_assert_num_queries):
    for number in range(5):
        make_candidate(world, Stage.FILED, released=True, name_zh=f"Tea {number}")
        make_training(world)
    with django_assert_num_queries(3):
        facts = pipeline.public_facts(world.province)
        assert len([one.candidate.division.name_zh for one in facts.candidates]) == 5
