"""`manage.py create_content`: guides, regulations, stories, questions and news that ship with the register."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms.content_files import FOLDER, ContentRefused, read
from cms.content_pages import Maker
from cms.models import HomePage


class Command(BaseCommand):
    help = (
        "Create the pages of the content files in Chinese and English. Pages that are there are left as they are, "
        "wherever they were moved to; what concerns a record that is not loaded is left out with a note."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from", dest="folder", type=Path, default=FOLDER, help="another folder of content files"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not HomePage.objects.exists():
            raise CommandError("There is no home page yet: run create_site first.")
        try:
            made = Maker(read(options["folder"]), self.stdout.write).make()
        except ContentRefused as refused:
            raise CommandError(f"Nothing was created. {refused}") from refused
        if made:
            self.stdout.write(f"{made} pages created.")
