"""Random inspections on pages: what the public sees before and after a draw, and what officials do at the desk."""

import datetime
import json
import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.urls import reverse
from django.utils import timezone

from enterprises import inspecting, inspection_lists, inspection_roll
from enterprises.inspection_models import CreditGrade, Inspection, InspectionDraw, Inspector
from enterprises.inspection_states import InspectionState
from products.system_models import CheckItem
from tests.case_world import OFFICIALS, make_world
from tests.inspection_world import (
    LONG_AGO,
    fix,
    fresh,
    make_draw,
    make_firms,
    make_inspection,
    make_inspector,
    record,
    reread,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def world():
    found = make_world()
    for name in OFFICIALS:
        TOTP.activate(found.people[name], "JBSWY3DPEHPK3PXP")
    return found


def url(name, *args):
    return reverse(f"enterprises:{name}", args=args)


def as_(client, world, name):
    client.force_login(world.people[name])
    return client


def page(client, address, **params):
    """The text of a page that is there."""
    response = client.get(address, params)
    assert response.status_code == 200, (address, response.status_code)
    return re.sub(r"\s+", " ", response.content.decode())


def at_anhua(row):
    """The inspection, of an enterprise that the reviewer of the prefecture watches over."""
    enterprise, place = row.authorisation.enterprise, row.draw.division.children.get().children.get(code="430923")
    enterprise.province = place
    enterprise.save()
    return reread(row)


# --- The public ---


def test_before_the_draw_the_public_reads_day_size_and_fingerprints_only(world, client):
    firms = make_firms(world, 3)
    people = [make_inspector(world) for _ in range(2)]
    row = fix(world, 2, title="安化黑茶突击抽查")
    texts = page(client, url("inspections")) + page(client, url("inspection", row.reference))
    assert row.commitment in texts
    assert row.lists_sha256 in texts
    hidden = [row.title, row.secret, *(firm.enterprise.name_zh for firm in firms), *(one.code for one in people)]
    assert not [text for text in hidden if text in texts]
    exported = json.loads(b"".join(client.get(url("inspections"), {"format": "json"})))["rows"]
    assert exported[0]["title"] is exported[0]["division_code"] is None
    assert client.get(url("inspections"), {"province": "430000"}).context["page"].paginator.count == 0


def test_after_the_draw_everything_but_the_findings_is_public(world, client):
    row, found = make_draw(world, 2)
    first, second = reread(found[0]), reread(found[1])
    record(world, at_anhua(first), findings="Behind the store.")
    text = page(client, url("inspection", row.reference))
    assert row.seed in text
    assert row.secret in text
    for one in (first, second):
        assert one.authorisation.enterprise.name_zh in text
    assert "in order" not in text.lower().replace("in order to", "")
    inspecting.publish(reread(first), by=world.actor("officer"), summary="台账完整。")
    text = page(client, url("inspection", row.reference))
    assert "台账完整。" in text
    assert "Behind the store" not in text
    lines = json.loads(b"".join(client.get(url("inspections"), {"format": "json"})))["rows"]
    assert [(one["reference"], one["published"], one["seed"]) for one in lines] == [(row.reference, 1, row.seed)]


def test_a_cancelled_draw_is_listed_with_its_reason(world, client):
    make_firms(world, 1)
    for _ in range(2):
        make_inspector(world)
    row = fix(world, 1)
    inspecting.cancel(row, by=world.actor("officer"), reason="检查人员生病。")
    assert row.reference in page(client, url("inspections"), status="cancelled")
    assert "检查人员生病。" in page(client, url("inspection", row.reference))
    assert client.get(url("inspection_json", row.reference)).status_code == 404


def test_a_demonstration_is_reached_by_its_address_and_listed_nowhere(world, client):
    row, _found = make_draw(world, 1, demo=True)
    assert row.reference not in page(client, url("inspections"))
    assert row.reference not in b"".join(client.get(url("inspections"), {"format": "csv"})).decode()
    client.cookies["django_language"] = "en"
    text = page(client, "/en" + url("inspection", row.reference).removeprefix("/en"))
    assert "This draw is a demonstration" in text
    assert client.get(url("inspection_json", row.reference)).json()["demonstration"] is True


def test_unknown_draws_and_malformed_filters(client, world):
    assert client.get(url("inspection", "RI0")).status_code == 404
    assert client.get(url("inspection_json", "RI0")).status_code == 404
    response = client.get(url("inspections"), {"year": "x", "province": "1", "status": "y", "page": "z"})
    assert response.status_code == 200
    assert len(response.context["notices"]) == 3


def test_the_list_of_draws_takes_as_many_queries_for_one_as_for_many(world, client, django_assert_num_queries):
    make_draw(world, 1)
    client.get(url("inspections"))
    with django_assert_num_queries(3):
        client.get(url("inspections"))
    for _ in range(2):
        make_draw(world, 2)
    with django_assert_num_queries(3):
        client.get(url("inspections"))


def test_a_draw_takes_as_many_queries_for_one_as_for_many(world, client, django_assert_num_queries):
    one, many = make_draw(world, 1)[0], make_draw(world, 4)[0]
    client.get(url("inspection", one.reference))
    for row in (one, many):
        with django_assert_num_queries(4):
            client.get(url("inspection", row.reference))


def test_the_record_of_an_enterprise_shows_grade_and_results_of_the_day_asked(world, client):
    row = at_anhua(make_inspection(world, InspectionState.DRAWN))
    firm = row.authorisation.enterprise
    yesterday = TODAY() - datetime.timedelta(days=1)
    CreditGrade.objects.create(
        enterprise=firm, grade="A", effective_from=LONG_AGO, effective_to=TODAY(), reason="三年无问题。"
    )
    CreditGrade.objects.create(enterprise=firm, grade="C", effective_from=TODAY(), reason="台账不全。")
    record(world, row, findings="Only for the desk.")
    inspecting.publish(reread(row), by=world.actor("officer"), summary="抽查结果公布。")
    now = page(client, firm.get_absolute_url())
    assert all(text in now for text in ("台账不全。", "三年无问题。", "抽查结果公布。"))
    assert "Only for the desk." not in now
    then = page(client, firm.get_absolute_url(), as_of=yesterday.isoformat())
    assert "三年无问题。" in then
    assert "台账不全。" not in then
    assert "抽查结果公布。" not in then


def test_an_enterprise_without_grade_or_result_says_nothing_of_it(world, client):
    firm = make_firms(world, 1)[0].enterprise
    assert "supervision" not in page(client, firm.get_absolute_url())


# --- A draw at the desk ---


def test_a_draw_from_the_preview_to_the_pairs(world, client):
    firms = make_firms(world, 3)
    for _ in range(2):
        make_inspector(world)
    as_(client, world, "approver")
    asked = {"title": "第一次抽查", "division": "430000", "size": "2", "product": "365"}
    text = page(client, url("desk_inspection_new"), **asked)
    assert all(firm.enterprise.name_zh in text for firm in firms)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    assert hidden["seen"]
    response = client.post(url("desk_inspection_new"), hidden)
    row = InspectionDraw.objects.get()
    assert response["Location"] == url("desk_inspection_draw", row.reference)
    assert (row.title, row.size, row.product, row.division) == ("第一次抽查", 2, world.product, world.province)
    client.post(url("desk_inspection_new"), hidden)
    assert InspectionDraw.objects.count() == 1
    step = url("desk_inspection_draw_step", row.reference, "draw")
    assert client.post(step).status_code == 409  # the same person
    as_(client, world, "officer")
    assert page(client, url("desk_inspections")).count(row.title) == 1
    client.post(step)
    assert fresh(row).state == "drawn"
    text = page(client, url("desk_inspection_draw", row.reference))
    assert Inspection.objects.filter(draw=row).count() == 2
    assert text.count("/desk/inspections/draws/" + row.reference + "/1/") == 1
    assert client.get(step).status_code == 302


def test_the_preview_names_who_lacks_inspectors_and_offers_nothing_to_fix(world, client):
    [firm] = make_firms(world, 1)
    make_inspector(world)
    as_(client, world, "approver")
    text = page(client, url("desk_inspection_new"), title="x", division="430000", size="1")
    assert firm.enterprise.name_zh in text
    assert 'name="seen"' not in text
    response = client.post(url("desk_inspection_new"), {"title": "My words", "division": "430000", "size": "1"})
    assert firm.enterprise.name_zh in response.content.decode()
    assert 'value="My words"' in response.content.decode()
    assert not InspectionDraw.objects.exists()


def test_lists_that_changed_after_the_preview_are_shown_again_before_they_are_fixed(world, client):
    make_firms(world, 1)
    for _ in range(2):
        make_inspector(world)
    as_(client, world, "approver")
    text = page(client, url("desk_inspection_new"), title="x", division="430000", size="1")
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    make_firms(world, 1)
    response = client.post(url("desk_inspection_new"), hidden)
    assert response.status_code == 409
    assert not InspectionDraw.objects.exists()
    lists = inspection_lists.gather(division=world.province)
    assert inspection_lists.digest(lists.as_json(division=world.province, product=None, size=1)) == (
        response.context["seen"]
    )


@pytest.mark.parametrize(
    ("field", "value"), [("size", "0"), ("size", "many"), ("product", "9999"), ("product", "²"), ("division", "110000")]
)
def test_what_cannot_be_drawn_is_said_beside_the_field(world, client, field, value):
    make_firms(world, 1)
    as_(client, world, "approver")
    asked = {"title": "x", "division": "430000", "size": "1"} | {field: value}
    response = client.get(url("desk_inspection_new"), asked)
    assert response.context["form"].errors[field]


def test_cancelling_asks_for_a_reason_and_keeps_what_was_typed(world, client):
    make_firms(world, 1)
    for _ in range(2):
        make_inspector(world)
    row = fix(world, 1)
    as_(client, world, "approver")
    step = url("desk_inspection_draw_step", row.reference, "cancel")
    assert client.post(step, {"reason": ""}).context["form"].errors["reason"]
    client.post(step, {"reason": "Not enough time."})
    assert "Not enough time." in page(client, url("desk_inspection_draw", row.reference))
    response = client.post(step, {"reason": "Once more."})
    assert response.status_code == 409
    assert "Once more." in response.content.decode()


# --- One inspection at the desk ---


def test_an_inspection_from_the_record_to_the_end_of_the_fault(world, client):
    CheckItem.objects.create(product=world.product, part="process", text="渥堆工艺", effective_from=LONG_AGO)
    row = at_anhua(make_inspection(world, InspectionState.DRAWN))
    item = CheckItem.objects.get()
    here = [row.draw.reference, row.place]
    as_(client, world, "reviewer")
    assert row.authorisation.enterprise.name_zh in page(client, url("desk_inspections"))
    assert "渥堆工艺" in page(client, url("desk_inspection_step", *here, "record"))
    sent = {
        "way": "site", "on": TODAY().isoformat(), f"item_{item.pk}": "no", f"remark_{item.pk}": "Too short.",
        "more_passed": "Scales\n\nLabels", "more_failed": "", "result": "in_order", "findings": "Seen in the store.",
    }  # fmt: skip
    response = client.post(url("desk_inspection_step", *here, "record"), sent)
    assert response.status_code == 200
    assert "Too short." in response.content.decode()  # refused: a check failed; nothing that was typed is lost
    client.post(url("desk_inspection_step", *here, "record"), sent | {"result": "to_rectify"})
    row = reread(row)
    assert [(one["text"], one["passed"]) for one in row.items] == [
        ("渥堆工艺", False), ("Scales", True), ("Labels", True),
    ]  # fmt: skip
    assert client.get(url("desk_inspection_step", *here, "publish")).status_code == 404
    as_(client, world, "approver")
    assert page(client, url("desk_inspections"), view="to_publish").count(row.authorisation.enterprise.name_zh) == 1
    publish = url("desk_inspection_step", *here, "publish")
    assert client.post(publish, {"summary": "Gaps."}).context["form"].errors["ends_on"]
    client.post(publish, {"summary": "渥堆时间不足。", "ends_on": TODAY().isoformat()})
    assert reread(row).state == "published"
    as_(client, world, "reviewer")
    client.post(url("desk_inspection_step", *here, "follow_up"), {"text": "已改正。"})
    assert "已改正。" in page(client, url("inspection", row.draw.reference))


def test_late_publications_and_follow_ups_are_counted_and_found(world, client):
    rows = [make_inspection(world, state) for state in (InspectionState.RECORDED, InspectionState.PUBLISHED)]
    as_(client, world, "officer")
    assert client.get(url("desk_inspections")).context["counts"].late == 0
    long_gone = TODAY() - datetime.timedelta(days=1)
    Inspection.objects.filter(pk=rows[0].pk).update(publish_by=long_gone)
    Inspection.objects.filter(pk=rows[1].pk).update(follow_up_by=long_gone)
    response = client.get(url("desk_inspections"), {"view": "late"})
    assert response.context["counts"].late == 2
    assert {row.pk for row, late in response.context["rows"] if late} == {row.pk for row in rows}


def test_a_name_typed_in_the_search_narrows_the_list(world, client):
    _row, found = make_draw(world, 2)
    name = found[0].authorisation.enterprise.name_zh
    as_(client, world, "officer")
    response = client.get(url("desk_inspections"), {"q": name, "view": "nonsense"})
    assert [row.pk for row, _late in response.context["rows"]] == [found[0].pk]
    assert len(response.context["notices"]) == 1


def test_lists_at_the_desk_take_as_many_queries_for_one_as_for_many(
    world, client, django_assert_max_num_queries, django_assert_num_queries
):
    as_(client, world, "officer")
    addresses = ["desk_inspections", "desk_inspection_draws", "desk_inspectors", "desk_grades"]
    make_draw(world, 1)
    numbers = {}
    for name in addresses:
        client.get(url(name))
        with django_assert_max_num_queries(40) as captured:
            client.get(url(name))
        numbers[name] = len(captured)
    for _ in range(2):
        make_draw(world, 3)
    for name in addresses:
        client.get(url(name))  # what waits beside the page is counted anew after a decision, then kept
        with django_assert_num_queries(numbers[name]):
            client.get(url(name))


# --- Inspectors and grades at the desk ---


def test_an_inspector_is_entered_changed_and_given_a_conflict(world, client):
    firm = make_firms(world, 1)[0].enterprise
    as_(client, world, "approver")
    sent = {"division": "430900", "office": "益阳市局", "account": "reviewer", "active_from": TODAY().isoformat()}
    assert client.post(url("desk_inspector_new"), sent | {"account": "nobody"}).context["form"].errors["account"]
    client.post(url("desk_inspector_new"), sent)
    row = Inspector.objects.get()
    assert (row.account, row.division) == (world.people["reviewer"], world.prefecture)
    assert row.code in page(client, url("desk_inspectors"))
    edit = url("desk_inspector_edit", row.code)
    client.post(edit, sent | {"version": "1", "office": "益阳市知识产权局"})
    response = client.post(edit, sent | {"version": "1", "office": "Another"})
    assert response.status_code == 409
    assert "益阳市知识产权局" in response.content.decode()
    client.post(url("desk_inspector_conflict", row.code), {"version": "2", "enterprise": firm.name_zh, "reason": "x"})
    conflict = row.conflicts.get()
    assert conflict.enterprise == firm
    client.post(url("desk_inspector_conflict_end", row.code, conflict.pk))
    conflict.refresh_from_db()
    assert conflict.ended_on == TODAY()


def test_the_words_of_an_inspector_never_reach_the_public(world, client):
    person = make_inspector(world, office="Office of Ms Li", account=world.people["reviewer"])
    firms = make_firms(world, 2)
    inspection_roll.add_conflict(
        person, by=world.actor("officer"), version=1, enterprise=firms[0].enterprise, reason="Her brother."
    )
    for _ in range(2):
        make_inspector(world)
    row = fix(world, 2)
    inspecting.draw(row, by=world.another("approver"))
    texts = page(client, url("inspection", row.reference)) + page(client, url("inspection_json", row.reference))
    texts += page(client, reverse("journal"))
    assert not [word for word in ("Ms Li", "brother", "reviewer1") if word in texts]


def test_a_grade_is_set_and_a_newer_one_is_shown_before_it_is_replaced(world, client):
    firm = make_firms(world, 1)[0].enterprise
    as_(client, world, "approver")
    here = url("desk_grade", firm.key)
    sent = {"grade": "C", "since": TODAY().isoformat(), "reason": "两次台账不全。", "seen": "0"}
    assert client.post(here, sent | {"reason": ""}).context["form"].errors["reason"]
    yesterday = (TODAY() - datetime.timedelta(days=1)).isoformat()
    assert client.post(here, sent | {"since": yesterday}).context["form"].errors["since"]
    client.post(here, sent)
    assert "两次台账不全。" in page(client, here)
    response = client.post(here, sent | {"grade": "D", "reason": "My words."})
    assert response.status_code == 409
    last = CreditGrade.objects.get()
    assert f'value="{last.pk}"' in response.content.decode()
    assert "My words." in response.content.decode()
    client.post(here, sent | {"grade": "D", "reason": "My words.", "seen": str(last.pk)})
    assert [row.grade_now for row in client.get(url("desk_grades"), {"grade": "D"}).context["page"]] == ["D"]
    assert client.get(url("desk_grades"), {"grade": "none"}).context["page"].paginator.count == 0


def test_only_the_keeper_sees_the_form_of_a_grade(world, client):
    firm = make_firms(world, 1)[0].enterprise
    for name, form in (("approver", True), ("officer", True), ("auditor", False)):
        assert (as_(client, world, name).get(url("desk_grade", firm.key)).context["form"] is not None) is form
    assert as_(client, world, "approver_elsewhere").get(url("desk_grade", firm.key)).status_code == 404


def test_the_demonstration_is_made_once(world):
    from gi_registry import demo_cases, demo_inspections

    make_firms(world, 2, demo=True)
    officials = {name: world.people[name] for name in ("reviewer", "approver", "officer")}
    people = demo_cases.People((world.people["owner"],) * 4, **officials)
    assert demo_inspections.make(people) == 2
    assert demo_inspections.make(people) == 0
    assert sorted(InspectionDraw.objects.values_list("state", "demonstration")) == [("drawn", True), ("fixed", True)]
    assert Inspection.objects.filter(state="published").count() == 1
