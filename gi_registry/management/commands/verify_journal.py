"""Prove that the journal is whole: no gap, no changed entry, guards in place."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gi_registry import journal, operation_notes
from gi_registry.models import JournalHead


class Command(BaseCommand):
    help = "Check every hash of the journal and print its head; fails when one link is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = list(journal.verify())
        for fault in faults:
            self.stderr.write(fault)
        head = JournalHead.objects.filter(pk=1).first()
        entries, last = (head.sequence, head.hash) if head else (0, journal.GENESIS)
        operation_notes.write(operation_notes.VERIFIED, ok=not faults, sequence=entries, hash=last)
        if faults:
            raise CommandError(f"The journal is broken in {len(faults)} places.")
        self.stdout.write(f"The journal is whole: {entries} entries, head {last}")
