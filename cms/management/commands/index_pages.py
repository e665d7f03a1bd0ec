"""`manage.py index_pages`: make the search tokens of all published pages and files anew."""

from typing import Any

from django.core.management.base import BaseCommand

from cms import page_texts


class Command(BaseCommand):
    help = "Make the search tokens of pages and files anew, as after a restore or a change of how texts are read."

    def handle(self, *args: Any, **options: Any) -> None:
        pages, files = page_texts.rebuild()
        self.stdout.write(f"Pages: {pages}. Files: {files}.")
