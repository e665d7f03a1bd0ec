"""READER. Protection cases: who may read and handle them, how the journal names them, what they still lack."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from gi_registry import territory
from gi_registry.journal import Actor, Subject
from gi_registry.models import Division
from gi_registry.moves import MoveRefused
from gi_registry.roles import RULES, Permission
from products.case_models import ProtectionCase, ProtectionCaseQuerySet
from products.case_states import EDITABLE_CASES, CaseState

# Who works on cases, and does not only read them.
HANDLING = (
    Permission.PREPARE_CASES, Permission.GIVE_OPINION, Permission.EXAMINE_CASES, Permission.END_PROTECTION,
)  # fmt: skip


def case_subject(case: ProtectionCase) -> Subject:
    """The name of a case in the journal: its number, and once the public may read it, what it is about."""
    label = str(case) if case.public_from is not None else case.reference
    return Subject("case", case.reference, label)


def held(case: ProtectionCase) -> ProtectionCase:
    """The row as it is now, held until the end of the transaction; always before objections and the journal."""
    rows = ProtectionCase.objects.select_for_update(of=("self",))
    return rows.select_related("division__parent__parent", "right__product__province").get(pk=case.pk)


def visible(actors: Iterable[Actor]) -> ProtectionCaseQuerySet:
    """The cases that officials may read: of the own territory where a role is held for one.

    Drafts are seen by those who prepare cases there; the auditor sees what was filed.
    """
    wanted = Q(pk__in=[])
    for actor in actors:
        if not actor.has(Permission.READ_FILES):
            continue
        reach = Q(pk__gt=0)
        if RULES[actor.role].territorial:
            code = actor.division.code if actor.division else ""
            reach = Q(division__in=Division.objects.within(code).values("pk"))
        if not actor.has(Permission.PREPARE_CASES):
            reach &= ~Q(state=CaseState.DRAFT)
        wanted |= reach
    return ProtectionCase.objects.filter(wanted)


def must_prepare(by: Actor, division: Division) -> None:
    """Refuse whoever does not prepare cases there."""
    if not territory.may(by, Permission.PREPARE_CASES, division):
        raise MoveRefused("not_permitted", _("Your role or territory does not allow this step."))


def must_be_editable(case: ProtectionCase) -> None:
    """Refuse to write in a case that is neither a draft nor sent back for its defects."""
    if case.state not in EDITABLE_CASES:
        raise MoveRefused("wrong_state", _("This step is not possible in the present state."))
