"""Demonstration accounts and enterprises: made once, marked as such, never in production."""

import datetime
import stat
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from enterprises.credit_codes import check
from enterprises.models import Enterprise
from gi_registry import journal
from gi_registry.models import JournalEntry, User
from gi_registry.roles import RULES
from gi_registry.territory import actors_of
from tests.factories import make_hunan, make_product

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
    assert len(users) == 6
    for user in users:
        (actor,) = actors_of(user)
        assert user.check_password(word), user.username
        assert user.username == f"demo-{actor.role}"
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
    assert User.objects.filter(memberships=None).count() == 4
