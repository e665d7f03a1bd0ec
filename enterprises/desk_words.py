"""LEAF. Words of the desk: what each step does, and sentences that notices of defects often need."""

from django.utils.translation import gettext_lazy as _

# What happens when a step is taken, by its name in `states.py`.
WHAT_HAPPENS = {
    "notify_defects": _(
        "The enterprise is told everything that has to be mended, and the file opens for it once more. This "
        "is the only notice that a file can have: name all defects at once."
    ),
    "accept": _(
        "The file is formally in order. The enterprise is told, and the clock of the first review starts."
    ),
    "not_accept": _(
        "The file ends here without a review. The enterprise is told the reason and may apply anew."
    ),
    "start_review": _(
        "The file is assigned to you; its clock goes on. The production sites can be checked from now on."
    ),
    "pass_on": _(
        "Your opinion goes to the province, which decides on the file or passes it on to the national "
        "authority."
    ),
    "forward": _("Your opinion goes to the national authority, which decides on this file."),
    "approve": _(
        "The enterprise may use the special mark from the day of the announcement, which the registry officer "
        "makes next."
    ),
    "refuse": _("The file ends here. The enterprise is told the reason that you give."),
    "set_aside": _(
        "What the approval rests on has gone since, so that it cannot be announced. The file ends here; the "
        "enterprise is told the reason and may apply anew."
    ),
    "order_rectification": _(
        "The enterprise has to put its use of the mark right. The authorisation stays in force; the public "
        "page says that this was ordered."
    ),
    "confirm_rectification": _("What was ordered has been done; the public page says so."),
    "propose_stop": _("Nothing changes yet: an approver of the province decides on your proposal."),
    "decide": _("The authorisation ends today. The officer announces it."),
    "drop": _("The proposal is closed; the authorisation stays as it is."),
}
WHAT_HAPPENS |= {"approve_nationally": WHAT_HAPPENS["approve"], "refuse_nationally": WHAT_HAPPENS["refuse"]}

# Each with the sentence that it puts into the notice.
COMMON_DEFECTS = {
    "form": _("The application form is not complete, or not signed and sealed."),
    "report_date": _("The test report shows no date, or an old one."),
    "report_goods": _("The test report does not name the goods that the application is for."),
    "site": _("The address of a production site is not exact enough to find it."),
    "standard": _("The standard named is not the one that holds for the product."),
    "licence": _("The licence contract of the certification mark is missing, or has run out."),
    "unreadable": _("A document cannot be read: please send a clearer copy."),
}
