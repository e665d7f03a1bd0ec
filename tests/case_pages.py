"""Walking the desk's pages of protection cases with a client: who is signed in, addresses, texts, announcements."""

import itertools

from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from products.case_models import ProtectionCase

_numbers = itertools.count(1)


def signed_in(world, name):
    """A client of a person of the world, with a second factor as officials need."""
    if name.startswith("another_"):
        world.another(name.removeprefix("another_"))
    user, client = world.people[name], Client()
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    client.force_login(user)
    return client


def address(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:desk_{name}", args=args)


def fresh(case):
    """The case as it is in the database now."""
    return ProtectionCase.objects.get(pk=case.pk)


def step(world, who, case, name, **values):
    """Take a step on its page, in the state in which the case is now."""
    data = {"state": fresh(case).state} | values
    return signed_in(world, who).post(address("case_move", case.reference, name), data, follow=True)


def announcement(**values):
    """A form of an announcement of today."""
    number = next(_numbers)
    return {
        "issuer": "other", "issuer_text": "示例局", "number": number, "text": f"示例局公告第{number}号",
        "published_on": timezone.localdate().isoformat(), "action": "publish",
    } | values  # fmt: skip


def publish(world, who, name, *cases, **values):
    """Announce a step of some cases."""
    data = announcement(cases=[case.pk for case in cases]) | values
    return signed_in(world, who).post(address("case_announce", name), data, follow=True)


def in_form(case, **values):
    """What a page of the form carries beside its fields."""
    now = fresh(case)
    return {"version": now.version} | values
