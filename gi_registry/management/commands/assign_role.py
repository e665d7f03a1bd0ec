"""`manage.py assign_role`: give somebody a role, or end it, for the first officers and when fewer than two are left."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import translation

from gi_registry import role_changes, role_facts
from gi_registry.models import Division, User
from gi_registry.moves import MoveRefused
from gi_registry.role_states import OFFICIAL_ROLES, RoleChange
from gi_registry.roles import Role


class Command(BaseCommand):
    help = (
        "Give a person a role from today on (reviewer and approver in a division), or end it today with --end. "
        "Enterprises sign up by themselves and need no role from here. The account is made when it is not there: "
        "its password is then set by mail with 'forgotten password'. Once there are two officers they change roles "
        "at the desk (/desk/people/), one proposing and one agreeing; this command then needs --by and --reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("role", choices=[role.value for role in OFFICIAL_ROLES])
        parser.add_argument("--division", default="", help="GB/T 2260 code of the territory")
        parser.add_argument("--email", default="", help="address of a new account")
        parser.add_argument("--by", default="", help="user name of the officer who asked for it")
        parser.add_argument("--reason", default="", help="why the two officers cannot do it at the desk")
        parser.add_argument("--end", action="store_true", help="end the role instead")

    @transaction.atomic
    @translation.override("en")
    def handle(self, *args: Any, **options: Any) -> None:
        division = Division.objects.current().filter(code=options["division"]).first()
        if options["division"] and division is None:
            raise CommandError(f"{options['division']} is no division of today.")
        user, created = User.objects.get_or_create(
            username=options["username"], defaults={"email": options["email"].lower()}
        )
        if created:
            user.set_unusable_password()
            user.save()
        asked_by = User.objects.filter(username=options["by"], is_active=True).first()
        if options["by"] and asked_by is None:
            raise CommandError(f"{options['by']} is no account.")
        role = Role(options["role"])
        try:
            role_changes.by_command(
                change=RoleChange.TAKE if options["end"] else RoleChange.GIVE, user=user, role=role,
                division=division, asked_by=asked_by, reason=options["reason"],
            )  # fmt: skip
        except MoveRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{user.username}: {role.label} {'ended' if options['end'] else 'given'}.")
        if role_facts.officers() < 2:
            self.stdout.write("Fewer than two officers hold their role: roles cannot be changed at the desk yet.")
