"""`manage.py release_enterprise`: the wrong people act for an enterprise; the next who confirms becomes its owner.

For the operator, on proof (the business licence): whoever is first with a credit code gets its account, and no
machine can tell whether they were entitled.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from enterprises import credit_codes, membership
from enterprises.models import Enterprise
from gi_registry.journal import Actor


class Command(BaseCommand):
    help = "End every membership of the enterprise with this credit code, each with an entry in the journal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("credit_code")

    def handle(self, *args: Any, **options: Any) -> None:
        code = credit_codes.normalise(options["credit_code"])
        enterprise = Enterprise.objects.filter(uscc=code).first()
        if enterprise is None:
            raise CommandError(f"No enterprise of the register has the code {code}.")
        number = membership.release(enterprise, by=Actor.system("release_enterprise"))
        self.stdout.write(f"{number} people ceased to act for {enterprise.name_zh}; the next to confirm is its owner.")
