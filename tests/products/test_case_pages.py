"""Protection cases in public: what is shown from when, what never is, filters, exports, outcomes of objections."""

import datetime
import html
import json
import re
import uuid

import pytest
from django.utils import timezone

from enterprises import case_papers
from products import drafting
from products.case_models import CasePaper, ProtectionCase
from products.case_states import CaseKind, LegalBasis
from products.case_states import CaseState as S
from products.drafting import PastStep
from products.models import Source
from products.objection_states import ObjectionState
from tests.case_world import make_world
from tests.protection_world import LAW_78, end_notice, make_case, make_objection

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def words(response):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def page(client, case):
    return words(client.get(f"/en/cases/{case.reference}/"))


@pytest.mark.parametrize("state", [S.DRAFT, S.PROVINCIAL, S.FORMAL, S.ACCEPTED, S.TECHNICAL, S.REFUSED, S.WITHDRAWN])
def test_a_case_that_was_not_announced_is_nobodys_business(client, world, state):
    case = make_case(world, state)
    assert client.get(f"/en/cases/{case.reference}/").status_code == 404
    assert case.reference not in words(client.get("/en/cases/"))


def test_the_old_law_makes_a_case_public_with_its_acceptance(client, world):
    case = make_case(world, S.ACCEPTED, law=LAW_78)
    text = page(client, case)
    assert "Anybody may object from" in text
    assert "安化县现辖行政区域" in text
    assert case.reference in words(client.get("/en/cases/"))


def test_a_public_case_shows_its_steps_and_nothing_that_was_written_into_it(client, world):
    case = make_case(world, S.RECOGNISED)
    text = page(client, case)
    for shown in ("Recognised; protected", "Preliminarily announced", "tea science", "安化县茶旅产业发展服务中心"):
        assert shown in text
    assert f"/products/{case.right.product.number}/" in client.get(f"/en/cases/{case.reference}/").content.decode()
    for secret in ("It is so.", "Looked at and discussed.", "Defects notified"):
        assert secret not in text


def test_objections_are_shown_by_ground_and_outcome_only(client, world):
    case = make_case(world, S.PRELIMINARY)
    make_objection(
        case, ObjectionState.DISMISSED, objector="张某", contact="13800000000", address="某路9号", text="Secret words.",
        published_reason="The area follows the mountains.", decided_on=timezone.localdate(),
    )  # fmt: skip
    text = page(client, case)
    assert "Dismissed" in text
    assert "The area follows the mountains." in text
    for secret in ("张某", "13800000000", "某路9号", "Secret words."):
        assert secret not in text


def test_nobody_is_asked_to_object_once_the_case_has_ended(client, world):
    case = make_case(world, S.PRELIMINARY)
    end_notice(case, days=-30)  # the time to object runs
    last = re.search("until (.*?) ?[.]", page(client, case))[1]
    assert "Objections were taken" not in page(client, case)
    assert last in words(client.get("/en/cases/"))
    ProtectionCase.objects.filter(pk=case.pk).update(state=S.WITHDRAWN)
    text = page(client, case)
    assert "there is nothing left to object to" in text
    assert "Anybody may object" not in text
    assert last not in words(client.get("/en/cases/"))


def test_a_case_leads_to_its_objections_in_the_register(client, world):
    case = make_case(world, S.PRELIMINARY)
    make_objection(case, ObjectionState.RECEIVED)
    link = f"/en/objections/?q={case.reference}"
    assert link in client.get(f"/en/cases/{case.reference}/").content.decode()
    assert "1 objection" in words(client.get(link))


def test_demonstration_is_marked_and_stands_in_no_list(client, world):
    case = make_case(world, S.PRELIMINARY, demonstration=True, name_zh="（演示）擂茶")
    assert "no case of any authority" in page(client, case)
    assert case.reference not in words(client.get("/en/cases/"))


def test_a_case_of_the_past_says_that_it_did_not_run_here(client, world):
    steps = [
        PastStep(S.ACCEPTED, datetime.date(2009, 9, 1), "AQSIQ 2009 no. 80", "month"),
        PastStep(S.APPROVED, datetime.date(2010, 2, 23), "AQSIQ 2010 no. 15"),
    ]
    case = drafting.enter_past_case(
        by=world.actor("officer"), nonce=uuid.uuid4(), kind=CaseKind.RECOGNITION, legal_basis=LegalBasis.ORDER_78,
        right=world.product.rights.get(), division=world.county, steps=steps, source="S1",
    )  # fmt: skip
    text = page(client, case)
    assert "none of them was made here" in text
    assert "AQSIQ 2009 no. 80" in text
    assert "2009-09-01" not in text  # only the month is known
    assert "entered from sources" in words(client.get("/en/cases/"))


def test_a_step_names_its_source_by_its_title_and_not_by_its_key(client, world):
    Source.objects.create(key="B-AQ15", title="Bulletin of the year 2010")
    steps = [PastStep(S.APPROVED, datetime.date(2010, 2, 23), "B-AQ15")]
    case = drafting.enter_past_case(
        by=world.actor("officer"), nonce=uuid.uuid4(), kind=CaseKind.RECOGNITION, legal_basis=LegalBasis.ORDER_78,
        right=world.product.rights.get(), division=world.county, steps=steps, source="B-AQ15",
    )  # fmt: skip
    text = page(client, case)
    assert text.count("Bulletin of the year 2010") == 2  # at the step, and among the sources
    assert "B-AQ15" not in text


def test_the_map_of_a_public_case_is_shown_and_no_other_document(client, world, settings, tmp_path):
    settings.GI_HOME = tmp_path
    public, private = make_case(world, S.PRELIMINARY), make_case(world, S.FORMAL, name_zh="安化茶")
    case_papers.folder().mkdir(parents=True)
    for paper in CasePaper.objects.all():
        (case_papers.folder() / paper.name).write_bytes(f"%PDF-1.4 {paper.kind}".encode())
    shown = client.get(f"/en/cases/{public.reference}/map/")
    assert b"".join(shown.streaming_content) == b"%PDF-1.4 area_map"
    assert f"/cases/{public.reference}/map/" in client.get(f"/en/cases/{public.reference}/").content.decode()
    assert client.get(f"/en/cases/{private.reference}/map/").status_code == 404
    (case_papers.folder() / public.papers.get(kind="area_map").name).unlink()
    assert client.get(f"/en/cases/{public.reference}/map/").status_code == 404


def test_filters_narrow_and_odd_values_are_named(client, world):
    case = make_case(world, S.PRELIMINARY)
    make_case(world, S.CHANGED, kind=CaseKind.CHANGE, places=None, name_zh="x")
    found = client.get("/en/cases/?kind=recognition&status=running&law=order_80&q=擂")
    assert [row.reference for row, _kind, _notice in found.context["rows"]] == [case.reference]
    odd = client.get("/en/cases/?kind=sideways&status=%00&year=1066&format=pdf")
    assert odd.status_code == 200
    assert "was ignored" in words(odd)
    assert len(odd.context["rows"]) == 2


def test_the_export_holds_the_current_filter(client, world):
    case = make_case(world, S.PRELIMINARY)
    make_case(world, S.RECOGNISED, name_zh="安化蓝田茶")
    response = client.get("/en/cases/?status=running&format=json")
    rows = json.loads(response.getvalue())["rows"]
    assert [row["reference"] for row in rows] == [case.reference]
    assert rows[0]["last_day_to_object"] == case.notices_of_case[0].last_day.isoformat()
    assert "applicant_code" not in rows[0]


def test_the_list_takes_the_same_queries_for_any_length(client, world, django_assert_num_queries):
    make_case(world, S.PRELIMINARY)
    client.get("/en/cases/")
    with django_assert_num_queries(5):
        client.get("/en/cases/")
    for name in ("安化一茶", "安化二茶", "安化三茶"):
        make_case(world, S.PRELIMINARY, name_zh=name)
    with django_assert_num_queries(5):
        client.get("/en/cases/")
