"""`manage.py seed_demo`: accounts, enterprises and files to try the register with. Never in production.

Demonstration enterprises have credit codes of region 000000, which no real body can have; readers of public
figures leave them out by that mark. Everything is made by the same writers as real records.
"""

import datetime
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone, translation

from enterprises import membership
from enterprises.enrolment import enter_authorisation, enter_enterprise
from enterprises.models import Enterprise
from enterprises.states import AuthorisationBasis, AuthorisationState
from gi_registry import (
    demo_cases,
    demo_cultivation,
    demo_inspections,
    demo_labels,
    demo_protection,
    demo_zones,
    staff,
)
from gi_registry.journal import Actor
from gi_registry.models import Division, RoleAssignment, User
from gi_registry.roles import Role
from products.models import Product
from products.states import Basis

# Without letters and digits that look alike.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

# Account, role, division codes.
ACCOUNTS: tuple[tuple[str, Role, tuple[str, ...]], ...] = (
    ("demo-officer", Role.OFFICER, ()),
    ("demo-officer-two", Role.OFFICER, ()),  # nobody decides on what they have examined
    ("demo-auditor", Role.AUDITOR, ()),
    ("demo-editor", Role.EDITOR, ()),
    ("demo-publisher", Role.PUBLISHER, ()),
    ("demo-reviewer", Role.REVIEWER, (demo_cases.HUNAN_OFFICE, demo_cases.JIANGXI)),
    ("demo-approver", Role.APPROVER, ("430000", demo_cases.JIANGXI)),
)
# Account, enterprise; the second account of an enterprise waits for the owner's answer and gets it.
MEMBERS: tuple[tuple[str, str, str], ...] = (
    ("demo-owner", "91000000MA00000157", "示例茶业有限公司（演示）"),
    ("demo-operator", "91000000MA00000157", "示例茶业有限公司（演示）"),
    ("demo-village", "N2000000MA000004X4", "示例村股份经济合作社（演示）"),
    ("demo-cooperative", "93000000MA0000031N", "示例黑茶专业合作社（演示）"),
    ("demo-shop", "92000000MA0000023Y", "示例茶行（演示）"),
)

OFFICIALS = ("reviewer", "approver", "officer")
APPLICANTS = ("owner", "village", "cooperative", "shop")
DESK = (Role.REVIEWER, Role.APPROVER, Role.OFFICER, Role.AUDITOR)

PRODUCT = "安化黑茶"
NOTE = "demonstration"


@dataclass(frozen=True)
class DemoEnterprise:
    """An invented enterprise with one authorisation."""

    reference: str
    uscc: str
    name_zh: str
    name_en: str
    state: AuthorisationState
    since: datetime.date
    until: datetime.date | None = None


ENTERPRISES = (
    DemoEnterprise(
        "DEMO-1", "91000000MA00000157", "示例茶业有限公司（演示）", "Example Tea Company (demonstration)",
        AuthorisationState.IN_FORCE, datetime.date(2024, 3, 1),
    ),
    DemoEnterprise(
        "DEMO-2", "93000000MA0000031N", "示例黑茶专业合作社（演示）", "Example Dark Tea Cooperative (demonstration)",
        AuthorisationState.SUSPENDED, datetime.date(2024, 3, 1),
    ),
    DemoEnterprise(
        "DEMO-3", "92000000MA0000023Y", "示例茶行（演示）", "Example Tea Shop (demonstration)",
        AuthorisationState.ENDED, datetime.date(2023, 6, 1), datetime.date(2025, 6, 1),
    ),
)  # fmt: skip


class Command(BaseCommand):
    help = "Make demonstration accounts, enterprises and files; what is there already is left as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("seed_demo makes accounts with a known password; not in production.")
        by = Actor.system("seed_demo")
        with transaction.atomic(), translation.override("zh-hans"):
            self._accounts(by)
            self._enterprises(by)
            self._members()
            self._cases()

    def _accounts(self, by: Actor) -> None:
        """Everybody's account, all with the password and the secret that stand in the file."""
        file = settings.GI_HOME / "demo-accounts.txt"
        known = secrets_in(file)
        password, secret = known or (
            "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3)), generate_totp_secret()
        )
        lines = []
        for username, role, codes in ACCOUNTS:
            places = list(Division.objects.current().filter(code__in=codes))
            if codes and codes[0] not in {place.code for place in places}:
                self.stdout.write(f"{username} was not made: division {codes[0]} is not loaded.")
                continue
            user = self._account(username, password, fresh=known is None)
            if not RoleAssignment.objects.filter(user=user).exists():
                for place in places or [None]:
                    staff.assign_role(user=user, role=role, division=place, by=by, on=timezone.localdate())
            if known is None:
                Authenticator.objects.filter(user=user).delete()
            if not Authenticator.objects.filter(user=user).exists():
                TOTP.activate(user, secret)
            where = "desk" if role in DESK else "cms"
            lines.append(f"  {username:<16} {role.value:<20} {','.join(codes) or '-':<14} /{where}/")
        for username, uscc, _name in MEMBERS:
            self._account(username, password, fresh=known is None)
            lines.append(f"  {username:<16} {'enterprise':<20} {uscc:<14} /portal/")
        if known is None:
            head = [f"Password of all accounts: {password}",
                    f"Officials and editors sign in with a one-time code too: make code (secret {secret})"]  # fmt: skip
            _write_once(file, "\n".join([*head, *lines]) + "\n")
            self.stdout.write(f"Made {len(lines)} demonstration accounts; names and password in {file}")

    def _account(self, username: str, password: str, *, fresh: bool) -> User:
        user, created = User.objects.get_or_create(username=username)
        if created or fresh:
            user.set_password(password)
            user.save()
        return user

    def _members(self) -> None:
        """Enterprise people sign up as anybody would; the owner takes the operator in."""
        for username, uscc, name in MEMBERS:
            user = User.objects.get(username=username)
            if user.memberships.exists():
                continue
            request = membership.ask(user, uscc=uscc, name_zh=name)
            if membership.confirm(user) is None:
                owner = demo_cases.acting(User.objects.get(username=MEMBERS[0][0]))
                membership.answer(request, by=owner[1], enterprise=owner[0], accepted=True)

    def _cases(self) -> None:
        people = User.objects.filter(username__startswith="demo-")
        users = {user.username.removeprefix("demo-"): user for user in people}
        if not all(name in users for name in OFFICIALS):
            return
        owner, village, cooperative, shop = (users[name] for name in APPLICANTS)
        officials = {name: users[name] for name in OFFICIALS}
        everybody = demo_cases.People((owner, village, cooperative, shop), **officials)
        if made := demo_cases.make(everybody):
            self.stdout.write(f"Made {made} demonstration files, one in every state.")
        if made := demo_labels.make(everybody):
            self.stdout.write(f"Made {made} demonstration label batches.")
        if made := demo_cultivation.make(everybody):
            self.stdout.write(f"Made {made} demonstration candidates, with trainings and a project.")
        if made := demo_protection.make(everybody):
            self.stdout.write(f"Made {made} demonstration protection cases.")
        if made := demo_inspections.make(everybody):
            self.stdout.write(f"Made {made} demonstration inspections.")
        if made := demo_zones.make(everybody):
            self.stdout.write(f"Made {made} demonstration zones.")
        if demo_cultivation.report(everybody):
            self.stdout.write("Made a demonstration yearly report that waits to be reviewed.")

    def _enterprises(self, by: Actor) -> None:
        product = Product.objects.filter(name_zh=PRODUCT).order_by("number").first()
        if product is None:
            self.stdout.write(f"No demonstration enterprises were made: {PRODUCT} is not loaded.")
            return
        for demo in ENTERPRISES:
            if Enterprise.objects.filter(reference=demo.reference).exists():
                continue
            enterprise = enter_enterprise(
                by=by, reference=demo.reference, source=NOTE, name_zh=demo.name_zh, name_en=demo.name_en,
                uscc=demo.uscc, province=product.province, basis=Basis.GENERAL_KNOWLEDGE,
            )  # fmt: skip
            enter_authorisation(
                enterprise, by=by, reference=f"{demo.reference}-A", product=product, product_text=product.name_zh,
                state=demo.state, basis=AuthorisationBasis.DECIDED, effective_from=demo.since,
                effective_precision="day", effective_to=demo.until, source=NOTE, note=NOTE,
            )  # fmt: skip
            self.stdout.write(f"Made demonstration enterprise {demo.uscc}: {demo.state.value}.")


def secrets_in(file: Path) -> tuple[str, str] | None:
    """Password and secret of this installation, if they were given out before."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    if len(lines) < 2 or "secret " not in lines[1]:
        return None
    return lines[0].rpartition(" ")[2], lines[1].rpartition(" ")[2].rstrip(")")


def _write_once(file: Path, text: str) -> None:
    """Readable by its owner only (mkstemp's mode), and whole or not there at all."""
    handle, draft = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(draft, file)
