"""LEAF. What the steps of a demonstration zone do, told before they are taken."""

from django.utils.translation import gettext_lazy as _

WHAT_HAPPENS = {
    "recommend": _(
        "The province recommends the zone. From then on nothing of it changes: what was recommended is judged. It is "
        "not public yet."
    ),
    "choose": _(
        "The zone is chosen and public notice is given. Its name, place, products and figures become public, and "
        "cannot be taken back."
    ),
    "begin": _("The time to build begins on that day; its last day follows from the level of the zone."),
    "self_check": _("The time to build is over and the zone has checked itself. Acceptance can be decided."),
    "accept": _("The zone was accepted and holds its title from that day."),
    "extend": _("The zone needs more time: it is being built again until the day that you write."),
    "keep": _("The zone was reviewed and keeps its title."),
    "cancel": _("The title is withdrawn from that day. The stages before stay on record."),
    "give_up": _("The zone is given up. What was public stays public; what was not stays at the desk."),
}
