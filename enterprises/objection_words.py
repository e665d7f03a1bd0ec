"""LEAF. What an objection means at each of its states: to whoever sent it, and at the desk."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from products.objection_states import ObjectionState

# Shown to the holder of the link.
WHAT_NEXT = {
    ObjectionState.RECEIVED: _("Your objection has arrived. The registry office will say whether it is admitted."),
    ObjectionState.ADMITTED: _("Your objection is admitted. The applicant is asked for an answer."),
    ObjectionState.ANSWERED: _("The applicant has answered. The registry office examines both sides."),
    ObjectionState.NEGOTIATION: _("Both sides talk to each other; then the registry office decides."),
    ObjectionState.UPHELD: _("The registry office has decided that your objection is right."),
    ObjectionState.DISMISSED: _("The registry office has decided that your objection is not right."),
    ObjectionState.NOT_ADMITTED: _("Your objection is not examined."),
    ObjectionState.WITHDRAWN: _("Your objection was withdrawn and is closed."),
}

# Shown to the official before the step.
STEPS = {
    "admit": _(
        "The objection will be examined, and the officials who prepared the case are asked for the applicant's answer. "
        "A case that is preliminarily announced becomes an opposed one: it cannot be recognised before every "
        "objection is decided. Somebody else than you has to decide on this objection."
    ),
    "not_admit": _(
        "The objection is closed without being examined. Whoever holds its link, and everybody in the public register, "
        "reads the public reason."
    ),
    "answer": _(
        "The answer is kept with the objection; officials read it, the public does not. After this the registry office "
        "negotiates or decides."
    ),
    "negotiate": _("The record is kept with the objection; officials read it, the public does not."),
    "uphold": _(
        "The objection is closed as right; this cannot be undone. The public reason stands in the public register and "
        "in the journal for good. The case is not decided by this: refuse it in a step of its own."
    ),
    "dismiss": _(
        "The objection is closed as not right; this cannot be undone. The public reason stands in the public register "
        "and in the journal for good."
    ),
    "take_back": _("The objection is closed because whoever sent it does not uphold it any more."),
}
WITHDRAWAL = _("withdrawal")
