"""LEAF. The answers about labels in words: what each means, what to do, and what is marked by which shape and colour.

Never "genuine", never "fake": a copied code is a valid code, and only the goods can be compared with the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enterprises.label_states import RecallGround, VoidReason
from enterprises.states import StopGround, SuspensionGround
from enterprises.verdicts import StopKind, Verdict


@dataclass(frozen=True)
class Words:
    """An answer: `tone` gives its colour, `shape` its picture; `compare`: there are goods to compare it with."""

    title: str | Promise
    meaning: str | Promise
    advice: str | Promise
    tone: str
    shape: str
    compare: bool = True


WORDS: dict[Verdict, Words] = {
    Verdict.IN_FORCE: Words(
        _("This label was issued, and the authorisation is in force"),
        _("A code can be copied. This answer is about the label, not about the goods in your hand."),
        _("Compare the pack with what stands below."),
        "live", "label",
    ),
    Verdict.NOT_ACTIVATED: Words(
        _("This label was issued, but not yet activated"),
        _("The enterprise has not put it into use. Goods that carry it should not be on sale yet."),
        _("Ask the seller, and tell us if you found it on goods."),
        "info", "waiting",
    ),
    Verdict.UNUSUAL: Words(
        _("In force, but scanned unusually often: compare the pack"),
        _("In the last 30 days several people scanned this one code in two or more provinces. A label is on one pack "
          "only, so it may have been copied."),
        _("Compare every line below. If anything differs, do not rely on the label, and tell us."),
        "look", "crowd",
    ),
    Verdict.STOPPED: Words(
        _("Do not rely on this label: it is stopped"),
        _("The register issued this label, but it no longer stands for anything."),
        _("Ask the seller, and tell us where you found it."),
        "stopped", "square",
    ),
    Verdict.PROTECTION_ENDED: Words(
        _("The protection of this product has ended"),
        _("Nobody may use the special mark for this name any more."),
        _("Goods that were packed before that day may still be on sale. Ask the seller when they were packed."),
        "stopped", "square",
    ),
    Verdict.NOT_ISSUED: Words(
        _("This register has not issued such a label"),
        _("The code is well-formed, but no label of this register has it. It may have been invented."),
        _("Do not rely on this label. Tell us where you found it."),
        "alarm", "cross", compare=False,
    ),
    Verdict.TYPING_ERROR: Words(
        _("This cannot be a label code"),
        _("Something in it does not fit, most likely by a slip in typing or a damaged print."),
        _("Read the six groups under the symbol once more and type them here."),
        "info", "pencil", compare=False,
    ),
}  # fmt: skip

# What is added to an answer that was last known a while ago, because the database is away.
AS_KNOWN = _(
    "The database of the register cannot be asked just now. This is what was known at that time; what has happened "
    "since is not known."
)

# What the reader is told of goods that were packed while the mark could still be used.
EARLIER_GOODS = frozenset({StopKind.REVOKED, StopKind.SUSPENDED, StopKind.ENDED})

REASONS: dict[StopKind, dict[str, Any]] = {
    StopKind.BATCH_RECALLED: dict(RecallGround.choices),
    StopKind.LABEL_VOID: dict(VoidReason.choices),
    StopKind.LABEL_RETURNED: dict(VoidReason.choices),
    StopKind.SUSPENDED: dict(SuspensionGround.choices),
    StopKind.REVOKED: dict(StopGround.choices),
    StopKind.ENDED: dict(StopGround.choices),
    StopKind.PROTECTION_ENDED: {},
}

BAND_WORDS = {
    "0": _("not yet"),
    "1": _("once"),
    "2-5": _("2–5 times"),
    "6-20": _("6–20 times"),
    ">20": _("more than 20 times"),
}

PROBLEMS = {
    "length": _("A label code has 24 letters and digits; this one has {found}."),
    "letter": _("The character “{letter}” stands in no label code. Look at group {group} again."),
    "check": _("Its last two characters do not fit the others: at least one character is wrong."),
}
LOOK_AT_GROUP = _("Look at group {group} first.")
