"""LEAF. What a suspect report means at each of its steps: to the person who wrote it, and at the desk."""

from django.utils.translation import gettext_lazy as _

from enterprises.label_states import ReportOutcome, ReportState

# Shown to the holder of the link.
WHAT_NEXT = {
    ReportState.RECEIVED: _("Your report has arrived. An official will read it; you need not do anything."),
    ReportState.TAKEN_UP: _("An official is looking into it. The result will stand on this page."),
    ReportState.CLOSED: _("The officials have finished."),
}
OUTCOMES = {
    ReportOutcome.CONFIRMED: _("The officials found what you suspected."),
    ReportOutcome.NOT_CONFIRMED: _("The officials looked into it and did not find what you suspected."),
    ReportOutcome.HANDED_ON: _("It is another authority's task; the report was passed on to it."),
    ReportOutcome.TOO_LITTLE: _("There was too little to go on. If you learn more, please send a new report."),
}

# Shown to the official before the step.
STEPS = {
    "take_up": _(
        "From now on the page of whoever reported says that the report is being looked into. Your name does not "
        "stand there."
    ),
    "close": _(
        "The report is finished and cannot be opened again. Whoever holds its link reads the outcome and your answer "
        "at once; the outcome is counted in public. Contact details are erased 90 days later."
    ),
}
