"""Which kind of file is which: the one list behind the import rule, the budgets and the type check.

A tag says what a file is and, by that, what it may import of ours (docs/architecture.md):

LEAF    words and pure functions                     imports LEAF
MODEL   tables, constraints, QuerySets               imports LEAF, MODEL
READER  answers a question, changes nothing          imports LEAF, MODEL, READER
OUT     mails                                        imports LEAF, MODEL
WRITER  the only place where legal facts change      imports LEAF, MODEL, READER, OUT, WRITER of an app below
EDGE    forms, filters, views, screens, commands     imports all of these, and EDGE of its own app
ROOF    wiring                                       imports everything

`python -m tests.tags LEAF READER WRITER` prints the files with these tags (for the type check).
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# From the top to the ground: a file may import from its own app and from the apps after it.
APPS = ("cms", "enterprises", "products", "gi_registry")

TAGS: dict[str, str] = {
    # --- ground floor and roof ---
    "gi_registry/accounts.py": "EDGE",
    "gi_registry/amendments.py": "WRITER",
    "gi_registry/byte_ranges.py": "LEAF",
    "gi_registry/checks.py": "ROOF",
    "gi_registry/context.py": "EDGE",
    "gi_registry/converters.py": "LEAF",
    "gi_registry/csv_files.py": "LEAF",
    "gi_registry/data_words.py": "LEAF",
    "gi_registry/demo_cases.py": "ROOF",
    "gi_registry/demo_labels.py": "ROOF",
    "gi_registry/divisions.py": "WRITER",
    "gi_registry/event_types.py": "LEAF",
    "gi_registry/exports.py": "READER",
    "gi_registry/full_text.py": "MODEL",
    "gi_registry/ip_sources.py": "LEAF",
    "gi_registry/ip_tables.py": "LEAF",
    "gi_registry/journal.py": "WRITER",
    "gi_registry/journal_guards.py": "LEAF",
    "gi_registry/label_archives.py": "LEAF",
    "gi_registry/label_images.py": "LEAF",
    "gi_registry/label_pdf.py": "LEAF",
    "gi_registry/label_symbols.py": "LEAF",
    "gi_registry/models.py": "MODEL",
    "gi_registry/moves.py": "WRITER",
    "gi_registry/networks.py": "LEAF",
    "gi_registry/own_keys.py": "LEAF",
    "gi_registry/partial_dates.py": "LEAF",
    "gi_registry/pdf_stream.py": "LEAF",
    "gi_registry/places.py": "LEAF",
    "gi_registry/print_sheets.py": "LEAF",
    "gi_registry/qr_codes.py": "LEAF",
    "gi_registry/query_values.py": "LEAF",
    "gi_registry/ready_pages.py": "LEAF",
    "gi_registry/reference_divisions.py": "EDGE",
    "gi_registry/roles.py": "LEAF",
    "gi_registry/search_text.py": "LEAF",
    "gi_registry/seals.py": "LEAF",
    "gi_registry/settings.py": "ROOF",
    "gi_registry/staff.py": "WRITER",
    "gi_registry/state_tables.py": "LEAF",
    "gi_registry/territory.py": "READER",
    "gi_registry/text_forms.py": "LEAF",
    "gi_registry/throttle.py": "LEAF",
    "gi_registry/uploads.py": "LEAF",
    "gi_registry/visitors.py": "LEAF",
    "gi_registry/working_days.py": "LEAF",
    "gi_registry/urls.py": "ROOF",
    "gi_registry/views.py": "EDGE",
    "gi_registry/wsgi.py": "ROOF",
    "gi_registry/templatetags/register_tags.py": "EDGE",
    "gi_registry/late_forms.py": "READER",
    "gi_registry/management/commands/assign_role.py": "ROOF",
    "gi_registry/management/commands/build_ip_table.py": "ROOF",
    "gi_registry/management/commands/check_register.py": "ROOF",
    "gi_registry/management/commands/demo_code.py": "ROOF",
    "gi_registry/management/commands/load_boundaries.py": "ROOF",
    "gi_registry/management/commands/load_reference.py": "ROOF",
    "gi_registry/management/commands/release_enterprise.py": "ROOF",
    "gi_registry/management/commands/seed_demo.py": "ROOF",
    "gi_registry/management/commands/set_up.py": "ROOF",
    "gi_registry/management/commands/write_states.py": "ROOF",
    "gi_registry/management/commands/verify_journal.py": "EDGE",
    # --- what is protected ---
    "products/agreement_words.py": "LEAF",
    "products/agreements.py": "READER",
    "products/area_check.py": "READER",
    "products/announcement_mentions.py": "READER",
    "products/announcement_numbers.py": "LEAF",
    "products/area_wording.py": "LEAF",
    "products/checks.py": "EDGE",
    "products/coverage.py": "READER",
    "products/coverage_rules.py": "LEAF",
    "products/cultivation_models.py": "MODEL",
    "products/cultivation_states.py": "LEAF",
    "products/facets.py": "READER",
    "products/filters.py": "EDGE",
    "products/geography.py": "READER",
    "products/importing.py": "READER",
    "products/list_exits.py": "READER",
    "products/linked_data.py": "READER",
    "products/list_registrar.py": "WRITER",
    "products/lookup.py": "READER",
    "products/map_grid.py": "LEAF",
    "products/maps.py": "READER",
    "products/models.py": "MODEL",
    "products/outlines.py": "LEAF",
    "products/plan_models.py": "MODEL",
    "products/plan_states.py": "LEAF",
    "products/product_rows.py": "READER",
    "products/reaching.py": "READER",
    "products/record_facts.py": "READER",
    "products/record_values.py": "READER",
    "products/region_facts.py": "READER",
    "products/reference.py": "EDGE",
    "products/reference_agreements.py": "EDGE",
    "products/reference_poverty.py": "EDGE",
    "products/reference_rows.py": "EDGE",
    "products/registrar.py": "WRITER",
    "products/search_page.py": "EDGE",
    "products/states.py": "LEAF",
    "products/summaries.py": "READER",
    "products/timeline.py": "READER",
    "products/urls.py": "EDGE",
    "products/users.py": "READER",
    "products/views/agreements.py": "EDGE",
    "products/views/announcements.py": "EDGE",
    "products/views/coverage.py": "EDGE",
    "products/views/records.py": "EDGE",
    "products/views/regions.py": "EDGE",
    "products/views/search.py": "EDGE",
    # --- who may use it ---
    "enterprises/account_forms.py": "EDGE",
    "enterprises/announced.py": "READER",
    "enterprises/announcing.py": "WRITER",
    "enterprises/application_models.py": "MODEL",
    "enterprises/authorisation_facts.py": "READER",
    "enterprises/case_files.py": "READER",
    "enterprises/clocks.py": "LEAF",
    "enterprises/completeness.py": "READER",
    "enterprises/copy_signals.py": "WRITER",
    "enterprises/credit_codes.py": "LEAF",
    "enterprises/desk_forms.py": "EDGE",
    "enterprises/desk_label_forms.py": "EDGE",
    "enterprises/desk_label_urls.py": "EDGE",
    "enterprises/desk_label_words.py": "LEAF",
    "enterprises/desk_queue.py": "READER",
    "enterprises/desk_report_urls.py": "EDGE",
    "enterprises/desk_urls.py": "EDGE",
    "enterprises/desk_words.py": "LEAF",
    "enterprises/directory.py": "READER",
    "enterprises/document_store.py": "READER",
    "enterprises/drafts.py": "WRITER",
    "enterprises/enrolment.py": "WRITER",
    "enterprises/file_history.py": "READER",
    "enterprises/filters.py": "EDGE",
    "enterprises/insights.py": "READER",
    "enterprises/invitations.py": "READER",
    "enterprises/key_rotation.py": "WRITER",
    "enterprises/label_codes.py": "LEAF",
    "enterprises/label_facts.py": "READER",
    "enterprises/label_forms.py": "EDGE",
    "enterprises/label_keys.py": "LEAF",
    "enterprises/label_models.py": "MODEL",
    "enterprises/label_queue.py": "READER",
    "enterprises/label_printing.py": "READER",
    "enterprises/label_states.py": "LEAF",
    "enterprises/label_steps.py": "READER",
    "enterprises/label_urls.py": "EDGE",
    "enterprises/labels.py": "WRITER",
    "enterprises/models.py": "MODEL",
    "enterprises/output.py": "WRITER",
    "enterprises/report_facts.py": "READER",
    "enterprises/report_forms.py": "EDGE",
    "enterprises/report_mails.py": "OUT",
    "enterprises/report_photos.py": "READER",
    "enterprises/report_urls.py": "EDGE",
    "enterprises/report_words.py": "LEAF",
    "enterprises/scan_models.py": "MODEL",
    "enterprises/scanning.py": "WRITER",
    "enterprises/signal_evidence.py": "READER",
    "enterprises/signal_facts.py": "READER",
    "enterprises/verdict_words.py": "LEAF",
    "enterprises/verdicts.py": "LEAF",
    "enterprises/verification.py": "READER",
    "enterprises/form_fields.py": "EDGE",
    "enterprises/membership.py": "WRITER",
    "enterprises/notifications.py": "OUT",
    "enterprises/papers.py": "READER",
    "enterprises/reference.py": "EDGE",
    "enterprises/reference_authorities.py": "EDGE",
    "enterprises/people_urls.py": "EDGE",
    "enterprises/portal_choices.py": "READER",
    "enterprises/portal_facts.py": "READER",
    "enterprises/portal_forms.py": "EDGE",
    "enterprises/portal_words.py": "READER",
    "enterprises/portal_urls.py": "EDGE",
    "enterprises/record_words.py": "READER",
    "enterprises/states.py": "LEAF",
    "enterprises/supervised.py": "READER",
    "enterprises/supervision.py": "WRITER",
    "enterprises/suspect_reports.py": "WRITER",
    "enterprises/templatetags/label_tags.py": "EDGE",
    "enterprises/urls.py": "EDGE",
    "enterprises/management/commands/forget_visitors.py": "EDGE",
    "enterprises/management/commands/rotate_master_key.py": "EDGE",
    "enterprises/views/announcements.py": "EDGE",
    "enterprises/views/authorisations.py": "EDGE",
    "enterprises/views/desk.py": "EDGE",
    "enterprises/views/desk_access.py": "EDGE",
    "enterprises/views/desk_announcements.py": "EDGE",
    "enterprises/views/desk_authorisations.py": "EDGE",
    "enterprises/views/desk_batches.py": "EDGE",
    "enterprises/views/desk_labels.py": "EDGE",
    "enterprises/views/desk_reports.py": "EDGE",
    "enterprises/views/desk_signals.py": "EDGE",
    "enterprises/views/desk_moves.py": "EDGE",
    "enterprises/views/desk_sites.py": "EDGE",
    "enterprises/views/directory.py": "EDGE",
    "enterprises/views/find.py": "EDGE",
    "enterprises/views/first_steps.py": "EDGE",
    "enterprises/views/label_files.py": "EDGE",
    "enterprises/views/label_page.py": "EDGE",
    "enterprises/views/people.py": "EDGE",
    "enterprises/views/portal.py": "EDGE",
    "enterprises/views/portal_access.py": "EDGE",
    "enterprises/views/portal_authorisations.py": "EDGE",
    "enterprises/views/portal_batches.py": "EDGE",
    "enterprises/views/portal_documents.py": "EDGE",
    "enterprises/views/portal_labels.py": "EDGE",
    "enterprises/views/portal_steps.py": "EDGE",
    "enterprises/views/report.py": "EDGE",
    "enterprises/views/verify.py": "EDGE",
    "enterprises/cultivation_urls.py": "EDGE",
    "enterprises/effect_urls.py": "EDGE",
    "enterprises/list_urls.py": "EDGE",
    "enterprises/plan_urls.py": "EDGE",
    "enterprises/use_desk_urls.py": "EDGE",
    "enterprises/use_models.py": "MODEL",
    "enterprises/use_portal_urls.py": "EDGE",
    "enterprises/use_states.py": "LEAF",
    "enterprises/workflow.py": "WRITER",
    # --- words around the register ---
    "cms/figures.py": "READER",
    "cms/models.py": "MODEL",
    "cms/wagtail_hooks.py": "EDGE",
    "cms/templatetags/cms_tags.py": "EDGE",
    "cms/management/commands/create_site.py": "EDGE",
}

# Everybody may name the words of the journal and ask it; only writers may add to it.
JOURNAL = "gi_registry/journal.py"
JOURNAL_ADDING = {"record", "record_all"}
JOURNAL_ASKING = {"Actor", "Event", "Subject", "as_json", "digest", "history_of", "verify"}

# Files that are no WRITER and yet store rows, each with the reason.
MAY_STORE: dict[str, str] = {
    "cms/management/commands/create_site.py": "pages are words about the register, not legal facts",
    "gi_registry/management/commands/assign_role.py": "makes the account of a new official",
    "gi_registry/management/commands/seed_demo.py": "makes demonstration accounts",
    "gi_registry/models.py": "the user manager stores accounts",
}

# Lines a file may have, by tag or by name; a file that needs more stands in RAISED with its reason.
BUDGET_BY_TAG = {"MODEL": 600, "READER": 300, "WRITER": 300}
BUDGET_BY_NAME = {"settings.py": 300, "views.py": 250, "wagtail_hooks.py": 60}
BUDGET_VIEW_FOLDER = 250
BUDGET_ONE_VIEW = 25
BUDGET_TEMPLATE = 150
BUDGET_TEST = 800
RAISED: dict[str, tuple[int, str]] = {}


def code_files() -> list[str]:
    """Every Python file of the apps that needs a tag: no migrations, no package files, no app configs."""
    return sorted(
        file.relative_to(ROOT).as_posix()
        for app in APPS
        for file in (ROOT / app).rglob("*.py")
        if file.name not in ("__init__.py", "apps.py") and "migrations" not in file.parts
    )


def tagged(*tags: str) -> list[str]:
    """The files that are there and have one of these tags."""
    return sorted(file for file, tag in TAGS.items() if tag in tags and (ROOT / file).is_file())


if __name__ == "__main__":
    print("\n".join(tagged(*sys.argv[1:])))
