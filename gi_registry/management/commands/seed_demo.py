"""`manage.py seed_demo`: accounts and enterprises to try the register with. Never in production.

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

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from enterprises.enrolment import enter_authorisation, enter_enterprise
from enterprises.models import Enterprise
from enterprises.states import AuthorisationBasis, AuthorisationState
from gi_registry import staff
from gi_registry.journal import Actor
from gi_registry.models import Division, RoleAssignment, User
from gi_registry.roles import RULES, Role
from products.models import Product
from products.states import Basis

# Without letters and digits that look alike.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

# Account, role, division code. Enterprises and their portal come with the applications to use the mark.
ACCOUNTS: tuple[tuple[str, Role, str], ...] = (
    ("demo-officer", Role.OFFICER, ""),
    ("demo-auditor", Role.AUDITOR, ""),
    ("demo-editor", Role.EDITOR, ""),
    ("demo-publisher", Role.PUBLISHER, ""),
    ("demo-reviewer", Role.REVIEWER, "430900"),
    ("demo-approver", Role.APPROVER, "430000"),
)

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
    help = "Make demonstration accounts and enterprises; what is there already is left as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("seed_demo makes accounts with a known password; not in production.")
        by = Actor.system("seed_demo")
        file = settings.GI_HOME / "demo-accounts.txt"
        with transaction.atomic():
            self._accounts(file, by)
            self._enterprises(by)

    def _accounts(self, file: Path, by: Actor) -> None:
        password = _password_in(file)
        fresh = password is None
        password = password or "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
        lines = []
        for username, role, code in ACCOUNTS:
            division = Division.objects.current().filter(code=code).first() if code else None
            if code and division is None:
                self.stdout.write(f"{username} was not made: division {code} is not loaded.")
                continue
            user, created = User.objects.get_or_create(username=username)
            if created or fresh:
                user.set_password(password)
                user.save()
            if not RoleAssignment.objects.filter(user=user).exists():
                staff.assign_role(user=user, role=role, division=division, by=by, on=timezone.localdate())
            where = f"{settings.SITE_URL}/cms/" if RULES[role].uses_wagtail else "no pages of its own yet"
            lines.append(f"  {username:<15} {role.value:<10} {code or '-':<7} {where}")
        if fresh:
            _write_once(file, "\n".join([f"Password of all accounts: {password}", *lines]) + "\n")
            self.stdout.write(f"Made {len(lines)} demonstration accounts; names and password in {file}")

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
                uscc=demo.uscc, basis=Basis.GENERAL_KNOWLEDGE,
            )  # fmt: skip
            enter_authorisation(
                enterprise, by=by, reference=f"{demo.reference}-A", product=product, product_text=product.name_zh,
                state=demo.state, basis=AuthorisationBasis.DECIDED, effective_from=demo.since,
                effective_precision="day", effective_to=demo.until, source=NOTE, note=NOTE,
            )  # fmt: skip
            self.stdout.write(f"Made demonstration enterprise {demo.uscc}: {demo.state.value}.")


def _password_in(file: Path) -> str | None:
    """The password of this installation, if one was given out before."""
    first_line = file.read_text(encoding="utf-8").partition("\n")[0] if file.exists() else ""
    return first_line.rpartition(" ")[2] or None


def _write_once(file: Path, text: str) -> None:
    """Readable by its owner only (mkstemp's mode), and whole or not there at all."""
    handle, draft = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(draft, file)
