"""Writing protection cases at the desk: a new one, the steps of its form, rows without scripts, two windows at once."""

import datetime
import re
import uuid

import pytest

from enterprises import case_choices, case_papers
from products.case_models import CasePaper, ProtectionCase
from products.case_states import CaseKind
from products.case_states import CaseState as S
from products.states import Extent
from tests import factories as make
from tests.case_pages import address, fresh, in_form, signed_in, step
from tests.case_world import make_world
from tests.page_words import words
from tests.portal_files import a_pdf, kept_files  # noqa: F401
from tests.protection_world import LAW_78, PARTS, make_case, neighbour

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def client(world):
    return signed_in(world, "reviewer")


# --- A new case ---


def new_form(**values):
    return {
        "kind": "recognition", "legal_basis": "order_80", "name_zh": "安化擂茶", "division": "430923",
        "nonce": "3f0e7a5e-0000-4000-8000-000000000011",
    } | values  # fmt: skip


def test_a_draft_begins_once_and_leads_to_its_first_step(world, client):
    for _time in range(2):
        page = client.post(address("case_new"), new_form(), follow=True)
    case = ProtectionCase.objects.get()
    assert page.redirect_chain[-1][0] == address("case_step_form", case.reference, "name")
    assert (case.kind, case.legal_basis, case.division, case.name_zh) == (
        "recognition", "order_80", world.county, "安化擂茶"
    )  # fmt: skip


def test_what_came_on_paper_before_order_80_follows_order_78(world, client):
    client.post(address("case_new"), new_form(legal_basis=LAW_78, filed_on="2023-06-01"))
    case = ProtectionCase.objects.get()
    assert (case.legal_basis, case.filed_on) == (LAW_78, datetime.date(2023, 6, 1))
    discarded = client.post(address("case_discard", case.reference))
    assert discarded.status_code == 302  # a day on paper is no filing here
    assert not ProtectionCase.objects.exists()


@pytest.mark.parametrize(
    ("values", "said"),
    [({"name_zh": ""}, "Write the name of the product."), ({"division": "110000"}, "Select a valid choice"),
     ({"legal_basis": LAW_78}, "Order 78 held from"), ({"legal_basis": LAW_78, "filed_on": "2024-02-01"}, "held from"),
     ({"kind": "change"}, "Say which product it is about."), ({"kind": "change", "about": "99999"}, "No GI product"),
     ({"kind": "change", "about": "365", "legal_basis": LAW_78, "filed_on": "2023-01-01"}, "follow Order 80"),
     ({"kind": "revocation", "about": "365", "division": "430922"}, "lies elsewhere")],
)  # fmt: skip
def test_a_beginning_that_cannot_be_right_is_refused_with_its_words_kept(world, client, values, said):
    page = client.post(address("case_new"), new_form(**values))
    assert said in words(page)
    assert not ProtectionCase.objects.exists()
    typed = values.get("about", values.get("filed_on", "安化擂茶" if "name_zh" not in values else "430923"))
    assert typed in page.content.decode()


@pytest.mark.parametrize("text", ["365", "安化黑茶", "Anhua Dark Tea", "３６５"])
def test_a_change_names_its_product_by_number_or_name(world, client, text):
    client.post(address("case_new"), new_form(kind="change", about=text, name_zh=""))
    case = ProtectionCase.objects.get()
    assert (case.right, case.name_zh) == (world.product.rights.get(), "安化黑茶")
    assert [row.division for row in case.areas.all()] == [world.county]


def test_a_link_names_the_product_beforehand(world, client):
    page = client.get(address("case_new"), {"right": "365", "kind": "revocation"}).content.decode()
    assert 'value="365"' in page
    assert re.search('value="revocation"[^>]*checked', page)


def test_an_official_begins_nothing_elsewhere(world):
    page = signed_in(world, "reviewer_elsewhere").post(address("case_new"), new_form())
    assert page.status_code == 200
    assert not ProtectionCase.objects.exists()


# --- The steps ---


def name_form(case, **values):
    return in_form(case, name_zh="安化擂茶", name_en="Anhua Leicha", category="tea", applicant_kind="body",
                   applicant="安化县茶旅产业发展服务中心", action="continue") | values  # fmt: skip


def area_form(case, *rows, **values):
    found = in_form(
        case, area_text="安化县现辖行政区域", proposer="安化县人民政府", proposer_level="county",
        proposal_number="安政函〔2024〕12号", proposal_on="2024-03-01", action="continue",
    )  # fmt: skip
    for number, (place, extent, note) in enumerate(rows):
        found |= {f"place_{number}": place, f"extent_{number}": extent, f"note_{number}": note}
    return found | values


def test_the_whole_form_from_the_draft_to_the_province(world, client, kept_files):  # noqa: F811
    client.post(address("case_new"), new_form())
    case = ProtectionCase.objects.get()

    def url(name):
        return address("case_step_form", case.reference, name)

    assert "Step 1 of 5" in words(client.get(url("name")))
    assert client.post(url("name"), name_form(case))["Location"] == url("area")
    assert client.post(url("area"), area_form(case, ("安化县", "whole", "")))["Location"] == url("requirements")
    assert "have to be proposed by: county government" in words(client.get(url("area")))
    texts = {f"part_{part}": text for part, text in PARTS.items()}
    assert client.post(url("requirements"), in_form(case, **texts))["Location"] == url("papers")
    missing = words(client.get(url("check")))
    assert "A document is missing: map of the area." in missing
    for kind in re.findall(r'<option value="(\w+)"', client.get(url("papers")).content.decode()):
        client.post(url("papers"), {"kind": kind, "title": "", "file": a_pdf(kind)})
    assert "Nothing is missing." in words(client.get(url("check")))
    step(world, "reviewer", case, "submit")
    assert fresh(case).state == S.PROVINCIAL
    assert client.get(url("name"), follow=True).redirect_chain[-1][0] == address("case", case.reference)


def test_a_revocation_has_three_steps_and_its_request_in_words(world, client, kept_files):  # noqa: F811
    client.post(address("case_new"), new_form(kind="revocation", about="365"))
    case = ProtectionCase.objects.get()

    def url(name):
        return address("case_step_form", case.reference, name)

    assert client.get(url("area")).status_code == 404
    client.post(url("request"), in_form(case, ground="generic", requester_kind="person"))
    client.post(url("papers"), {"kind": "evidence", "title": "", "file": a_pdf("evidence")})
    page = words(client.get(url("check")))
    assert "The request in its own words" in page
    assert "What stops if it is granted" in words(client.get(address("case", case.reference)))
    assert "This field is required" in words(step(world, "reviewer", case, "request"))
    step(world, "reviewer", case, "request", text="Everybody calls it so.")
    assert fresh(case).state == S.REQUESTED


def test_nothing_has_to_be_complete_to_be_saved(world, client):
    case = make_case(world, S.DRAFT, applicant="", applicant_kind="")
    page = client.post(address("case_step_form", case.reference, "name"),
                       name_form(case, applicant="", applicant_kind="", action="stop"), follow=True)  # fmt: skip
    assert page.redirect_chain[-1][0] == address("case", case.reference)
    assert "One thing is still missing" in words(page)


@pytest.mark.parametrize(("law", "offered"), [("order_80", False), (LAW_78, True)])
def test_an_enterprise_applies_under_order_78_only(world, client, law, offered):
    case = make_case(world, S.DRAFT, law=law)
    page = client.get(address("case_step_form", case.reference, "name")).content.decode()
    assert ('value="enterprise"' in page) is offered
    assert ('name="filed_on"' in page) is offered


# --- The area in rows ---


@pytest.mark.parametrize(
    "text", ["430922", "桃江县", "益阳市桃江县", "湖南省益阳市桃江县", " 桃江县 ", "Taojiang County"]
)
def test_a_division_by_its_code_or_name(world, client, text):
    case = make_case(world, S.DRAFT)
    client.post(address("case_step_form", case.reference, "area"), area_form(case, (text, "part", "三个镇")))
    row = case.areas.get()
    assert (row.division, row.extent, row.note) == (neighbour(world), Extent.PART, "三个镇")


@pytest.mark.parametrize(
    ("row", "said"),
    [(("无此县", "whole", ""), "“无此县” is no division of today."), (("999999", "whole", ""), "is no division"),
     (("安化县", "", ""), "Say how much of it"), (("", "", "三个镇"), "Name the division that the remark is about."),
     (("安化县", "most", ""), "Select a valid choice")],
)  # fmt: skip
def test_a_row_that_cannot_be_stored_keeps_what_was_typed(world, client, row, said):
    case = make_case(world, S.DRAFT)
    page = client.post(address("case_step_form", case.reference, "area"), area_form(case, row, proposer="某某政府"))
    assert said in words(page)
    assert "某某政府" in page.content.decode()
    assert (row[0] or row[2]) in page.content.decode()
    assert case.areas.get().division == world.county


def test_of_divisions_with_one_name_the_province_of_the_case_is_meant(world, client):
    jiangxi = make.make_division("360000", "江西省")
    make.make_division("360999", "桃江县", parent=jiangxi)
    assert case_choices.divisions_named("桃江县", near=world.county) == [neighbour(world)]
    make.make_division("430998", "桃江县", parent=world.province)
    case = make_case(world, S.DRAFT)
    page = client.post(address("case_step_form", case.reference, "area"), area_form(case, ("桃江县", "whole", "")))
    assert "may be several; write the code" in words(page)


def test_a_division_named_twice_is_one_too_many(world, client):
    case = make_case(world, S.DRAFT)
    rows = ("安化县", "whole", ""), ("430923", "part", "")
    page = client.post(address("case_step_form", case.reference, "area"), area_form(case, *rows))
    assert "This division is named twice." in words(page)


def test_a_division_of_the_past_is_no_division_of_today(world, client):
    make.make_division("430999", "旧安化县", parent=world.prefecture, status="historic")
    assert case_choices.divisions_named("旧安化县") == []


@pytest.mark.parametrize(
    ("wording", "found"),
    [("湖南省益阳市安化县现辖行政区域", [("430923", "whole")]),
     ("安化县、桃江县现辖行政区域", [("430922", "whole"), ("430923", "whole")]),
     ("益阳市现辖行政区域", [("430900", "whole")]), ("桃江县桃花江镇、灰山港镇", [("430922", "part")]), ("无", [])],
)  # fmt: skip
def test_divisions_are_suggested_from_the_wording_and_not_stored(world, client, wording, found):
    case = make_case(world, S.DRAFT)
    form = area_form(case, ("", "", ""), area_text=wording, action="suggest", proposer="某某政府")
    page = client.post(address("case_step_form", case.reference, "area"), form).content.decode()
    places = re.findall(r'name="place_\d+" value="(\d{6})"', page)
    assert places == [code for code, _extent in found]
    chosen = re.findall(r'<option value="(\w+)" selected', page)
    assert [one for one in chosen if one in Extent.values] == [extent for _code, extent in found]
    assert "某某政府" in page
    assert case.areas.get().division == world.county


def test_a_suggestion_leaves_typed_rows_as_they_are(world, client):
    case = make_case(world, S.DRAFT)
    form = area_form(case, ("安化县", "part", "三个镇"), area_text="安化县、桃江县现辖行政区域", action="suggest")
    page = client.post(address("case_step_form", case.reference, "area"), form).content.decode()
    assert re.findall(r'name="place_\d+" value="([^"]+)"', page) == ["安化县", "430922"]
    assert 'value="三个镇"' in page


def test_more_rows_store_nothing(world, client):
    case = make_case(world, S.DRAFT)
    form = area_form(case, ("桃江县", "whole", ""), ("", "", ""), ("", "", ""), action="more")
    page = client.post(address("case_step_form", case.reference, "area"), form).content.decode()
    assert len(set(re.findall(r'name="place_(\d+)"', page))) == 6
    assert 'value="桃江县"' in page
    assert case.areas.get().division == world.county


def test_the_level_of_the_government_follows_the_divisions(world, client):
    case = make_case(world, S.DRAFT)
    url = address("case_step_form", case.reference, "area")
    client.post(url, area_form(case, ("安化县", "whole", ""), ("桃江县", "whole", "")))
    assert "have to be proposed by: prefecture government" in words(client.get(url))
    assert "This area has to be proposed by: prefecture government." in words(
        client.get(address("case_step_form", case.reference, "check"))
    )


# --- Two windows ---


def test_of_two_windows_the_second_reads_what_the_first_wrote(world, client):
    case = make_case(world, S.DRAFT)
    url = address("case_step_form", case.reference, "name")
    page = client.get(url).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    both = {"version": fresh(case).version, "seen": seen}
    client.post(url, name_form(case, applicant="甲协会") | both)
    late = client.post(url, name_form(case, applicant="乙协会") | both)
    text = late.content.decode()
    assert late.status_code == 409
    assert 'value="乙协会"' in text
    assert "甲协会" in words(late)
    assert fresh(case).applicant == "甲协会"
    carried = {name: re.search(f'name="{name}" value="(\\w+)"', text)[1] for name in ("version", "seen")}
    assert client.post(url, name_form(case, applicant="乙协会") | carried).status_code == 302
    assert fresh(case).applicant == "乙协会"


def test_two_windows_on_different_steps_do_not_disturb_each_other(world, client):
    case = make_case(world, S.DRAFT)
    url = address("case_step_form", case.reference, "area")
    page = client.get(url).content.decode()
    held = {name: re.search(f'name="{name}" value="(\\w+)"', page)[1] for name in ("version", "seen")}
    client.post(address("case_step_form", case.reference, "name"), name_form(case, applicant="甲协会"))
    assert client.post(url, area_form(case, ("桃江县", "whole", "")) | held).status_code == 302
    assert (fresh(case).applicant, case.areas.get().division) == ("甲协会", neighbour(world))


def test_the_same_step_sent_twice_is_no_conflict(world, client):
    case = make_case(world, S.DRAFT)
    url = address("case_step_form", case.reference, "area")
    form = area_form(case, ("桃江县", "whole", ""))
    assert [client.post(url, form).status_code for _time in range(2)] == [302, 302]


def test_what_was_typed_survives_when_the_case_was_sent_meanwhile(world, client):
    case = make_case(world, S.DRAFT)
    form = name_form(case, applicant="乙协会")
    step(world, "officer", case, "submit")
    page = client.post(address("case_step_form", case.reference, "name"), form)
    assert page.status_code == 409
    assert 'value="乙协会"' in page.content.decode()
    assert "can no longer be saved" in words(page)


# --- Changes ---


def test_a_change_begins_with_what_holds_and_says_what_is_main_content(world, client):
    right = world.product.rights.get()
    right.requirements.create(version=1, parts=PARTS, effective_from=datetime.date(2012, 1, 1))
    client.post(address("case_new"), new_form(kind="change", about="365"))
    case = ProtectionCase.objects.get()
    page = client.get(address("case_step_form", case.reference, "requirements"))
    assert PARTS["traits"] in page.content.decode()
    text = words(page)
    assert text.count("Main content:") == 3
    assert text.count("Not main content:") == 5
    assert "Nothing differs from what is protected now." in words(
        client.get(address("case_step_form", case.reference, "check"))
    )


# --- Documents of a draft ---


def stored_files():
    return [path for path in case_papers.folder().rglob("*") if path.is_file()]


def test_documents_are_removed_from_drafts_only(world, client, kept_files):  # noqa: F811
    case = make_case(world, S.DRAFT)
    url = address("case_step_form", case.reference, "papers")
    client.post(url, {"kind": "other", "title": "Letter", "file": a_pdf("letter")})
    paper = CasePaper.objects.get(title="Letter")
    stored = case_papers.folder() / paper.name
    assert stored.is_file()
    client.post(address("case_paper_remove", case.reference, paper.pk))
    assert not stored.exists()
    assert not CasePaper.objects.filter(pk=paper.pk).exists()
    kept = case.papers.first()
    step(world, "reviewer", case, "submit")
    step(world, "approver", case, "send_back", text="Add the map.")
    page = client.post(address("case_paper_remove", case.reference, kept.pk), follow=True)
    assert "What was filed stays in the case." in words(page)
    assert CasePaper.objects.filter(pk=kept.pk).exists()


def test_the_same_file_is_one_document_and_leaves_no_copy(world, client, kept_files):  # noqa: F811
    case = make_case(world, S.DRAFT)
    for _time in range(2):
        client.post(address("case_step_form", case.reference, "papers"),
                    {"kind": "other", "title": "Letter", "file": a_pdf("letter")})  # fmt: skip
    assert CasePaper.objects.filter(title="Letter").count() == 1
    assert len(stored_files()) == 1


@pytest.mark.parametrize(("file", "said"), [(None, "This field is required"), (b"MZ", "Only PDF files")])
def test_a_file_that_is_not_taken_keeps_the_title(world, client, kept_files, file, said):  # noqa: F811
    case = make_case(world, S.DRAFT)
    sent = {"kind": "other", "title": "Letter of the county"}
    if file:
        upload = a_pdf("x")
        upload.file.seek(0)
        upload.file.truncate()
        upload.write(file)
        upload.seek(0)
        sent["file"] = upload
    page = client.post(address("case_step_form", case.reference, "papers"), sent)
    assert said in words(page)
    assert "Letter of the county" in page.content.decode()


def test_documents_are_added_while_a_case_is_open_and_not_after(world, client, kept_files):  # noqa: F811
    case = make_case(world, S.TECHNICAL)
    url = address("case_step_form", case.reference, "papers")
    client.post(url, {"kind": "site_report", "title": "Visit", "file": a_pdf("visit")})
    assert case.papers.filter(title="Visit").exists()
    ProtectionCase.objects.filter(pk=case.pk).update(state=S.WITHDRAWN)
    page = client.post(url, {"kind": "site_report", "title": "Late", "file": a_pdf("late")})
    assert page.status_code == 409
    assert not case.papers.filter(title="Late").exists()


def test_a_draft_is_thrown_away_with_its_files_and_a_sent_one_is_not(world, client, kept_files):  # noqa: F811
    case, sent = make_case(world, S.DRAFT), make_case(world, S.PROVINCIAL, name_zh="别的茶")
    client.post(address("case_step_form", case.reference, "papers"),
                {"kind": "other", "title": "", "file": a_pdf("letter")})  # fmt: skip
    assert "gone for good" in words(client.get(address("case_discard", case.reference)))
    client.post(address("case_discard", case.reference))
    assert stored_files() == []
    assert client.post(address("case_discard", sent.reference)).status_code == 409
    assert list(ProtectionCase.objects.all()) == [sent]


def test_two_windows_with_a_lost_mark_begin_two_drafts_and_no_error(world, client):
    for nonce in ("", "nonsense", str(uuid.uuid4())):
        client.post(address("case_new"), new_form(nonce=nonce))
    assert ProtectionCase.objects.count() == 3


def test_a_page_asked_for_with_nonsense_is_not_found(world, client):
    case = make_case(world, S.DRAFT, kind=CaseKind.RECOGNITION)
    for url in (
        address("case_step_form", case.reference, "nonsense"), address("case_step_form", "PC1", "name"),
        address("case", "nonsense"), address("case_move", case.reference, "nonsense"),
        address("case_paper", case.reference, 10**9),
    ):  # fmt: skip
        assert client.get(url).status_code == 404, url
