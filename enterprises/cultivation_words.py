"""LEAF. What the steps of a candidate do, told before they are taken."""

from django.utils.translation import gettext_lazy as _

WHAT_HAPPENS = {
    "make_ready": _(
        "Everything that an application needs is there. From then on nothing of the checklist may go missing."
    ),
    "take_back": _(
        "More has to be done first, or the application came back. It stands among the candidates again; the stages "
        "before stay on record."
    ),
    "file": _(
        "The application was sent to the authority. Once the candidate is public, its county counts as “in procedure”."
    ),
    "begin_procedure": _("The authority has accepted the application. Whether it leads to protection is still open."),
    "protect": _("The name is protected: say which product of the register it has become."),
    "use": _("At least one enterprise is authorised to use the special mark on it. The register checks that."),
    "pay_off": _("A yearly report that was accepted tells of its output value. The register checks that."),
    "set_back": _(
        "It was noted by mistake, or the protection has ended. It stands as in procedure again; the stages before "
        "stay on record."
    ),
    "drop": _("Nobody works on it any more. It stays on record and can be taken up again."),
    "resume": _("It stands among the candidates again, with everything that was written before."),
}
