"""READER. The files of applications: who may read and handle them, and how the journal names them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from enterprises.application_models import MarkApplication, MarkApplicationQuerySet
from enterprises.models import Authorisation, Enterprise, Membership
from enterprises.states import ApplicationState
from gi_registry import territory
from gi_registry.journal import Actor, Subject
from gi_registry.models import Division, User
from gi_registry.roles import RULES, Permission, Role
from gi_registry.state_tables import MoveRefused

# Who works on files, and does not only read them.
HANDLING = (Permission.REVIEW_MARK_USE, Permission.APPROVE_MARK_USE, Permission.DECIDE_NATIONALLY)


def not_permitted() -> MoveRefused:
    """The refusal of somebody whose role or territory does not reach so far."""
    return MoveRefused("not_permitted", _("Your role or territory does not allow this step."))


def application_subject(application: MarkApplication) -> Subject:
    """The name of an application in the journal. It does not name the enterprise, which only applies."""
    product = application.product.name_zh if application.product else ""
    return Subject("application", application.reference, f"{application.reference} · {product}")


def held(authorisation: Authorisation) -> Authorisation:
    """The row as it is now, held until the end of the transaction: nobody suspends it meanwhile.

    Always the first row that a writer of labels holds, then the season, then the batch, then the journal.
    """
    rows = Authorisation.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("enterprise__province", "product").get(pk=authorisation.pk)


def locked(application: MarkApplication) -> MarkApplication:
    """The row as it is now, held until the end of the transaction."""
    rows = MarkApplication.objects.select_for_update(of=("self",))
    try:
        return rows.select_related("product", "enterprise", "division__parent__parent").get(pk=application.pk)
    except MarkApplication.DoesNotExist:
        raise MoveRefused("gone", _("This draft was thrown away meanwhile.")) from None


def division_of(authorisation: Authorisation) -> Division | None:
    """Whose officials watch over an authorisation: those of its file, else those of the enterprise's province."""
    terms = authorisation.terms.select_related("application__division__parent__parent").last()
    return terms.application.division if terms else authorisation.enterprise.province


# --- The enterprise ---


def membership_of(user: User) -> Membership | None:
    """For which enterprise a person acts now, if for any."""
    if not user.is_authenticated:
        return None
    return Membership.objects.current().filter(user=user).select_related("enterprise").first()


def actor_of(membership: Membership) -> Actor:
    """The person of a membership as the journal names it."""
    return Actor.user(membership.user, Role(membership.role))


def must_act_for(by: Actor, enterprise: Enterprise) -> None:
    """Refuse whoever does not act for the enterprise now."""
    if not by.has(Permission.APPLY_FOR_MARK):
        raise not_permitted()
    if not Membership.objects.current().filter(user_id=by.person, enterprise=enterprise, role=by.role).exists():
        raise not_permitted()


# --- The desk ---


def desk_actors(user: User) -> list[Actor]:
    """The roles in which a person may read files today."""
    if not user.is_authenticated:
        return []
    return [actor for actor in territory.actors_of(user) if actor.has(Permission.READ_FILES)]


def within_reach(actors: Iterable[Actor], column: str) -> Q:
    """Condition on rows whose `column` holds a division: what roles that read files reach in their territories."""
    wanted = Q(pk__in=[])
    for actor in actors:
        if not actor.has(Permission.READ_FILES):
            continue
        if not RULES[actor.role].territorial:
            wanted |= Q(pk__gt=0)
        elif actor.division is not None:
            wanted |= Q(**{f"{column}__in": Division.objects.within(actor.division.code).values("pk")})
    return wanted


def visible_to(actors: Iterable[Actor]) -> MarkApplicationQuerySet:
    """The files that somebody may read: never drafts; of the own territory where a role is held for one."""
    return MarkApplication.objects.sent().filter(within_reach(actors, "division"))


def reads(by: Actor, application: MarkApplication) -> bool:
    """Whether an official may read the file."""
    return application.state != ApplicationState.DRAFT and territory.may(
        by, Permission.READ_FILES, application.division
    )


def handles(by: Actor, application: MarkApplication) -> bool:
    """Whether an official may work on the file."""
    return reads(by, application) and any(by.has(permission) for permission in HANDLING)
