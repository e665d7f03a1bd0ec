"""READER. Where what an entry of the journal tells of can be read: one rule for the journal page, feeds and letters."""

from __future__ import annotations

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import override

from gi_registry.models import JournalEntry

# Pages of the subjects that have one; other subjects lead to what they belong to. Names only: the apps above
# are not imported here.
SUBJECT_PAGES = {
    "product": "products:record",
    "announcement": "products:announcement",
    "agreement": "products:agreement",
    "poverty_list": "products:coverage_list",
    "enterprise": "enterprises:record",
    "authorisation": "enterprises:authorisation",
    "foreign_gi": "products:foreign_gi",
    "testing_body": "products:testing_body",
}


def subject_address(entry: JournalEntry) -> str:
    """The page of an entry's subject, or of what that belongs to; '' where neither has one."""
    for kind, reference in ((entry.subject_kind, entry.subject_id), (entry.parent_kind, entry.parent_id)):
        if kind in SUBJECT_PAGES:
            try:
                return reverse(SUBJECT_PAGES[kind], args=[reference])
            except NoReverseMatch:  # an old entry may hold a reference that no address of today fits
                return ""
    return ""


def public_address(entry: JournalEntry) -> str | None:
    """The same with the host, for programs: the Chinese page, which offers English; None where there is none."""
    with override(settings.LANGUAGE_CODE):
        path = subject_address(entry)
    return settings.SITE_URL + path if path else None
