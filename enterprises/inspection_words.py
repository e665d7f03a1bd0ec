"""LEAF. What the steps of a random inspection do, told before they are taken."""

from django.utils.translation import gettext_lazy as _

WHAT_HAPPENS = {
    "draw": _(
        "Enterprises and inspectors are drawn at once, and everything about the draw becomes public: the lists, the "
        "secret, the seed and who was drawn. It cannot be repeated or taken back."
    ),
    "cancel": _(
        "Nothing is drawn from these lists any more. That they were fixed and cancelled stays public, with your reason."
    ),
    "record": _(
        "What was found stays at the desk. Somebody who keeps inspections publishes the result within 20 working days "
        "of the inspection."
    ),
    "publish": _(
        "Everybody reads way, day, result and your summary, here and on the page of the enterprise. The findings stay "
        "at the desk."
    ),
    "follow_up": _("The inspection is closed. Everybody reads what came of the fault."),
}
