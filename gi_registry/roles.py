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
    KEEP_REGISTER = "keep_register", _("enter and amend products, areas, agreements and lists")
    END_PROTECTION = "end_protection", _("confirm or end the protection of a product")
    REVIEW_MARK_USE = "review_mark_use", _("review applications to use the special mark")
    APPROVE_MARK_USE = "approve_mark_use", _("decide on applications to use the special mark")
    EDIT_PAGES = "edit_pages", _("write pages and news")
    PUBLISH_PAGES = "publish_pages", _("publish pages and news")
    ASSIGN_ROLES = "assign_roles", _("assign roles to people")


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


@dataclass(frozen=True)
class RoleRule:
    """What a role may do, and whether only inside its own territory."""

    description: str | Promise
    permissions: frozenset[Permission]
    territorial: bool = False
    uses_wagtail: bool = False


RULES: dict[Role, RoleRule] = {
    Role.ENTERPRISE_OWNER: RoleRule(_("speaks for one enterprise and invites its operators"), frozenset()),
    Role.ENTERPRISE_OPERATOR: RoleRule(_("works for one enterprise on its applications and labels"), frozenset()),
    Role.REVIEWER: RoleRule(
        _("county or prefecture official who reviews applications of the own territory"),
        frozenset({Permission.REVIEW_MARK_USE}),
        territorial=True,
    ),
    Role.APPROVER: RoleRule(
        _("provincial official who decides on reviewed applications of the own province"),
        frozenset({Permission.APPROVE_MARK_USE}),
        territorial=True,
    ),
    Role.OFFICER: RoleRule(
        _("keeps products, areas, agreements and lists right"),
        frozenset({Permission.KEEP_REGISTER, Permission.END_PROTECTION, Permission.READ_JOURNAL}),
        uses_wagtail=True,
    ),
    Role.AUDITOR: RoleRule(_("reads everything and changes nothing"), frozenset({Permission.READ_JOURNAL})),
    Role.EDITOR: RoleRule(_("writes pages and news"), frozenset({Permission.EDIT_PAGES}), uses_wagtail=True),
    Role.PUBLISHER: RoleRule(
        _("publishes pages and news that somebody else wrote"),
        frozenset({Permission.EDIT_PAGES, Permission.PUBLISH_PAGES}),
        uses_wagtail=True,
    ),
    Role.SYSTEM: RoleRule(
        _("commands run by the operator, such as the load of reference data"),
        frozenset({Permission.KEEP_REGISTER, Permission.END_PROTECTION}),
    ),
}
