"""LEAF. Words and moves of who may use the special mark: applications, authorisations, proposals to end them.

Every change of state is a row below; `docs/states.md` is made from the rows. Steps of the ordinary route and of
the provincial pilots: CNIPA announcement 354 of 2020 and Hunan's pilot rules of 2023-01-11. One notice of all
defects, acceptance by lapse of time, and four eyes: Administrative Licensing Law, Art. 32, and the register's own
rule that nobody decides on a file that they have reviewed.
"""

from __future__ import annotations

from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gi_registry.event_types import EventType
from gi_registry.roles import Permission
from gi_registry.state_tables import Move


class AuthorisationState(TextChoices):
    """What the register knows of an authorisation (核准). Half-known ones never read as confirmed."""

    IN_FORCE = "in_force", _("authorised")
    RECTIFYING = "rectifying", _("authorised; ordered to rectify")
    REPORTED = "reported", _("reported as authorised; not confirmed")
    SUSPENDED = "suspended", _("suspended")
    REVOKED = "revoked", _("revoked")
    ENDED = "ended", _("ended")


# In these the enterprise may use the mark today.
USABLE = frozenset({AuthorisationState.IN_FORCE, AuthorisationState.RECTIFYING})
OVER = frozenset({AuthorisationState.REVOKED, AuthorisationState.ENDED})


class AuthorisationBasis(TextChoices):
    """What an authorisation rests on."""

    DECIDED = "decided", _("decided in this register")
    ANNOUNCED = "announced", _("named in an announcement, quoted by a source")
    REPORTED = "reported", _("named in a public report")


class ApplicationKind(TextChoices):
    """What an application asks for."""

    NEW = "new", _("to use the special mark")
    CHANGE = "change", _("to change an authorisation")


class LawfulUser(TextChoices):
    """The four kinds of lawful users (合法使用人) of the special mark."""

    PRODUCER = "1", _("producer of the GI product")
    COLLECTIVE_MEMBER = "2", _("member of the owner of the collective mark")
    LICENSEE = "3", _("licensee of the certification mark")
    OTHER = "4", _("other user registered with CNIPA")


class ApplicationState(TextChoices):
    """Where an application stands."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    DEFECTS = "defects", _("defects notified; waiting for the enterprise")
    ACCEPTED = "accepted", _("accepted")
    NOT_ACCEPTED = "not_accepted", _("not accepted")
    FIRST_REVIEW = "first_review", _("in first review")
    PROVINCIAL_REVIEW = "provincial_review", _("before the province")
    NATIONAL_REVIEW = "national_review", _("before the national authority")
    APPROVED = "approved", _("approved; to be announced")
    ANNOUNCED = "announced", _("approved and announced")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


# The enterprise or an authority still has something to do.
OPEN = frozenset(
    {
        ApplicationState.SUBMITTED, ApplicationState.DEFECTS, ApplicationState.ACCEPTED,
        ApplicationState.FIRST_REVIEW, ApplicationState.PROVINCIAL_REVIEW, ApplicationState.NATIONAL_REVIEW,
        ApplicationState.APPROVED,
    }
)  # fmt: skip
# The enterprise may still write in its file.
EDITABLE = frozenset({ApplicationState.DRAFT, ApplicationState.DEFECTS})


class DocumentKind(TextChoices):
    """What an uploaded document is."""

    APPLICATION_FORM = "application_form", _("application form")
    REVIEW_FORM = "review_form", _("review form")
    TEST_REPORT = "test_report", _("test report of the specific quality")
    LICENCE = "licence", _("licence contract of the certification mark")
    SITE_REPORT = "site_report", _("site check report")
    PROOF_OF_CHANGE = "proof_of_change", _("proof of the change")
    OTHER = "other", _("other document")


class SiteResult(TextChoices):
    """What a site check found."""

    INSIDE = "inside", _("inside the protected area and fit for production")
    OUTSIDE = "outside", _("outside the protected area")
    UNFIT = "unfit", _("inside the area, but not fit for production to the standard")


class NoteKind(TextChoices):
    """What somebody wrote into a file."""

    DEFECTS = "defects", _("notice of defects")
    REPLY = "reply", _("reply to the notice of defects")
    ACCEPTANCE = "acceptance", _("acceptance")
    OPINION = "opinion", _("opinion")
    DECISION = "decision", _("decision")
    WITHDRAWAL = "withdrawal", _("withdrawal")
    MESSAGE = "message", _("message")
    ORDER = "order", _("order to the enterprise")


class StopGround(TextChoices):
    """Why an authorisation ends (domain rules, section 5.5)."""

    NOT_TO_STANDARD = "not_to_standard", _("not produced to the standard or the management rules")
    OFFENCE = "offence", _("serious offence, such as making or selling fakes")
    NOT_USED = "not_used", _("not used on the product for two years")
    OTHER = "other", _("other lawful ground")
    ENTERPRISE_ENDED = "enterprise_ended", _("the enterprise has ended")
    PRODUCT_REVOKED = "product_revoked", _("protection of the product has ended")
    GIVEN_UP = "given_up", _("given up by the enterprise")


# On these the authorisation is deregistered; on all others it is stopped for a fault.
WITHOUT_FAULT = frozenset({StopGround.ENTERPRISE_ENDED, StopGround.PRODUCT_REVOKED, StopGround.GIVEN_UP})


class SuspensionGround(TextChoices):
    """Why the use of the mark is suspended; the public reads it."""

    NOT_RECTIFIED = "not_rectified", _("an order to rectify was not followed in time")
    TEST_FAILED = "test_failed", _("a test or inspection was not passed")
    INVESTIGATION = "investigation", _("the use of the mark is being investigated")
    OTHER = "other", _("other lawful ground")


class StopState(TextChoices):
    """Where a proposal to end an authorisation stands."""

    PROPOSED = "proposed", _("proposed")
    DECIDED = "decided", _("decided")
    DROPPED = "dropped", _("dropped")


class DecidedBy(TextChoices):
    """Whose decision an application needs."""

    PROVINCE = "province", _("the province")
    NATION = "nation", _("the national authority (CNIPA)")


# --- Guards: a sentence that says why not, or nothing ---

Refusal = str | Promise | None


def all_defects_at_once(file: Any, by: Any) -> Refusal:
    """One notice, and only while the clock for it runs."""
    if file.defects_notified_on is not None:
        return _("Defects are notified once, all together; this file has had its notice.")
    return counts_as_accepted(file, by)


def counts_as_accepted(file: Any, by: Any) -> Refusal:
    """A file about which nothing was said in time counts as accepted."""
    if file.is_deemed_accepted:
        return _("The time to notify defects has passed: the file counts as accepted. Accept it.")
    return None


def not_acceptable(file: Any, by: Any) -> Refusal:
    """Not accepted: after the reply clock has run out, or at once where nothing is to be mended."""
    if file.state == ApplicationState.DEFECTS and not file.reply_is_late:
        return _("The enterprise still has time to reply.")
    return counts_as_accepted(file, by)


def every_site_checked(file: Any, by: Any) -> Refusal:
    """The first review ends when each site was checked."""
    if file.sites_unchecked:
        return _("Each production site needs a site check first.")
    return None


def province_passes_on(file: Any, by: Any) -> Refusal:
    """The province gives an opinion only where it does not decide itself."""
    if file.decided_by != DecidedBy.NATION:
        return _("The province decides on this file itself.")
    return four_eyes(file, by)


def province_decides(file: Any, by: Any) -> Refusal:
    """The province decides where it takes part in the pilot on the day of the decision."""
    if file.decided_by != DecidedBy.PROVINCE:
        return _("The national authority decides on this file.")
    return four_eyes(file, by)


def province_approves(file: Any, by: Any) -> Refusal:
    """The province decides, nobody on what they have reviewed, and the facts allow it."""
    return province_decides(file, by) or can_be_approved(file)


def nation_approves(file: Any, by: Any) -> Refusal:
    """Somebody else than those who reviewed, and the facts allow it."""
    return four_eyes(file, by) or can_be_approved(file)


def can_be_approved(file: Any) -> Refusal:
    """Facts without which nobody may approve."""
    if not file.product_in_force:
        return _("The product is not protected today.")
    if file.sites_failed:
        return _("A site check found a site outside the area or unfit.")
    if file.duplicates_live:
        return _("The enterprise is authorised for this product already.")
    return None


def cannot_be_announced(file: Any, by: Any) -> Refusal:
    """An approval is set aside only when what it rests on has gone since: product, or authorisation to be changed."""
    if file.product_in_force and not file.duplicates_live and not file.authorisation_over:
        return _("Nothing stands in the way of the announcement.")
    return None


def four_eyes(file: Any, by: Any) -> Refusal:
    """Nobody decides on what they have reviewed."""
    if by.reference in file.reviewer_references:
        return _("You have reviewed this file yourself: somebody else has to decide.")
    return None


def not_the_proposer(case: Any, by: Any) -> Refusal:
    """Two people end an authorisation."""
    if by.reference == case.proposed_by_reference:
        return _("You have proposed this yourself: somebody else has to decide.")
    return None


APPLICATION_MOVES = (
    Move(
        name="submit",
        label=_("submit"),
        sources=frozenset({ApplicationState.DRAFT}),
        target=ApplicationState.SUBMITTED,
        permission=Permission.APPLY_FOR_MARK,
        event=EventType.APPLICATION_SUBMITTED,
    ),
    Move(
        name="notify_defects",
        label=_("notify defects"),
        sources=frozenset({ApplicationState.SUBMITTED}),
        target=ApplicationState.DEFECTS,
        permission=Permission.REVIEW_MARK_USE,
        event=EventType.APPLICATION_DEFECTS_NOTIFIED,
        needs_reason=True,
        guard=all_defects_at_once,
    ),
    Move(
        name="reply",
        label=_("send the reply"),
        sources=frozenset({ApplicationState.DEFECTS}),
        target=ApplicationState.SUBMITTED,
        permission=Permission.APPLY_FOR_MARK,
        event=EventType.APPLICATION_RETURNED,
        needs_reason=True,
    ),
    Move(
        name="accept",
        label=_("accept"),
        sources=frozenset({ApplicationState.SUBMITTED}),
        target=ApplicationState.ACCEPTED,
        permission=Permission.REVIEW_MARK_USE,
        event=EventType.APPLICATION_ACCEPTED,
    ),
    Move(
        name="not_accept",
        label=_("do not accept"),
        sources=frozenset({ApplicationState.SUBMITTED, ApplicationState.DEFECTS}),
        target=ApplicationState.NOT_ACCEPTED,
        permission=Permission.REVIEW_MARK_USE,
        event=EventType.APPLICATION_NOT_ACCEPTED,
        needs_reason=True,
        guard=not_acceptable,
    ),
    Move(
        name="start_review",
        label=_("start the first review"),
        sources=frozenset({ApplicationState.ACCEPTED}),
        target=ApplicationState.FIRST_REVIEW,
        permission=Permission.REVIEW_MARK_USE,
        event=EventType.APPLICATION_REVIEW_STARTED,
    ),
    Move(
        name="pass_on",
        label=_("finish the first review"),
        sources=frozenset({ApplicationState.FIRST_REVIEW}),
        target=ApplicationState.PROVINCIAL_REVIEW,
        permission=Permission.REVIEW_MARK_USE,
        event=EventType.APPLICATION_PASSED_ON,
        needs_reason=True,
        guard=every_site_checked,
    ),
    Move(
        name="forward",
        label=_("pass on to the national authority"),
        sources=frozenset({ApplicationState.PROVINCIAL_REVIEW}),
        target=ApplicationState.NATIONAL_REVIEW,
        permission=Permission.APPROVE_MARK_USE,
        event=EventType.APPLICATION_PASSED_ON,
        needs_reason=True,
        guard=province_passes_on,
    ),
    Move(
        name="approve",
        label=_("approve"),
        sources=frozenset({ApplicationState.PROVINCIAL_REVIEW}),
        target=ApplicationState.APPROVED,
        permission=Permission.APPROVE_MARK_USE,
        event=EventType.APPLICATION_APPROVED,
        needs_reason=True,
        guard=province_approves,
    ),
    Move(
        name="refuse",
        label=_("refuse"),
        sources=frozenset({ApplicationState.PROVINCIAL_REVIEW}),
        target=ApplicationState.REFUSED,
        permission=Permission.APPROVE_MARK_USE,
        event=EventType.APPLICATION_REFUSED,
        needs_reason=True,
        guard=province_decides,
    ),
    Move(
        name="approve_nationally",
        label=_("approve"),
        sources=frozenset({ApplicationState.NATIONAL_REVIEW}),
        target=ApplicationState.APPROVED,
        permission=Permission.DECIDE_NATIONALLY,
        event=EventType.APPLICATION_APPROVED,
        needs_reason=True,
        guard=nation_approves,
    ),
    Move(
        name="refuse_nationally",
        label=_("refuse"),
        sources=frozenset({ApplicationState.NATIONAL_REVIEW}),
        target=ApplicationState.REFUSED,
        permission=Permission.DECIDE_NATIONALLY,
        event=EventType.APPLICATION_REFUSED,
        needs_reason=True,
        guard=four_eyes,
    ),
    Move(
        name="announce",
        label=_("announce"),
        sources=frozenset({ApplicationState.APPROVED}),
        target=ApplicationState.ANNOUNCED,
        permission=Permission.ANNOUNCE_MARK_USE,
        event=EventType.APPLICATION_ANNOUNCED,
    ),
    Move(
        name="set_aside",
        label=_("set the approval aside"),
        sources=frozenset({ApplicationState.APPROVED}),
        target=ApplicationState.REFUSED,
        permission=Permission.DECIDE_NATIONALLY,
        event=EventType.APPLICATION_SET_ASIDE,
        needs_reason=True,
        guard=cannot_be_announced,
    ),
    Move(
        name="withdraw",
        label=_("withdraw"),
        sources=OPEN - {ApplicationState.APPROVED},
        target=ApplicationState.WITHDRAWN,
        permission=Permission.APPLY_FOR_MARK,
        event=EventType.APPLICATION_WITHDRAWN,
    ),
)
(
    SUBMIT, NOTIFY_DEFECTS, REPLY, ACCEPT, NOT_ACCEPT, START_REVIEW, PASS_ON, FORWARD, APPROVE, REFUSE,
    APPROVE_NATIONALLY, REFUSE_NATIONALLY, ANNOUNCE, SET_ASIDE, WITHDRAW,
) = APPLICATION_MOVES  # fmt: skip

AUTHORISATION_MOVES = (
    Move(
        name="order_rectification",
        label=_("order to rectify"),
        sources=frozenset({AuthorisationState.IN_FORCE}),
        target=AuthorisationState.RECTIFYING,
        permission=Permission.REVIEW_MARK_USE,
        event=EventType.RECTIFICATION_ORDERED,
        needs_reason=True,
    ),
    Move(
        name="confirm_rectification",
        label=_("confirm the rectification"),
        sources=frozenset({AuthorisationState.RECTIFYING}),
        target=AuthorisationState.IN_FORCE,
        permission=Permission.REVIEW_MARK_USE,
        event=EventType.RECTIFICATION_CONFIRMED,
        needs_reason=True,
    ),
    Move(
        name="suspend",
        label=_("suspend the use of the mark"),
        sources=USABLE,
        target=AuthorisationState.SUSPENDED,
        permission=Permission.APPROVE_MARK_USE,
        event=EventType.AUTHORISATION_SUSPENDED,
        needs_reason=True,
    ),
    Move(
        name="resume",
        label=_("lift the suspension"),
        sources=frozenset({AuthorisationState.SUSPENDED}),
        target=AuthorisationState.IN_FORCE,
        permission=Permission.APPROVE_MARK_USE,
        event=EventType.AUTHORISATION_RESUMED,
        needs_reason=True,
    ),
    Move(
        name="stop",
        label=_("stop the use of the mark"),
        sources=USABLE | {AuthorisationState.SUSPENDED},
        target=AuthorisationState.REVOKED,
        permission=Permission.APPROVE_MARK_USE,
        event=EventType.AUTHORISATION_STOPPED,
        needs_reason=True,
    ),
    Move(
        name="deregister",
        label=_("deregister"),
        sources=USABLE | {AuthorisationState.SUSPENDED},
        target=AuthorisationState.ENDED,
        permission=Permission.APPROVE_MARK_USE,
        event=EventType.AUTHORISATION_DEREGISTERED,
        needs_reason=True,
    ),
    Move(
        name="end_with_product",
        label=_("end with the protection of the product"),
        sources=USABLE | {AuthorisationState.SUSPENDED},
        target=AuthorisationState.ENDED,
        permission=Permission.END_PROTECTION,
        event=EventType.AUTHORISATION_DEREGISTERED,
        needs_reason=True,
    ),
)
ORDER_RECTIFICATION, CONFIRM_RECTIFICATION, SUSPEND, RESUME, STOP, DEREGISTER, END_WITH_PRODUCT = AUTHORISATION_MOVES

STOP_MOVES = (
    Move(
        name="decide",
        label=_("end the authorisation"),
        sources=frozenset({StopState.PROPOSED}),
        target=StopState.DECIDED,
        permission=Permission.APPROVE_MARK_USE,
        event=EventType.STOP_DECIDED,
        needs_reason=True,
        guard=not_the_proposer,
    ),
    Move(
        name="drop",
        label=_("drop the proposal"),
        sources=frozenset({StopState.PROPOSED}),
        target=StopState.DROPPED,
        permission=Permission.APPROVE_MARK_USE,
        event=EventType.STOP_DROPPED,
        needs_reason=True,
        guard=not_the_proposer,
    ),
)
DECIDE_STOP, DROP_STOP = STOP_MOVES
