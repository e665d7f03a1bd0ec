"""LEAF. Words of the desk about labels: what each step does, what a copy signal means and what it does not."""

from django.utils.translation import gettext_lazy as _

from enterprises.label_states import SignalKind

# Steps of the authorisation, in addition to `desk_words.WHAT_HAPPENS`.
SUSPENSION = {
    "suspend": _(
        "From today the enterprise may not use the special mark. Every label of this authorisation answers so at "
        "once, with the day and the ground; no labels are issued or activated. You can lift the suspension."
    ),
    "resume": _(
        "From today the enterprise may use the special mark again, and its labels answer as before. An earlier order "
        "to rectify counts as settled."
    ),
}

BATCH_STEPS = {
    "issue": _(
        "The labels are made and count against the certified output at once. The enterprise can print them, and "
        "activates them when they are on packs."
    ),
    "propose": _(
        "More than 10,000 labels are issued by two officials. The output they stand for is reserved at once; the "
        "labels are made when another official agrees. The enterprise may withdraw its request until then."
    ),
    "agree": _(
        "Another official proposed this. The labels are made now; what was reserved counts as issued. The enterprise "
        "can print them, and activates them when they are on packs."
    ),
    "refuse": _("No labels are made; nothing counts against the certified output. The enterprise reads your reason."),
    "recall": _(
        "The whole batch stops, also labels on packs that are on sale. From this moment whoever scans one reads that "
        "the batch is recalled, since when and on what ground. This cannot be undone."
    ),
}

SIGNAL_STEPS = {
    "dismiss": _(
        "You found an explanation. What was seen up to now no longer speaks against this label, and a warning on its "
        "public page ends. New scans are watched as before."
    ),
    "watch": _("The signal stays in the queue as watched. Nothing changes for anybody who scans the label."),
    "open_case": _(
        "You follow this up outside of the register. The signal leaves the queue; a warning on the public page of the "
        "label stays until it runs out."
    ),
    "recall": BATCH_STEPS["recall"],
}

SHORT = {
    SignalKind.TWO_PROVINCES: _("two provinces"),
    SignalKind.FEW_IN_TWO: _("two provinces, few people"),
    SignalKind.MANY_VISITORS: _("many people"),
    SignalKind.NOT_ON_SALE: _("not activated"),
    SignalKind.STOPPED: _("no longer valid"),
}
# What a kind of signal says, and what else can bring it about.
MEANING = {
    SignalKind.TWO_PROVINCES: _(
        "Within 30 days at least three people in each of two provinces scanned this label, six or more in all. One "
        "label sits on one pack: a copy is likely. Whoever scans it now is told to compare the pack."
    ),
    SignalKind.FEW_IN_TWO: _(
        "Within 30 days two people in each of two provinces scanned this label. One label sits on one pack: it may "
        "have been copied, or have travelled. The public is not told."
    ),
    SignalKind.MANY_VISITORS: _(
        "Within 30 days 30 or more people scanned this label. One label sits on one pack, which rarely has so many "
        "owners. The public is not told."
    ),
    SignalKind.NOT_ON_SALE: _(
        "Several people scanned this label, although the enterprise has not activated it: no pack with it should be "
        "on sale. The public is told only that it is not activated."
    ),
    SignalKind.STOPPED: _(
        "Several people scanned this label, although it is void, returned or recalled. The public is told that it no "
        "longer counts, and why."
    ),
}
INNOCENT = {
    SignalKind.TWO_PROVINCES: _("a pack that was given away or travelled; a picture of the pack that people scan"),
    SignalKind.FEW_IN_TWO: _("a pack that was given away or travelled; one person who looked with two phones"),
    SignalKind.MANY_VISITORS: _("a pack on the shelf of a shop, at a fair or in the news; a picture that people scan"),
    SignalKind.NOT_ON_SALE: _("labels that were put on packs and sold, and not activated: ask the enterprise first"),
    SignalKind.STOPPED: _("packs that are still in shops after the labels were stopped; a range declared by mistake"),
}
