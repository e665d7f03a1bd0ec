"""`manage.py write_open_data`: make the files of open data now; the worker makes them every night."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from enterprises.open_sets import DATASETS
from gi_registry import open_writing


class Command(BaseCommand):
    help = "Make the files of open data below GI_HOME/open-data, all at one entry of the journal; the last 7 stay."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = open_writing.write(DATASETS)
        except open_writing.AlreadyMaking as refusal:
            raise CommandError(str(refusal)) from refusal
        journal = made.manifest["journal"]["sequence"]
        self.stdout.write(f"{len(made.files)} files in {made.folder}, at entry {journal} of the journal.")
