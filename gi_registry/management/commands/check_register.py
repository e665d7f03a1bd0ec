"""`manage.py check_register`: what must be true of all rows together, and every row that breaks it."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from cms import page_invariants
from enterprises import authorisation_invariants, file_invariants, ledger_invariants
from gi_registry import journal, people_invariants
from products import case_invariants, product_invariants

Rule = Callable[[], Iterator[str]]
GROUPS: dict[str, tuple[Rule, ...]] = {
    "products": product_invariants.RULES,
    "cases": case_invariants.RULES,
    "authorisations": authorisation_invariants.RULES,
    "labels": ledger_invariants.RULES,
    "files": file_invariants.RULES,
    "people": people_invariants.INVARIANTS,
    "pages": page_invariants.RULES,
    "journal": (journal.verify,),
}


class Command(BaseCommand):
    help = "Check what must be true of all rows together, and list every row that breaks a rule."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object: group -> rule -> sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:  # a question over all rows may take longer than one of a page
                cursor.execute("SET statement_timeout = 0")
        found: dict[str, dict[str, list[str]]] = {}
        for group, rules in GROUPS.items():
            for rule in rules:
                for fault in rule():
                    found.setdefault(group, {}).setdefault(rule.__name__, []).append(fault)
                    if not options["json"]:
                        self.stderr.write(fault)
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
        for group, broken in found.items():
            if not options["json"]:
                self.stdout.write(
                    f"{group}: {', '.join(f'{name} ({len(rows)})' for name, rows in broken.items())}"
                )
        if count := sum(len(rows) for broken in found.values() for rows in broken.values()):
            raise CommandError(f"{count} rules of the register are broken.")
        if not options["json"]:
            rules_there = sum(len(rules) for rules in GROUPS.values())
            self.stdout.write(f"The register is in order: {rules_there} rules hold for all rows.")
