"""READER. What must be true of enterprises, their files, their authorisations and who acts for them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, F, Q

from enterprises import record_words
from enterprises.application_models import Deadline, MarkApplication, StopCase
from enterprises.inspection_models import CreditGrade
from enterprises.label_models import IssueRule
from enterprises.models import (
    Authorisation,
    DecisionAuthority,
    Enterprise,
    EnterpriseSearchText,
    Membership,
    Suspension,
    Terms,
)
from enterprises.states import (
    OPEN,
    OVER,
    USABLE,
    ApplicationState,
    AuthorisationBasis,
    AuthorisationState,
    StopState,
)
from gi_registry.dated_rows import Dated, backwards, overlapping
from gi_registry.models import JournalEntry
from gi_registry.roles import Role
from products.models import Product


def authorisations_stand_on_protection() -> Iterator[str]:
    """An authorisation that was decided here stands only while its product is protected, and has one current terms."""
    live = Authorisation.objects.filter(basis=AuthorisationBasis.DECIDED, state__in=USABLE)
    for row in live.exclude(product__in=Product.objects.in_force().values("pk")):
        yield f"Authorisation {row.reference}: it stands although the product is not protected."
    decided = Authorisation.objects.filter(terms__isnull=False).distinct()
    for row in decided.annotate(current=Count("terms", filter=Q(terms__effective_to=None))):
        current: int = row.current  # type: ignore[attr-defined]
        if current != (row.state not in OVER):
            yield f"Authorisation {row.reference}: state {row.state} does not go with {current} current terms."


def authorisations_live_once() -> Iterator[str]:
    """An enterprise is authorised for a product once at a time."""
    live = Authorisation.objects.filter(basis=AuthorisationBasis.DECIDED).exclude(state__in=OVER)
    for row in (
        live.values("enterprise__reference", "product__number")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .order_by()
    ):
        yield f"Enterprise {row['enterprise__reference']}: authorised {row['n']} times for {row['product__number']}."


def authorisations_have_their_days() -> Iterator[str]:
    """What is over has a last day, what is not has none; it lies after the first."""
    for row in Authorisation.objects.filter(Q(state__in=OVER) ^ Q(effective_to__isnull=False)):
        yield f"Authorisation {row.reference}: state {row.state} does not go with its last day."
    for row in Authorisation.objects.filter(effective_to__lt=F("effective_from")):
        yield f"Authorisation {row.reference}: it ends before it begins."


def suspensions_go_with_the_state() -> Iterator[str]:
    """What is suspended by a row is suspended by its state, unless it is over; a row of the past has ended."""
    rows = Authorisation.objects.filter(suspensions__effective_to=None, suspensions__isnull=False)
    for row in rows.exclude(state=AuthorisationState.SUSPENDED).distinct():
        yield f"Authorisation {row.reference}: state {row.state}, but a suspension has not ended."
    told = Authorisation.objects.filter(state=AuthorisationState.SUSPENDED, suspensions__isnull=False)
    for row in told.exclude(suspensions__effective_to=None).distinct():
        yield f"Authorisation {row.reference}: suspended, but its suspensions have ended."


def dated_rows_follow_each_other() -> Iterator[str]:
    """Terms, suspensions, grades, issue rules and powers to decide: of each one holds at a time."""
    dated: list[Dated] = []
    for term in Terms.objects.select_related("authorisation"):
        name = f"Authorisation {term.authorisation.reference}: its terms of {term.effective_from}"
        dated.append((("terms", term.authorisation_id), term.effective_from, term.effective_to, name))
    for row in Suspension.objects.select_related("authorisation"):
        name = f"Authorisation {row.authorisation.reference}: its suspension of {row.effective_from}"
        dated.append((("suspension", row.authorisation_id), row.effective_from, row.effective_to, name))
    for grade in CreditGrade.objects.select_related("enterprise"):
        name = f"Enterprise {grade.enterprise.reference}: its grade of {grade.effective_from}"
        dated.append((("grade", grade.enterprise_id), grade.effective_from, grade.effective_to, name))
    for rule in IssueRule.objects.select_related("province"):
        name = f"Province {rule.province.code}: its issue rule of {rule.effective_from}"
        dated.append((("rule", rule.province_id), rule.effective_from, rule.effective_to, name))
    for power in DecisionAuthority.objects.select_related("province"):
        name = f"Province {power.province.code}: its power to decide of {power.effective_from}"
        dated.append((("power", power.province_id), power.effective_from, power.effective_to, name))
    for name in overlapping(dated):
        yield f"{name} begins before another has ended."
    for name in backwards(dated):
        yield f"{name} ends before it begins."


def files_are_where_their_rows_say() -> Iterator[str]:
    """Clocks run in open files only; what was announced has its terms, and nothing else has."""
    for clock in (
        Deadline.objects.filter(stopped_on=None)
        .exclude(application__state__in=OPEN)
        .select_related("application")
    ):
        yield f"File {clock.application.reference}: its clock {clock.kind} runs though it is {clock.application.state}."
    for clock in Deadline.objects.filter(due_on__lt=F("started_on")).select_related("application"):
        yield f"File {clock.application.reference}: its clock {clock.kind} ends before it begins."
    for file in MarkApplication.objects.filter(Q(state=ApplicationState.ANNOUNCED) ^ Q(terms__isnull=False)):
        yield f"File {file.reference}: state {file.state} does not go with its terms."
    done = [ApplicationState.APPROVED, ApplicationState.ANNOUNCED, ApplicationState.REFUSED]
    for file in MarkApplication.objects.filter(state__in=done, decided_on=None):
        yield f"File {file.reference}: {file.state} without a day."


def two_people_end_an_authorisation() -> Iterator[str]:
    """Who proposed to end an authorisation did not decide on it."""
    for case in StopCase.objects.filter(state=StopState.DECIDED, decided_by=F("proposed_by")).select_related(
        "authorisation"
    ):
        yield f"Authorisation {case.authorisation.reference}: one person proposed its end and decided on it."


def memberships_name_one_owner() -> Iterator[str]:
    """An enterprise has one owner at a time, and nobody acts for two."""
    current = Membership.objects.filter(ended_at=None)
    owners = (
        current.filter(role=Role.ENTERPRISE_OWNER).values("enterprise__reference").annotate(n=Count("pk"))
    )
    for row in owners.filter(n__gt=1).order_by():
        yield f"Enterprise {row['enterprise__reference']}: it has {row['n']} owners."
    for one in current.values("user").annotate(n=Count("pk")).filter(n__gt=1).order_by():
        yield f"Account {one['user']}: acts for {one['n']} enterprises."
    for membership in Membership.objects.filter(ended_at__lt=F("began_at")):
        yield f"Membership {membership.pk}: it ends before it begins."


def enterprises_are_found_by_their_names() -> Iterator[str]:
    """Every enterprise is found by the names that it has now."""
    stored = dict(EnterpriseSearchText.objects.values_list("enterprise", "tokens"))
    for enterprise in Enterprise.objects.public():
        if stored.get(enterprise.pk) != record_words.search_tokens(enterprise):
            yield f"Enterprise {enterprise.reference}: its search text is not in step with its names."


def every_file_has_a_history() -> Iterator[str]:
    """Enterprises, authorisations and files that were sent came in through the journal."""
    known = set(JournalEntry.objects.values_list("subject_kind", "subject_id").distinct())
    for kind, rows in (
        ("enterprise", Enterprise.objects.public().values_list("reference", flat=True)),
        ("authorisation", Authorisation.objects.values_list("reference", flat=True)),
        ("application", MarkApplication.objects.sent().values_list("reference", flat=True)),
    ):
        for reference in rows:
            if (kind, reference) not in known:
                yield f"{kind.capitalize()} {reference}: the journal does not know it."


RULES = (
    authorisations_stand_on_protection, authorisations_live_once, authorisations_have_their_days,
    suspensions_go_with_the_state, dated_rows_follow_each_other, files_are_where_their_rows_say,
    two_people_end_an_authorisation, memberships_name_one_owner, enterprises_are_found_by_their_names,
    every_file_has_a_history,
)  # fmt: skip
