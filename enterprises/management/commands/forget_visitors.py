"""`manage.py forget_visitors`: erase what could tell visitors apart once it is 90 days old. To be run daily."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from enterprises import scanning


class Command(BaseCommand):
    help = "Erase the month keys of visitors and fold scans into monthly sums after 90 days. Run it daily."

    def handle(self, *args: Any, **options: Any) -> None:
        told = scanning.forget(timezone.localdate())
        self.stdout.write(f"Erased {told['month_keys']} month keys; folded {told['scans']} scans into monthly sums.")
