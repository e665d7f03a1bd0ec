"""`manage.py forget_visitors`: erase what could tell people apart once it is 90 days old. To be run daily."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from enterprises import scan_partitions, scanning, suspect_reports
from products import objecting


class Command(BaseCommand):
    help = (
        "After 90 days: erase the contacts of suspect reports that are closed and of objections that are decided, then "
        "by whole months the keys of visitors and their scans, of which sums stay. Run it daily."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        contacts = suspect_reports.erase_old_contacts(today)
        self.stdout.write(f"Erased the contacts of {contacts} closed reports.")
        self.stdout.write(f"Erased the contacts of {objecting.erase_old_contacts(today)} decided objections.")
        scan_partitions.ensure_months(today)
        told = scanning.forget(today)
        self.stdout.write(f"Erased {told['month_keys']} month keys; folded {told['scans']} scans into monthly sums.")
