"""Demonstration accounts and enterprises: made once, marked as such, never in production."""

import datetime
import re
import stat
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from enterprises.application_models import Document, MarkApplication
from enterprises.credit_codes import check
from enterprises.document_store import folder
from enterprises.models import DecisionAuthority, Enterprise
from enterprises.states import ApplicationState
from gi_registry import journal
from gi_registry.demo_labels import addresses
from gi_registry.models import JournalEntry, User
from gi_registry.roles import RULES
from gi_registry.territory import actors_of
from products.models import Announcement
from tests.factories import make_area, make_division, make_hunan, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.GI_HOME = tmp_path
    return tmp_path


def seed():
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def password(home):
    return (home / "demo-accounts.txt").read_text(encoding="utf-8").splitlines()[0].split()[-1]


def test_production_refuses(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="not in production"):
        seed()
    assert not User.objects.exists()


def test_each_account_signs_in_with_the_one_password_and_has_its_role(home):
    make_hunan()
    seed()
    word = password(home)
    users = list(User.objects.filter(memberships=None))
    assert len(users) == 7
    for user in users:
        (actor,) = actors_of(user)
        assert user.check_password(word), user.username
        assert user.username.removesuffix("-two") == f"demo-{actor.role}"
        assert user.groups.exists() is RULES[actor.role].uses_wagtail
        assert not user.is_superuser
    (reviewer,) = actors_of(User.objects.get(username="demo-reviewer"))
    assert reviewer.division.name_zh == "益阳市"


def test_the_password_file_is_private_and_names_every_account(home):
    make_hunan()
    seed()
    file = home / "demo-accounts.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert all(user.username in file.read_text() for user in User.objects.all())


def test_a_second_run_changes_nothing(home):
    make_hunan()
    make_product("安化黑茶")
    seed()
    before = ((home / "demo-accounts.txt").read_text(), JournalEntry.objects.count(), Enterprise.objects.count())
    user = User.objects.get(username="demo-editor")
    user.set_password("changed by its owner")
    user.save()
    assert seed() == ""
    after = ((home / "demo-accounts.txt").read_text(), JournalEntry.objects.count(), Enterprise.objects.count())
    assert after == before
    assert User.objects.get(username="demo-editor").check_password("changed by its owner")


def test_a_lost_password_file_brings_a_new_password_for_all(home):
    make_hunan()
    seed()
    old = password(home)
    (home / "demo-accounts.txt").unlink()
    seed()
    assert password(home) != old
    assert all(user.check_password(password(home)) for user in User.objects.all())


def test_two_installations_have_different_passwords(home, settings, tmp_path_factory):
    seed()
    first = password(home)
    settings.GI_HOME = tmp_path_factory.mktemp("other")
    seed()
    assert password(settings.GI_HOME) != first


def test_demonstration_enterprises_are_well_formed_and_marked():
    make_product("安化黑茶")
    seed()
    enterprises = Enterprise.objects.public()
    assert len(enterprises) == 3
    assert all(enterprise.is_demo and check(enterprise.uscc).ok for enterprise in enterprises)
    assert all(enterprise.authorisations.get().note == "demonstration" for enterprise in enterprises)


def test_one_is_authorised_today_and_the_others_show_the_difference():
    make_product("安化黑茶")
    seed()
    today = datetime.date(2026, 11, 1)
    states = {
        enterprise.uscc: (row.state, row.effective_to is None or row.effective_to > today)
        for enterprise in Enterprise.objects.all()
        for row in enterprise.authorisations.all()
    }
    assert states == {
        "91000000MA00000157": ("in_force", True),
        "93000000MA0000031N": ("suspended", True),
        "92000000MA0000023Y": ("ended", False),
    }
    assert list(journal.verify()) == []


def test_without_reference_data_the_rest_is_made_and_said():
    said = seed()
    assert "安化黑茶 is not loaded" in said
    assert "division 430900 is not loaded" in said
    assert User.objects.filter(memberships=None).count() == 5


def test_there_is_a_file_in_every_state_and_a_label_for_each_answer(home, client):
    province, _prefecture, anhua, taojiang = make_hunan()
    nanxian = make_division("430921", "南县", parent=anhua.parent)
    jiangxi = make_division("360000", "江西省")
    suichuan = make_division("360827", "遂川县", parent=make_division("360800", "吉安市", parent=jiangxi))
    for name, county in (("安化黑茶", anhua), ("桃江竹笋", taojiang), ("南县稻虾米", nanxian), ("狗牯脑茶", suichuan)):
        make_area(make_product(name, province=county.parent.parent).rights.get(), county)
    DecisionAuthority.objects.create(province=province, effective_from=datetime.date(2023, 1, 11), source="test")
    said = seed()
    assert "demonstration files" in said
    states = set(MarkApplication.objects.values_list("state", flat=True))
    assert states == {state.value for state in ApplicationState}
    assert list(journal.verify()) == []
    assert all(file.enterprise.is_demo for file in MarkApplication.objects.select_related("enterprise"))
    assert not Announcement.objects.real().exists()
    for document in Document.objects.all():
        assert (folder() / document.name).is_file()
    answers = [re.search(rb'data-verdict="(\w+)"', client.get(path).content)[1] for _word, path in addresses()]
    assert answers == [b"in_force", b"unusual", b"not_activated", b"stopped", b"stopped"]
    files = MarkApplication.objects.count()
    assert seed() == ""
    assert MarkApplication.objects.count() == files


def test_the_code_of_the_moment_lets_a_demonstration_official_in(home, client):
    make_hunan()
    seed()
    out = StringIO()
    call_command("demo_code", stdout=out)
    code = out.getvalue().split()[0]
    answer = client.post("/en/account/login/", {"login": "demo-reviewer", "password": password(home)}, follow=True)
    assert "One-time code" in answer.text
    client.post(answer.request["PATH_INFO"], {"code": code})
    assert client.get("/en/desk/").status_code == 200
