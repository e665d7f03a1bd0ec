"""Protection cases at the desk: the queue, who sees what, one case played through under each law, announcements."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enterprises import case_effects, case_papers
from enterprises.models import Terms
from gi_registry.models import JournalEntry
from products.case_models import CaseDeadline, ProtectionCase
from products.case_states import CaseKind, LegalBasis, moves_of, needs_announcement
from products.case_states import CaseState as S
from products.drafting import Place
from products.models import Announcement, Product, ProtectedArea, Right
from products.objection_models import PublicNotice
from products.objection_states import ObjectionState
from products.states import Extent
from tests import factories as make
from tests.case_pages import address, announcement, fresh, publish, signed_in, step
from tests.case_world import make_world
from tests.page_words import words
from tests.portal_files import a_pdf, kept_files  # noqa: F401
from tests.protection_world import (
    LAW_78,
    LAW_80,
    PARTS,
    WAYS,
    end_notice,
    make_case,
    make_objection,
    neighbour,
)

pytestmark = pytest.mark.django_db
HANDLERS = ["reviewer", "approver", "officer"]
STRANGERS = ["reviewer_elsewhere", "approver_elsewhere", "owner", "editor"]


@pytest.fixture
def world():
    return make_world()


# --- The queue ---


def listed(world, who, **query):
    page = signed_in(world, who).get(address("cases"), query).content.decode()
    return {case.reference for case in ProtectionCase.objects.all() if f"/desk/cases/{case.reference}/" in page}


def test_each_sees_first_what_waits_for_them(world):
    draft, sent, formal = (make_case(world, state) for state in (S.DRAFT, S.PROVINCIAL, S.FORMAL))
    mending = make_case(world, S.DEFECTS, name_zh="待补正")
    assert listed(world, "reviewer") == {draft.reference, mending.reference}
    assert listed(world, "approver") == {sent.reference}
    assert listed(world, "officer") == {formal.reference}
    assert listed(world, "auditor") == {sent.reference, formal.reference, mending.reference}
    assert listed(world, "approver", view="open") == {sent.reference, formal.reference, mending.reference}
    assert listed(world, "reviewer", view="drafts") == {draft.reference}


def test_nobody_waits_while_the_public_may_object(world):
    case = make_case(world, S.PRELIMINARY)
    assert listed(world, "another_officer") == set()
    end_notice(case)
    assert listed(world, "another_officer") == {case.reference}
    assert listed(world, "officer") == set()  # examined it, and may not decide


def test_defects_wait_for_the_authority_only_when_the_time_is_over(world):
    case = make_case(world, S.DEFECTS)
    assert listed(world, "another_officer") == set()
    CaseDeadline.objects.filter(case=case, stopped_on=None).update(
        started_on=datetime.date(2020, 1, 1), due_on=datetime.date(2020, 5, 1)
    )
    assert listed(world, "another_officer") == {case.reference}
    text = words(signed_in(world, "another_officer").get(address("cases")))
    assert "working days late" in text
    assert "reply to the notice of defects by 1 May 2020" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [({"kind": "recognition"}, True), ({"kind": "change"}, False), ({"law": "order_80"}, True),
     ({"law": "order_78"}, False), ({"state": "provincial"}, True), ({"state": "formal"}, False),
     ({"county": "430923"}, True), ({"q": "擂茶"}, True), ({"q": "发展服务中心"}, True), ({"q": "nothing"}, False),
     ({"late": "yes"}, False), ({"view": "finished"}, False), ({"view": "open"}, True)],
)  # fmt: skip
def test_filters(world, query, found):
    case = make_case(world, S.PROVINCIAL)
    assert (listed(world, "approver", **({"view": "any"} | query)) == {case.reference}) is found


def test_a_malformed_filter_is_named_and_ignored(world):
    make_case(world, S.PROVINCIAL)
    for query in ({"kind": "x"}, {"view": "x"}, {"county": "x"}, {"law": "order_99"}, {"late": "no"}):
        page = signed_in(world, "approver").get(address("cases"), query)
        assert "安化擂茶" in words(page)
        assert "was ignored" in words(page)


def test_the_queue_needs_as_many_queries_for_one_case_as_for_ten(world):
    client = signed_in(world, "auditor")

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert client.get(address("cases"), {"view": "any"}).status_code == 200
        return len(found)

    make_case(world, S.PROVINCIAL)
    one = queries()
    for number in range(9):
        make_case(world, S.FORMAL, name_zh=f"某县某茶{number}")
    assert queries() == one


@pytest.mark.parametrize("who", STRANGERS)
def test_others_find_nothing(world, who):
    case, client = make_case(world, S.TECHNICAL), signed_in(world, who)
    queue = client.get(address("cases"))
    assert queue.status_code == 404 or "安化擂茶" not in words(queue)
    entries = JournalEntry.objects.count()
    paper = case.papers.first()
    read_only = (address("case", case.reference), address("case_paper", case.reference, paper.pk))
    for url in (
        *read_only, address("case_step_form", case.reference, "papers"), address("case_review", case.reference),
        address("case_move", case.reference, "withdraw"), address("case_announce", "announce"), address("case_past"),
    ):
        assert client.get(url).status_code == 404, url
        answer = client.post(url, {"state": "technical", "text": "x"})
        assert answer.status_code == (405 if url in read_only else 404), url
    assert (fresh(case).state, JournalEntry.objects.count()) == (S.TECHNICAL, entries)


def test_a_draft_is_seen_by_those_who_prepare_only(world):
    case = make_case(world, S.DRAFT)
    seen = {who: signed_in(world, who).get(address("case", case.reference)).status_code
            for who in ("reviewer", "officer", "approver", "auditor")}  # fmt: skip
    assert seen == {"reviewer": 200, "officer": 200, "approver": 404, "auditor": 404}


# --- One case ---


@pytest.mark.parametrize(("kind", "law"), list(WAYS))
def test_every_state_has_its_page_with_all_that_is_known(world, kind, law):
    for state in WAYS[kind, law]:
        if state in (S.REVOKED, S.CHANGED):
            continue  # they change the product that the others are about
        name = {"name_zh": f"某{state}茶"} if kind == CaseKind.RECOGNITION else {}
        case = make_case(world, state, kind=kind, law=law, **name)
        page = words(signed_in(world, "officer").get(address("case", case.reference)))
        assert case.reference in page
        assert str(S(state).label).split(";")[0][1:] in page
        if kind != CaseKind.RECOGNITION and state not in (S.DRAFT,):
            ProtectionCase.objects.filter(pk=case.pk).update(state=S.WITHDRAWN)  # one open case of a right at a time


def test_what_people_wrote_is_read_at_the_desk_and_sealed_in_the_journal(world):
    case = make_case(world, S.PROVINCIAL)
    step(world, "approver", case, "give_opinion", text="The area is well drawn.")
    assert "The area is well drawn." in words(signed_in(world, "auditor").get(address("case", case.reference)))
    assert "well drawn" not in str(list(JournalEntry.objects.values()))


def test_steps_that_cannot_be_taken_say_why(world):
    case = make_case(world, S.TECHNICAL)
    text = words(signed_in(world, "officer").get(address("case", case.reference)))
    assert "The technical review is not on record as passed." in text
    assert "Record the technical review" in text
    assert "Record the technical review" not in words(signed_in(world, "approver").get(address("case", case.reference)))


def test_a_case_shows_its_objections_without_the_objector(world):
    case = make_case(world, S.PRELIMINARY)
    one = make_objection(case, ObjectionState.RECEIVED)
    text = words(signed_in(world, "officer").get(address("case", case.reference)))
    assert one.reference in text
    assert "某合作社" not in text
    assert "Time to object" in text


def test_a_page_for_each_step_and_nobody_else_has_it(world):
    """Every move of every law: offered on its page to whom its permission allows, 404 to all others."""
    case = make_case(world, S.PROVINCIAL)
    clients = {who: signed_in(world, who) for who in [*HANDLERS, "auditor"]}
    for kind, law in ((CaseKind.RECOGNITION, LAW_80), (CaseKind.RECOGNITION, LAW_78)):
        ProtectionCase.objects.filter(pk=case.pk).update(legal_basis=law)
        for move in moves_of(kind, law):
            for who, client in clients.items():
                answer = client.get(address("case_move", case.reference, move.name)).status_code
                away = move.name == "oppose" or needs_announcement(move, law)
                may = world.actor(who).has(move.permission) and not away
                wanted = (200 if S.PROVINCIAL in move.sources else 302) if may else 404
                assert answer == wanted, (law, move.name, who)


def test_what_was_typed_survives_when_the_case_moved_on(world):
    case = make_case(world, S.PROVINCIAL)
    step(world, "approver", case, "give_opinion", text="Fine.")
    late = signed_in(world, "approver").post(
        address("case_move", case.reference, "send_back"), {"state": "provincial", "text": "Add the map, please."}
    )
    assert late.status_code == 409
    assert "Add the map, please." in late.content.decode()
    assert "in formal review" in words(late)
    assert fresh(case).notes.count() == 1


def test_a_step_without_its_reason_is_not_taken(world):
    case = make_case(world, S.PROVINCIAL)
    page = step(world, "approver", case, "give_opinion", text="  ")
    assert "This field is required" in words(page)
    assert fresh(case).state == S.PROVINCIAL


def test_an_incomplete_case_is_not_sent_and_says_what_is_missing(world):
    case = make_case(world, S.DRAFT, proposer="", requirements={})
    page = step(world, "reviewer", case, "submit")
    text = words(page)
    assert "Say which government proposed the area." in text
    assert address("case_step_form", case.reference, "requirements") in page.content.decode()
    assert fresh(case).state == S.DRAFT


def test_the_day_of_the_clock_is_said_before_the_notice_of_defects(world):
    case = make_case(world, S.FORMAL)
    text = words(signed_in(world, "officer").get(address("case_move", case.reference, "notify_defects")))
    assert "A clock begins that ends on" in text
    step(world, "officer", case, "notify_defects", text="The map is missing.")
    assert "months" in words(signed_in(world, "reviewer").get(address("case", case.reference)))


def test_after_sending_a_draft_back_the_province_is_led_to_the_queue(world):
    case = make_case(world, S.PROVINCIAL)
    page = step(world, "approver", case, "send_back", text="Add the map.")
    assert page.redirect_chain[-1][0] == address("cases")
    assert fresh(case).state == S.DRAFT


# --- Documents and the review ---


def test_a_document_is_sent_to_readers_of_the_case_only(world, kept_files):  # noqa: F811
    case = make_case(world, S.DRAFT)
    client = signed_in(world, "reviewer")
    url = address("case_step_form", case.reference, "papers")
    client.post(url, {"kind": "area_map", "title": "Map", "file": a_pdf("map of Anhua")})
    paper = case.papers.get(title="Map")
    assert (case_papers.folder() / paper.name).is_file()
    shown = client.get(address("case_paper", case.reference, paper.pk))
    assert shown.getvalue().startswith(b"%PDF")
    assert "no-store" in shown["Cache-Control"]
    for who in ("approver", "auditor", "reviewer_elsewhere", "owner"):
        assert signed_in(world, who).get(address("case_paper", case.reference, paper.pk)).status_code == 404
    other = make_case(world, S.DRAFT, name_zh="别的茶")
    assert client.get(address("case_paper", other.reference, paper.pk)).status_code == 404


def review_form(**values):
    return {
        "held_on": timezone.localdate().isoformat(), "experts": "茶学\n食品科学", "result": "passed",
        "opinion": "Distinct and proven.", "seen": 0,
    } | values  # fmt: skip


def test_the_review_is_recorded_once(world):
    case, client = make_case(world, S.TECHNICAL), signed_in(world, "officer")
    url = address("case_review", case.reference)
    assert "No names" in words(client.get(url))
    assert client.post(url, review_form()).status_code == 302
    again = client.post(url, review_form())
    assert again.status_code == 409
    assert "Distinct and proven." in again.content.decode()
    assert fresh(case).reviews.get().experts == ["茶学", "食品科学"]
    text = words(client.get(address("case", case.reference)))
    assert "茶学、食品科学" in text


@pytest.mark.parametrize(
    ("values", "said"),
    [({"experts": ""}, "Write at least one field"), ({"held_on": "2999-01-01"}, "The day lies in the future."),
     ({"opinion": ""}, "This field is required"), ({"result": "perhaps"}, "Select a valid choice")],
)  # fmt: skip
def test_a_review_that_says_too_little_is_refused_with_its_words_kept(world, values, said):
    case = make_case(world, S.TECHNICAL)
    page = signed_in(world, "officer").post(address("case_review", case.reference), review_form(**values))
    assert said in words(page)
    assert values.get("held_on", "茶学" if "experts" not in values else "Distinct") in page.content.decode()
    assert not case.reviews.exists()


# --- Under each law from the draft to the register ---


def reviewed(world, case):
    signed_in(world, "officer").post(address("case_review", case.reference), review_form())


def test_a_name_becomes_protected_under_order_80(world):
    case = make_case(world, S.DRAFT)
    for who, name, text in (
        ("reviewer", "submit", ""), ("approver", "give_opinion", "Well founded."),
        ("officer", "notify_defects", "The map has no scale."), ("reviewer", "reply", "Here is a better map."),
        ("officer", "accept", ""), ("officer", "begin_review", ""),
    ):  # fmt: skip
        step(world, who, case, name, text=text)
    reviewed(world, case)
    told = publish(world, "officer", "announce", case)
    assert fresh(case).state == S.PRELIMINARY
    assert "Published" in words(told)
    early = publish(world, "another_officer", "recognise", case, reason="In order.")
    assert "The time to object is not over." in words(early)
    end_notice(case)
    own = publish(world, "officer", "recognise", case, reason="In order.")
    assert "somebody else has to decide" in words(own)
    publish(world, "another_officer", "recognise", case, reason="In order.")
    case = fresh(case)
    assert case.state == S.RECOGNISED
    product = Product.objects.get(name_zh="安化擂茶")
    assert product.rights.in_force().get() == case.right
    assert list(case.right.areas.on().values_list("division__code", flat=True)) == ["430923"]
    page = words(signed_in(world, "auditor").get(address("case", case.reference)))
    assert "Recognised" in page
    assert "Ask for its revocation" not in page
    onward = signed_in(world, "reviewer").get(address("case", case.reference)).content.decode()
    assert f"?kind=revocation&amp;right={case.right.reference}" in onward


def test_a_name_becomes_protected_under_order_78(world):
    case = make_case(world, S.DRAFT, law=LAW_78)
    step(world, "reviewer", case, "submit")
    step(world, "approver", case, "give_opinion", text="Well founded.")
    publish(world, "officer", "accept", case)
    assert fresh(case).state == S.ACCEPTED
    assert PublicNotice.objects.get(case=case).rule == "order_78_14"
    assert "The time to object is not over." in words(step(world, "officer", case, "begin_review"))
    end_notice(case)
    step(world, "officer", case, "begin_review")
    reviewed(world, case)
    publish(world, "another_officer", "approve", case, reason="In order.")
    assert fresh(case).state == S.APPROVED
    assert Right.objects.in_force().filter(product__name_zh="安化擂茶").exists()


def test_a_change_of_the_area_says_whom_it_meets(world):
    taojiang = neighbour(world)
    listed_unit = make.make_listed_unit(make.make_poverty_list(), taojiang)
    gone = make.make_listed_unit(make.make_poverty_list("other"), world.county)
    row = world.authorisation()
    assert Terms.objects.get(authorisation=row).sites.get() == world.county
    case = make_case(world, S.FORMAL, kind=CaseKind.CHANGE, places=[Place(taojiang)])
    text = words(signed_in(world, "officer").get(address("case", case.reference)))
    assert "Gained: Taojiang County" in text
    assert "Lost: Anhua County" in text
    assert world.enterprise.name_zh in text
    assert "Production site outside" in text
    assert {(unit.pk, gains) for unit, gains in case_effects.area_effect(case).units} == {
        (listed_unit.pk, True), (gone.pk, False)
    }  # fmt: skip
    publish(world, "officer", "announce", case)
    end_notice(case)
    publish(world, "another_officer", "change", case, reason="In order.")
    assert fresh(case).state == S.CHANGED
    live = ProtectedArea.objects.on().filter(right=case.right)
    assert list(live.values_list("division__code", flat=True)) == ["430922"]
    after = words(signed_in(world, "officer").get(address("case", case.reference)))
    assert "Gained: Taojiang County" in after  # what it changed stays readable


def test_of_a_part_only_a_person_can_say_whether_a_site_lies_outside(world):
    world.authorisation()
    places = [Place(world.county, Extent.PART, "三个镇")]
    case = make_case(world, S.FORMAL, kind=CaseKind.CHANGE, places=places)
    effect = case_effects.area_effect(case)
    assert [(place, partly) for _row, place, partly in effect.sites] == [(world.county, True)]
    assert effect.units == []


def test_a_change_compares_the_requirements_part_by_part(world):
    right = world.product.rights.get()
    make_version(right, PARTS)
    changed = PARTS | {"traits": "traits of the goods, and darker", "process": PARTS["process"]}
    case = make_case(world, S.FORMAL, kind=CaseKind.CHANGE, requirements=changed, places=[Place(world.county)])
    page = signed_in(world, "officer").get(address("case", case.reference))
    assert "<ins>, and darker</ins>" in page.content.decode()
    assert words(page).count("Changes; main content") == 1


def make_version(right, parts):
    right.requirements.create(version=1, parts=parts, effective_from=datetime.date(2012, 1, 1))


def test_the_end_of_a_protection_is_told_before_and_done_at_once(world):
    row = world.authorisation()
    case = make_case(world, S.REQUESTED, kind=CaseKind.REVOCATION)
    client, url = signed_in(world, "another_officer"), address("case_announce", "revoke") + f"?case={case.reference}"
    assert case.reference in words(client.get(address("case_announce", "revoke")))
    before = words(client.get(url))
    assert "Authorisations that end 1 Label batches that stop 0" in before
    assert world.enterprise.name_zh in before
    form = announcement(reason="Not used for three years.", state=S.REQUESTED)
    look = client.post(url, form | {"action": "preview"})
    assert "Not published yet" in words(look)
    row.refresh_from_db()
    assert row.state == "in_force"
    client.post(url, form)
    row.refresh_from_db()
    assert (fresh(case).state, row.state) == (S.REVOKED, "ended")
    assert not Right.objects.in_force().filter(product=world.product).exists()
    assert client.post(url, announcement(reason="x", state=S.REQUESTED)).status_code == 409


def test_who_entered_the_request_does_not_decide_on_it(world):
    case = make_case(world, S.DRAFT, kind=CaseKind.REVOCATION)
    step(world, "officer", case, "request", text="A cooperative asks.")
    url = address("case_announce", "revoke") + f"?case={case.reference}"
    assert "somebody else has to decide" in words(signed_in(world, "officer").get(url))
    signed_in(world, "officer").post(url, announcement(reason="x", state=S.REQUESTED))
    assert fresh(case).state == S.REQUESTED
    assert Announcement.objects.filter(text__startswith="示例公告").count() == 0
    step(world, "another_officer", case, "keep", text="It is still used.")
    assert fresh(case).state == S.KEPT


# --- Announcements ---


def test_the_preview_stores_nothing_and_says_until_when_one_may_object(world):
    case = make_case(world, S.TECHNICAL)
    reviewed(world, case)
    page = publish(world, "officer", "announce", case, action="preview")
    assert "Objections can be sent until" in words(page)
    assert f'name="cases" value="{case.pk}"' in page.content.decode()
    assert fresh(case).state == S.TECHNICAL
    assert not Announcement.objects.filter(text__startswith="示例公告").exists()


def test_an_announcement_is_kept_as_typed_when_it_is_refused(world):
    case = make_case(world, S.TECHNICAL)
    page = publish(world, "officer", "announce", case, body="特此公告。")
    text = page.content.decode()
    assert "not on record as passed" in words(page)
    assert "特此公告。" in text
    assert case.reference in words(page)
    none = publish(world, "officer", "announce", body="特此公告。")
    assert "Choose at least one case" in words(none)


def test_demonstration_and_real_cases_are_never_announced_together(world):
    real, demo = make_case(world, S.FORMAL, law=LAW_78), make_case(
        world, S.FORMAL, law=LAW_78, name_zh="（演示）某乡擂茶", demonstration=True)  # fmt: skip
    page = publish(world, "officer", "accept", real, demo)
    assert "cannot stand in one announcement" in words(page)
    assert {fresh(real).state, fresh(demo).state} == {S.FORMAL}


def test_two_officers_announce_one_case_once(world):
    case = make_case(world, S.FORMAL, law=LAW_78)
    publish(world, "officer", "accept", case)
    late = publish(world, "another_officer", "accept", case)
    assert late.status_code == 409
    assert "can no longer take this step" in words(late)
    assert PublicNotice.objects.filter(case=case).count() == 1


def test_a_step_that_no_law_announces_has_no_page(world):
    client = signed_in(world, "officer")
    assert [client.get(address("case_announce", name)).status_code for name in
            ("submit", "oppose", "nonsense", "accept", "announce", "approve", "recognise", "change", "change_at_once",
             "revoke")] == [404, 404, 404, 200, 200, 200, 200, 200, 200, 200]  # fmt: skip


@pytest.mark.parametrize(("key", "status"), [("9" * 40, 409), ("soon", 200), ("9" * 15, 409)])
def test_a_case_that_is_none_is_refused_and_nothing_typed_is_lost(world, key, status):
    make_case(world, S.TECHNICAL)
    page = signed_in(world, "officer").post(address("case_announce", "announce"), announcement(cases=[key]))
    assert page.status_code == status
    assert "can no longer take this step" in words(page)
    assert "示例局公告第" in page.content.decode()


# --- Cases of the past ---


def past_form(**values):
    return {
        "about": "365", "kind": "recognition", "legal_basis": LegalBasis.ORDER_78, "source": "国家质检总局公告汇编",
        "applicant": "安化县茶业协会", "applicant_kind": "association", "state_0": "accepted", "day_0": "2010-03",
        "state_1": "approved", "day_1": "2010年12月30日", "nonce": "3f0e7a5e-0000-4000-8000-000000000009",
    } | values  # fmt: skip


def test_a_case_of_the_past_is_entered_from_its_sources(world):
    client = signed_in(world, "officer")
    for _time in range(2):
        page = client.post(address("case_past"), past_form(), follow=True)
    case = ProtectionCase.objects.get()
    assert (case.historic, case.state, case.division) == (True, S.APPROVED, world.county)
    assert [(row.state, row.on.isoformat(), row.precision) for row in case.steps.all()] == [
        ("accepted", "2010-03-31", "month"), ("approved", "2010-12-30", "day")
    ]  # fmt: skip
    text = words(page)
    assert "was decided before the register ran" in text
    assert "March 2010" in text


@pytest.mark.parametrize(
    ("values", "said"),
    [({"about": "999"}, "No GI product"), ({"day_1": "soon"}, "Write the day as 2012"),
     ({"day_1": ""}, "Give the day of this step."), ({"state_1": "", "day_1": "2010"}, "Say which step it was."),
     ({"state_1": "recognised"}, "no steps of a case under this law"), ({"source": ""}, "This field is required"),
     ({"announcement_1": "2099年第1号公告"}, "The register has no announcement"),
     ({"announcement_1": "县志第三卷"}, "The register has no announcement"),
     ({"announcement_1": f"国家知识产权局公告第{10**30}号"}, "The register has no announcement"),
     ({"day_0": "2011"}, "not in the order of their days"), ({"day_1": "2999-01-01"}, "in the future")],
)  # fmt: skip
def test_a_past_case_that_cannot_be_right_is_refused_with_its_words_kept(world, values, said):
    page = signed_in(world, "officer").post(address("case_past"), past_form(**values))
    assert said in words(page)
    assert "安化县茶业协会" in page.content.decode()
    assert not ProtectionCase.objects.exists()


def test_more_rows_keep_what_was_typed(world):
    page = signed_in(world, "officer").post(address("case_past"), past_form(action="more"))
    text = page.content.decode()
    assert 'value="2010年12月30日"' in text
    assert len(set(re.findall(r'name="state_(\d+)"', text))) == 6
    assert not ProtectionCase.objects.exists()
