"""Roles and what each may do. The staff page and the permission matrix read the same table.

Basis: design of the register, section 6; practice of who decides what: GI product protection measures
(CNIPA Order 80) and the provincial pilots of mark-use approval.
"""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """One thing a person may do; checked in writers and queries, together with the territory."""

    READ_JOURNAL = "read_journal", _("read the whole journal")
    WATCH_OPERATION = "watch_operation", _("see how the register runs: checks, queue, backups")
    KEEP_REGISTER = "keep_register", _("enter and amend products, areas, agreements and lists")
    END_PROTECTION = "end_protection", _("confirm or end the protection of a product")
    APPLY_FOR_MARK = "apply_for_mark", _("apply for the own enterprise to use the special mark")
    MANAGE_MEMBERS = "manage_members", _("say who works for the own enterprise")
    READ_FILES = "read_files", _("read the files of applications")
    REVIEW_MARK_USE = "review_mark_use", _("review applications to use the special mark")
    APPROVE_MARK_USE = "approve_mark_use", _("decide in the province on applications to use the special mark")
    DECIDE_NATIONALLY = "decide_nationally", _("decide on applications that no province decides")
    ANNOUNCE_MARK_USE = "announce_mark_use", _("announce who may use the special mark")
    ISSUE_LABELS = "issue_labels", _("certify output, issue and recall labels")
    REVIEW_USE_REPORTS = "review_use_reports", _("review yearly use reports")
    WATCH_COPIES = "watch_copies", _("decide on signals of copied labels and on suspect reports")
    KEEP_CULTIVATION = "keep_cultivation", _("keep candidates, trainings and funding projects")
    KEEP_PLANS = "keep_plans", _("make, adopt and close plans for poverty counties")
    PREPARE_CASES = "prepare_cases", _("prepare protection cases for the applicant")
    GIVE_OPINION = "give_opinion", _("give the province's opinion on protection cases")
    EXAMINE_CASES = "examine_cases", _("examine protection cases and objections")
    KEEP_SYSTEMS = "keep_systems", _("keep standards, testing bodies and checks of products")
    KEEP_INSPECTIONS = "keep_inspections", _("grade enterprises, draw random inspections and publish their results")
    RECORD_INSPECTIONS = "record_inspections", _("record what inspections found")
    FILE_ZONE_PAPERS = "file_zone_papers", _("prepare demonstration zones and file their papers")
    RECOMMEND_ZONES = "recommend_zones", _("recommend demonstration zones")
    DECIDE_ZONES = "decide_zones", _("decide on demonstration zones")
    KEEP_WEBHOOKS = "keep_webhooks", _("keep the addresses to which changes are sent")
    EDIT_PAGES = "edit_pages", _("write pages and news")
    PUBLISH_PAGES = "publish_pages", _("publish pages and news")
    ASSIGN_ROLES = "assign_roles", _("propose roles of people, and agree to what another officer proposed")


class Role(TextChoices):
    """Who somebody is to the register."""

    ENTERPRISE_OWNER = "enterprise_owner", _("enterprise owner")
    ENTERPRISE_OPERATOR = "enterprise_operator", _("enterprise operator")
    REVIEWER = "reviewer", _("reviewer")
    APPROVER = "approver", _("approver")
    OFFICER = "officer", _("registry officer")
    AUDITOR = "auditor", _("auditor")
    EDITOR = "editor", _("editor")
    PUBLISHER = "publisher", _("publisher")
    SYSTEM = "system", _("the register itself")


# Editors write and submit, Moderators publish: Wagtail's own two groups and its approval workflow.
WAGTAIL_GROUPS: dict[Role, str] = {
    Role.EDITOR: "Editors",
    Role.PUBLISHER: "Moderators",
    Role.OFFICER: "Registry officers",
}


@dataclass(frozen=True)
class RoleRule:
    """What a role may do, and whether only inside its own territory."""

    description: str | Promise
    permissions: frozenset[Permission]
    territorial: bool = False
    uses_wagtail: bool = False


RULES: dict[Role, RoleRule] = {
    Role.ENTERPRISE_OWNER: RoleRule(
        _("speaks for one enterprise and invites its operators"),
        frozenset({Permission.APPLY_FOR_MARK, Permission.MANAGE_MEMBERS}),
    ),
    Role.ENTERPRISE_OPERATOR: RoleRule(
        _("works for one enterprise on its applications and labels"), frozenset({Permission.APPLY_FOR_MARK})
    ),
    Role.REVIEWER: RoleRule(
        _("county or prefecture official who reviews applications of the own territory"),
        frozenset(
            {
                Permission.READ_FILES, Permission.REVIEW_MARK_USE, Permission.ISSUE_LABELS, Permission.WATCH_COPIES,
                Permission.KEEP_CULTIVATION, Permission.REVIEW_USE_REPORTS, Permission.PREPARE_CASES,
                Permission.RECORD_INSPECTIONS, Permission.FILE_ZONE_PAPERS,
            }
        ),
        territorial=True,
    ),
    Role.APPROVER: RoleRule(
        _("provincial official who decides on reviewed applications of the own province"),
        frozenset(
            {
                Permission.READ_FILES, Permission.APPROVE_MARK_USE, Permission.ISSUE_LABELS, Permission.WATCH_COPIES,
                Permission.KEEP_CULTIVATION, Permission.KEEP_PLANS, Permission.REVIEW_USE_REPORTS,
                Permission.GIVE_OPINION, Permission.KEEP_SYSTEMS, Permission.KEEP_INSPECTIONS,
                Permission.RECOMMEND_ZONES,
            }
        ),
        territorial=True,
    ),
    Role.OFFICER: RoleRule(
        _("keeps products, areas, agreements and lists right; announces who may use the special mark"),
        frozenset(
            {
                Permission.KEEP_REGISTER, Permission.END_PROTECTION, Permission.READ_JOURNAL, Permission.READ_FILES,
                Permission.DECIDE_NATIONALLY, Permission.ANNOUNCE_MARK_USE, Permission.WATCH_COPIES,
                Permission.KEEP_CULTIVATION, Permission.KEEP_PLANS, Permission.REVIEW_USE_REPORTS,
                Permission.PREPARE_CASES, Permission.EXAMINE_CASES, Permission.KEEP_SYSTEMS,
                Permission.KEEP_INSPECTIONS, Permission.DECIDE_ZONES, Permission.ASSIGN_ROLES,
                Permission.KEEP_WEBHOOKS, Permission.WATCH_OPERATION,
            }
        ),
        uses_wagtail=True,
    ),
    Role.AUDITOR: RoleRule(
        _("reads everything and changes nothing"),
        frozenset({Permission.READ_JOURNAL, Permission.READ_FILES, Permission.WATCH_OPERATION}),
    ),
    Role.EDITOR: RoleRule(_("writes pages and news"), frozenset({Permission.EDIT_PAGES}), uses_wagtail=True),
    Role.PUBLISHER: RoleRule(
        _("publishes pages and news that somebody else wrote"),
        frozenset({Permission.EDIT_PAGES, Permission.PUBLISH_PAGES}),
        uses_wagtail=True,
    ),
    Role.SYSTEM: RoleRule(
        _("commands run by the operator, such as the load of reference data"),
        frozenset(
            {
                Permission.KEEP_REGISTER, Permission.END_PROTECTION, Permission.ISSUE_LABELS, Permission.KEEP_PLANS,
            }
        ),
    ),
}
