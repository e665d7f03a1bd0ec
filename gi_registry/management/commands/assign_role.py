"""`manage.py assign_role`: give somebody a role, or end it. For the operator, who is asked by two people on paper."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone, translation

from gi_registry import staff
from gi_registry.journal import Actor
from gi_registry.models import Division, RoleAssignment, User
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role

ASSIGNABLE = [role.value for role in Role if role != Role.SYSTEM and not role.startswith("enterprise")]


class Command(BaseCommand):
    help = (
        "Give a person a role from today on (reviewer and approver in a division), or end it today with --end. "
        "Enterprises sign up by themselves and need no role from here. The account is made when it is not there: "
        "its password is then set by mail with 'forgotten password'."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("role", choices=ASSIGNABLE)
        parser.add_argument("--division", default="", help="GB/T 2260 code of the territory")
        parser.add_argument("--email", default="", help="address of a new account")
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
        by, today, role = Actor.system("assign_role"), timezone.localdate(), Role(options["role"])
        if created:
            user.set_unusable_password()
            user.save()
        try:
            if options["end"]:
                self._end(user, role, division, by)
            else:
                staff.assign_role(user=user, role=role, division=division, by=by, on=today)
        except MoveRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{user.username}: {role.label} {'ended' if options['end'] else 'given'}.")

    def _end(self, user: User, role: Role, division: Division | None, by: Actor) -> None:
        rows = RoleAssignment.objects.on(timezone.localdate()).filter(user=user, role=role, division=division)
        assignment = rows.filter(effective_to=None).first()
        if assignment is None:
            raise CommandError(f"{user.username} does not hold this role there.")
        staff.end_role(assignment=assignment, by=by, on=timezone.localdate())
