"""A plain model of files, authorisations and proposals: what must succeed when who does what.

It says so in its own few lines and imports nothing of the register, so that a slip in the tables of `states.py` or
in a writer shows in `tests/enterprises/test_case_model.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Who:
    """Somebody in a role: for an enterprise, or for a territory. "here" is a pilot province, "there" is none."""

    person: str
    role: str
    firm: str = ""
    place: str = ""


WHO = [
    Who("owner", "owner", firm="ours"),
    Who("colleague", "operator", firm="ours"),
    Who("outsider", "owner", firm="theirs"),
    Who("reviewer", "reviewer", place="here"),
    Who("reviewer too", "reviewer", place="here"),
    Who("both", "reviewer", place="here"),
    Who("both", "approver", place="here"),
    Who("approver", "approver", place="here"),
    Who("reviewer there", "reviewer", place="there"),
    Who("approver there", "approver", place="there"),
    Who("approver and officer", "approver", place="there"),
    Who("approver and officer", "officer"),
    Who("officer", "officer"),
    Who("auditor", "auditor"),
    Who("editor", "editor"),
]
CLOCK = {
    "submitted": "acceptance", "defects": "reply", "accepted": "first_review", "first_review": "first_review",
    "provincial_review": "decision", "national_review": "decision", "approved": "announcement",
}  # fmt: skip
LIVE = ("in_force", "rectifying")


@dataclass
class Auth:
    key: int
    reference: str
    firm: str
    product: str
    place: str
    state: str = "in_force"


@dataclass
class File:
    key: int
    reference: str
    firm: str
    product: str
    changes: Auth | None = None
    place: str = ""
    state: str = "draft"
    complete: bool = False
    notified: bool = False
    late: bool = False
    mended: str = ""  # the place that the reply will name
    checks: list[bool | None] = field(default_factory=list)
    handled_by: set[str] = field(default_factory=set)


@dataclass
class Case:
    key: int
    auth: Auth
    proposer: str
    state: str = "proposed"
    announced: bool = False


class Model:
    """What the register should hold."""

    def __init__(self, rights):
        self.files, self.auths, self.cases = [], [], []
        self.rights = {product: list(keys) for product, keys in rights.items()}
        self.public_firms = set()

    def protected(self, product):
        return bool(self.rights[product])

    def authorised(self, firm, product):
        return any(a.firm == firm and a.product == product and a.state in LIVE for a in self.auths)

    def against_approval(self, file):
        if not self.protected(file.product):
            return "product"
        if False in file.checks:
            return "site"
        return "duplicate" if file.changes is None and self.authorised(file.firm, file.product) else ""


def applies(file, who):
    return who.role in ("owner", "operator") and who.firm == file.firm


def reviews(thing, who):
    return who.role == "reviewer" and who.place == thing.place


def approves(thing, who):
    return who.role == "approver" and who.place == thing.place


@dataclass(frozen=True)
class Step:
    """A step: where it leads from where, whose it is, and what may stand against it (a word for it, or nothing)."""

    target: str
    sources: tuple[str, ...]
    roles: tuple[str, ...]
    against: Callable[[Model, File, Who], str] = lambda model, file, who: ""
    words: bool = True
    call: str = ""

    def faults(self, model, file, who):
        """Everything for which the step must be refused."""
        found = [] if file.state in self.sources else ["state"]
        if who.role not in self.roles:
            found.append("role")
        elif (who.firm and who.firm != file.firm) or (who.place and who.place != file.place):
            found.append("place")
        reason = self.against(model, file, who)
        return [*found, reason] if reason else found


def own_file(file, who):
    return "own file" if who.person in file.handled_by else ""


def at_province(model, file, who):
    return own_file(file, who) or ("" if file.place == "here" else "no pilot")


APPLICANT, REVIEWER, APPROVER, NATION = ("owner", "operator"), ("reviewer",), ("approver",), ("officer",)
AT_PROVINCE, AT_NATION = ("provincial_review",), ("national_review",)
MOVES = {
    "submit": Step("submitted", ("draft",), APPLICANT, words=False, against=lambda m, f, w: (
        "incomplete" if not f.complete else "" if m.protected(f.product) else "product")),
    "notify_defects": Step("defects", ("submitted",), REVIEWER, lambda m, f, w: (
        "second time" if f.notified else "late" if f.late else "")),
    "reply": Step("submitted", ("defects",), APPLICANT, lambda m, f, w: "" if m.protected(f.product) else "product"),
    "accept": Step("accepted", ("submitted",), REVIEWER, words=False),
    "not_accept": Step("not_accepted", ("submitted", "defects"), REVIEWER, lambda m, f, w: (
        "too early" if f.state == "defects" and not f.late else
        "too late" if f.state == "submitted" and f.late else "")),
    "start_review": Step("first_review", ("accepted",), REVIEWER, words=False),
    "pass_on": Step("provincial_review", ("first_review",), REVIEWER, lambda m, f, w: (
        "unchecked" if None in f.checks else "")),
    "forward": Step("national_review", AT_PROVINCE, APPROVER, lambda m, f, w: (
        own_file(f, w) or ("pilot" if f.place == "here" else ""))),
    "approve": Step("approved", AT_PROVINCE, APPROVER, lambda m, f, w: (
        at_province(m, f, w) or m.against_approval(f))),
    "refuse": Step("refused", AT_PROVINCE, APPROVER, at_province),
    "approve nationally": Step("approved", AT_NATION, NATION, call="approve", against=lambda m, f, w: (
        own_file(f, w) or m.against_approval(f))),
    "refuse nationally": Step("refused", AT_NATION, NATION, lambda m, f, w: own_file(f, w), call="refuse"),
    "withdraw": Step("withdrawn", tuple(state for state in CLOCK if state != "approved"), APPLICANT, words=False),
}  # fmt: skip
USUAL = {
    "draft": "submit", "submitted": "accept", "accepted": "start_review", "first_review": "pass_on",
    "provincial_review": "approve", "national_review": "approve nationally", "defects": "reply",
}  # fmt: skip


def announceable(model, files, cases, who):
    """Whether the officer may announce these together."""
    granted = set()
    for file in files:
        if file.state != "approved":
            return False
        if file.changes is not None:
            if file.changes.state not in LIVE:
                return False
        elif (
            model.authorised(file.firm, file.product)
            or (file.firm, file.product) in granted
            or not model.protected(file.product)
        ):
            return False
        else:
            granted.add((file.firm, file.product))
    waiting = all(case.state == "decided" and not case.announced for case in cases)
    return who.role == "officer" and waiting and bool(files or cases)


OFFICER = next(who for who in WHO if who.person == "officer")
BOTH = next(who for who in WHO if who.person == "both" and who.role == "approver")
OWNERS = {"ours": WHO[0], "theirs": WHO[2]}
