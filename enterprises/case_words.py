"""LEAF. Words of protection cases at the desk: the steps of the form, and what each move does."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from products.case_states import CaseKind, LegalBasis

# The pages of the form, in their order; the keys are the steps that `products.cases.lacking` names.
STEPS: Mapping[str, str | Promise] = {
    "name": _("Name and applicant"),
    "area": _("Area"),
    "requirements": pgettext_lazy("step of a form", "Quality"),
    "request": pgettext_lazy("step of a form", "Request"),
    "papers": pgettext_lazy("step of a form", "Documents"),
    "check": _("Look over and send"),
}
# The heading of a page where the short word on the way says too little.
TITLES: Mapping[str, str | Promise] = {"requirements": _("Protection requirements")}


def steps_of(kind: str) -> tuple[str, ...]:
    """The pages of the form of a kind of case."""
    if kind == CaseKind.REVOCATION:
        return ("request", "papers", "check")
    return ("name", "area", "requirements", "papers", "check")


# What happens when a step is taken, by its name in `products/case_states.py`.
WHAT_HAPPENS: Mapping[str, str | Promise] = {
    "submit": _(
        "The case goes to the province for its opinion, and its day of filing stands. Nothing can be changed in it "
        "any more unless it is sent back or defects are notified."
    ),
    "request": _("The request stands on record, and somebody else decides on it. Nothing changes until then."),
    "reply": _("The mended case goes back into formal review. It cannot have a second notice of defects."),
    "send_back": _("The case opens once more for those who prepared it. No clock of the province runs meanwhile."),
    "give_opinion": _("Your opinion goes to the national authority, which examines the case from now on."),
    "notify_defects": _(
        "The applicant is told everything that has to be mended, and the case opens once more. This is the only notice "
        "that a case can have: name all defects at once."
    ),
    "accept": _("The case is formally in order. The technical review comes next."),
    "not_accept": _("The case ends here without examination. The applicant may file anew."),
    "begin_review": _("Experts look at the case from now on; their meeting is recorded here."),
    "refuse": _("The case ends here. Nothing becomes protected and nothing changes in what is protected."),
    "keep": _("The protection stays as it is, and the case ends here."),
    "withdraw": _("The applicant takes the case back, and it ends here. What was published of it stays on record."),
}
# What stands above the field for the words of a step, and who reads them.
TEXT_LABELS: Mapping[str, str | Promise] = {
    "give_opinion": _("Opinion of the province"),
    "notify_defects": _("What has to be mended"),
    "reply": _("Reply to the notice of defects"),
    "request": _("The request in its own words"),
    "withdraw": _("Why it is withdrawn"),
    "send_back": _("What has to be completed"),
}
TEXT_HELP = _(
    "It stays in the case, where only officials read it; the public journal holds its fingerprint. Name no persons."
)
# What the announced steps do to each case that is chosen.
WHEN_ANNOUNCED: Mapping[str, str | Promise] = {
    "accept": _("The acceptance becomes public, and for two months everybody concerned may object."),
    "announce": _("The case becomes public, and for two months anybody may object."),
    "approve": _(
        "The name is protected from the day of the announcement: product, right, area and requirements are entered."
    ),
    "recognise": _(
        "The name is protected from the day of the announcement: product, right, area and requirements are entered."
    ),
    "change": _("From the day of the announcement the new area, requirements or name hold; the old stay on record."),
    "change_at_once": _(
        "From the day of the announcement the new area, requirements or name hold; the old stay on record."
    ),
    "revoke": _(
        "Protection ends on the day of the announcement. With the last right of a product all authorisations end, and "
        "their labels say so at once."
    ),
}
# The laws under which something can still be started here; the one of 1999 only stands in cases of the past.
LAWS_OF_TODAY = (LegalBasis.ORDER_80, LegalBasis.ORDER_78)
