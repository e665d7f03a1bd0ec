"""The officer's announcement at the desk: gathering, the look before, publishing, corrections."""

import datetime
import html
import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from enterprises import supervision
from enterprises.application_models import MarkApplication
from enterprises.models import Authorisation
from enterprises.states import ApplicationState as State
from enterprises.states import StopGround
from products.models import Announcement
from tests import factories as make
from tests.case_world import announce, make_world

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def world():
    return make_world()


def signed_in(world, name="officer"):
    user, client = world.people[name], Client()
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    client.force_login(user)
    return client


def address(name="desk_announce", *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def text_of(response):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def typed(*files, **values):
    day = timezone.localdate().isoformat()
    return {
        "issuer": "provincial", "issuer_text": "湖南省知识产权局", "year": "2026", "number": "7",
        "published_on": day, "body": "核准下列企业使用专用标志。", "files": [file.pk for file in files],
        "text": "", "action": "publish",
    } | values  # fmt: skip


@pytest.mark.parametrize("name", ["reviewer", "approver", "auditor", "editor", "owner"])
def test_only_the_officer_finds_the_page(world, name):
    old = announce(world, world.file(State.APPROVED))
    client = signed_in(world, name)
    for page in (address(), address("desk_correct", old.pk)):
        assert client.get(page).status_code == 404
        assert client.post(page, typed(text="x")).status_code == 404
    assert Announcement.objects.count() == 1


def test_nothing_is_chosen_until_somebody_chooses(world):
    file = world.file(State.APPROVED)
    content = signed_in(world).get(address()).content.decode()
    assert f'name="files" value="{file.pk}"' in content
    assert "checked" not in content


def test_without_an_approved_file_the_page_says_so(world):
    world.file(State.PROVINCIAL_REVIEW)
    assert "Nothing waits to be announced" in text_of(signed_in(world).get(address()))


def test_the_look_before_shows_what_would_be_published_and_stores_nothing(world):
    file = world.file(State.APPROVED)
    response = signed_in(world).post(address(), typed(file, action="preview"))
    words = text_of(response)
    for wanted in (
        "湖南省知识产权局公告2026年第7号", world.enterprise.name_zh, world.enterprise.uscc, "黑毛茶、茯砖茶",
        "GB/T 32719", "核准下列企业使用专用标志。", "Not published yet", "Demonstration",
    ):  # fmt: skip
        assert wanted in words, wanted
    assert not Announcement.objects.exists()
    file.refresh_from_db()
    assert file.state == State.APPROVED


def hidden_fields(response):
    """What the form of the look before sends back."""
    found = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', response.content.decode()):
        found.setdefault(name, []).append(html.unescape(value))
    return found


def test_what_was_looked_at_is_what_is_published(world):
    file = world.file(State.APPROVED)
    client = signed_in(world)
    shown = hidden_fields(client.post(address(), typed(file, action="preview")))
    response = client.post(address(), shown | {"action": "publish"})
    paper = Announcement.objects.get()
    assert response.status_code == 302
    assert response["Location"].endswith(f"/announcements/{paper.pk}/")
    assert (paper.text, paper.year, paper.number) == ("湖南省知识产权局公告2026年第7号", 2026, 7)
    assert (paper.body, paper.demonstration) == ("核准下列企业使用专用标志。", True)
    assert Authorisation.objects.get().announcement == paper
    file.refresh_from_db()
    assert file.state == State.ANNOUNCED


def test_from_the_look_before_one_can_go_back_and_change(world):
    file = world.file(State.APPROVED)
    client = signed_in(world)
    shown = hidden_fields(client.post(address(), typed(file, action="preview")))
    response = client.post(address(), shown | {"action": "edit"})
    content = response.content.decode()
    assert re.search(rf'name="files" value="{file.pk}" checked', content)
    assert "核准下列企业使用专用标志。" in content
    assert not Announcement.objects.exists()


def test_cnipa_needs_neither_name_nor_year(world):
    file = world.file(State.APPROVED)
    signed_in(world).post(address(), typed(file, issuer="cnipa", issuer_text="", number="612"))
    paper = Announcement.objects.get()
    assert (paper.text, paper.year, paper.issuer_text) == ("国家知识产权局公告第612号", None, "国家知识产权局")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"issuer": ""}, "Issuer"),
        ({"issuer": "nobody"}, "Select a valid choice"),
        ({"issuer_text": ""}, "Give the name of the body"),
        ({"issuer_text": "名" * 61}, "at most 60"),
        ({"year": "1800"}, "1985"),
        ({"year": "soon"}, "whole number"),
        ({"number": ""}, "required"),
        ({"number": "0"}, "greater than or equal to 1"),
        ({"number": "99999999999999999999"}, "less than or equal"),
        ({"text": "题" * 121}, "at most 120"),
        ({"published_on": "2999-01-01"}, "lies in the future"),
        ({"published_on": "1.1.2026"}, "Write the day like this"),
        ({"published_on": ""}, "required"),
        ({"published_on": "2001-01-01"}, "cannot be older than the decisions"),
        ({"files": []}, "Choose at least one file"),
        ({"files": ["x"]}, "no longer waiting"),
        ({"files": ["999999"]}, "no longer waiting"),
        ({"stops": ["999999"]}, "no longer waiting"),
        ({"body": "长" * 4001}, "at most 4000"),
    ],
)
@pytest.mark.parametrize("action", ["preview", "publish"])
def test_a_wrong_value_is_told_beside_its_field_and_keeps_the_rest(world, action, values, said):
    file = world.file(State.APPROVED)
    response = signed_in(world).post(address(), typed(file) | values | {"action": action})
    gone = "999999" in [*values.get("files", []), *values.get("stops", [])]  # somebody was faster, perhaps
    assert response.status_code == (409 if gone else 200)
    assert said in text_of(response)
    content = response.content.decode()
    if "number" not in values:
        assert re.search(r'name="number" value="7"', content)
    if "files" not in values:
        assert re.search(rf'name="files" value="{file.pk}" checked', content)
    assert not Announcement.objects.exists()


def test_a_number_that_is_taken_is_told_beside_the_number(world):
    first, other, client = world.file(State.APPROVED), world.file(State.APPROVED), signed_in(world)
    client.post(address(), typed(first))
    response = client.post(address(), typed(other, text="Another title"))
    assert "with this number is in the register already" in text_of(response)
    same_title = client.post(address(), typed(other, number="8", text="湖南省知识产权局公告2026年第7号"))
    assert "with this title is in the register already" in text_of(same_title)
    assert Announcement.objects.count() == 1


def test_a_number_that_is_taken_at_the_last_moment_is_told_too(world, monkeypatch):
    first, file = world.file(State.APPROVED), world.file(State.APPROVED)
    client = signed_in(world)
    client.post(address(), typed(first))
    monkeypatch.setattr("enterprises.desk_forms.NumberForm._check_taken", lambda form, values: None)
    response = client.post(address(), typed(file))
    assert response.status_code == 409
    assert re.search(r'id="id_number_error"><li>There is an announcement', response.content.decode())
    assert Announcement.objects.count() == 1


def test_of_two_clicks_the_second_is_told(world):
    file = world.file(State.APPROVED)
    client = signed_in(world)
    assert client.post(address(), typed(file)).status_code == 302
    again = client.post(address(), typed(file))
    assert again.status_code == 409
    assert "no longer waiting" in text_of(again)
    assert Announcement.objects.count() == Authorisation.objects.count() == 1


def test_of_two_officers_the_slower_one_is_told_and_changes_nothing(world):
    both, mine = world.file(State.APPROVED), world.file(State.APPROVED)
    client = signed_in(world)
    client.post(address(), typed(both, mine, action="preview"))
    announce(world, both)
    response = client.post(address(), typed(both, mine))
    assert response.status_code == 409
    assert "no longer waiting" in text_of(response)
    mine.refresh_from_db()
    assert mine.state == State.APPROVED


def test_what_the_writer_refuses_is_told_with_everything_typed(world):
    first, second = world.file(State.APPROVED), world.file(State.APPROVED)
    announce(world, first)
    response = signed_in(world).post(address(), typed(second))
    assert response.status_code == 409
    assert "already" in text_of(response)
    assert "核准下列企业使用专用标志。" in response.content.decode()
    assert MarkApplication.objects.get(pk=second.pk).state == State.APPROVED


def test_real_and_demonstration_files_are_kept_apart(world):
    demo, real = world.file(State.APPROVED), world.file(State.APPROVED)
    enterprise = make.make_enterprise("真茶厂", uscc="91430900600037341F")
    MarkApplication.objects.filter(pk=real.pk).update(enterprise=enterprise)
    client = signed_in(world)
    words = text_of(client.get(address()))
    assert "Demonstration files" in words
    response = client.post(address(), typed(demo, real, action="preview"))
    assert "cannot stand in one announcement" in text_of(response)


def test_a_decided_end_is_announced(world):
    authorisation = world.authorisation()
    case = supervision.propose_stop(
        authorisation, by=world.actor("reviewer"), ground=StopGround.OFFENCE, text="Fakes were sold."
    )
    client = signed_in(world)
    assert client.post(address(), typed(stops=[case.pk])).status_code == 409  # not decided yet
    supervision.decide_stop(case, by=world.actor("approver"), text="Proved.")
    assert authorisation.reference in text_of(client.get(address()))
    preview = client.post(address(), typed(stops=[case.pk], action="preview"))
    assert "May not use it any more" in text_of(preview)
    assert client.post(address(), hidden_fields(preview) | {"action": "publish"}).status_code == 302
    case.refresh_from_db()
    assert case.announcement == Announcement.objects.order_by("pk").last()


# --- Corrections ---


def correction(**values):
    return typed(number="8", body="茯砖茶 stood there as 伏砖茶.") | values


def test_a_correction_names_the_old_announcement(world):
    old = announce(world, world.file(State.APPROVED))
    client = signed_in(world)
    assert address("desk_correct", old.pk) in client.get(address()).content.decode()
    assert client.get(address("desk_correct", old.pk)).status_code == 200
    response = client.post(address("desk_correct", old.pk), correction())
    assert response.status_code == 302
    new = Announcement.objects.get(number=8, issuer="provincial")
    assert (new.corrects, new.demonstration) == (old, True)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"body": " "}, "required"),
        ({"number": ""}, "required"),
        ({"published_on": "2999-01-01"}, "future"),
        ({"issuer_text": ""}, "Give the name of the body"),
    ],
)
def test_a_correction_with_a_wrong_value_is_not_published(world, values, said):
    old = announce(world, world.file(State.APPROVED))
    response = signed_in(world).post(address("desk_correct", old.pk), correction(**values))
    assert response.status_code == 200
    assert said in text_of(response)
    assert not old.corrections.exists()


def test_a_correction_is_not_published_twice(world):
    old = announce(world, world.file(State.APPROVED))
    client = signed_in(world)
    client.post(address("desk_correct", old.pk), correction())
    assert "already" in text_of(client.post(address("desk_correct", old.pk), correction()))
    assert old.corrections.count() == 1


def test_an_announcement_of_elsewhere_is_not_corrected_here(world):
    old = Announcement.objects.create(issuer="aqsiq", text="质检总局公告2010年第155号", year=2010, number=155)
    assert signed_in(world).get(address("desk_correct", old.pk)).status_code == 404
