"""`manage.py api_key issue|end|list`: keys with which an organisation may ask the API more often."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from gi_registry import api_keys, territory
from gi_registry.journal import Actor
from gi_registry.models import ApiKey, User
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role


class Command(BaseCommand):
    help = "Give an organisation a key for the API, end one, or list them. A key is shown once, when it is made."

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        issue = steps.add_parser("issue", help="make a key and show it")
        issue.add_argument("holder", help="name of the organisation; no name of a person")
        issue.add_argument("--note", default="", help="what the key is for")
        end = steps.add_parser("end", help="end a key")
        end.add_argument("number", type=int)
        for one in (issue, end):
            one.add_argument("--by", required=True, metavar="USERNAME", help="the registry officer who decided it")
        steps.add_parser("list", help="show all keys, without their texts")

    @translation.override("en")
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            match options["step"]:
                case "issue":
                    stored, key = api_keys.issue(
                        by=officer(options["by"]), holder=options["holder"], note=options["note"]
                    )
                    self.stdout.write(f"Key {stored.pk} of {stored.holder}. It is shown this once:\n{key}")
                case "end":
                    stored = api_keys.end(options["number"], by=officer(options["by"]))
                    self.stdout.write(f"Key {stored.pk} of {stored.holder} is ended.")
                case _:
                    for stored in ApiKey.objects.all():
                        self.stdout.write(_line(stored))
        except MoveRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error


def officer(username: str) -> Actor:
    """The officer with this name. Raises CommandError."""
    user = User.objects.filter(username=username).first()
    found = [one for one in territory.actors_of(user) if one.role == Role.OFFICER] if user else []
    if not found:
        raise CommandError(f"{username} is no officer of the registry today.")
    return found[0]


def _line(key: ApiKey) -> str:
    dates = [f"{timezone.localtime(at):%Y-%m-%d}" for at in (key.created_at, key.ended_at) if at]
    state = f"from {dates[0]}" + (f", ended {dates[1]}" if key.ended_at else "")
    return f"{key.pk}  {key.holder}  {state}" + (f"  ({key.note})" if key.note else "")
