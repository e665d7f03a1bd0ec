"""Random sequences of steps by random people, against a plain model of what must succeed and what must not.

The model below says in its own few lines when a step is possible; it does not import the tables of `states.py`, so
that a slip there shows. After each step the register must agree with the model in every state, and the journal must
tell exactly of what has changed. What happened in all examples together is counted: a model that never gets as far
as an authorisation would prove nothing.
"""

import uuid
from collections import Counter
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from enterprises import announcing, drafts, supervision, workflow
from enterprises.application_models import Deadline, MarkApplication, StopCase
from enterprises.models import Authorisation, Terms
from gi_registry import journal
from gi_registry.journal import Actor
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from products import registrar
from products.models import Right
from tests import factories as make
from tests.case_world import make_world, pdf

pytestmark = pytest.mark.django_db
EXAMPLES, STEPS, MOST_FILES = 60, 30, 7


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
ROLES = {
    "owner": Role.ENTERPRISE_OWNER, "operator": Role.ENTERPRISE_OPERATOR, "reviewer": Role.REVIEWER,
    "approver": Role.APPROVER, "officer": Role.OFFICER, "auditor": Role.AUDITOR, "editor": Role.EDITOR,
}  # fmt: skip
FINISHED = ("announced", "not_accepted", "refused", "withdrawn")
CLOCK = {
    "submitted": "acceptance", "defects": "reply", "accepted": "first_review", "first_review": "first_review",
    "provincial_review": "decision", "national_review": "decision", "approved": "announcement",
}  # fmt: skip
LIVE = ("in_force", "rectifying")


# --- The model: plain facts, and when a step must succeed ---


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

    def approvable(self, file):
        duplicate = file.changes is None and self.authorised(file.firm, file.product)
        return self.protected(file.product) and False not in file.checks and not duplicate


def applies(file, who):
    return who.role in ("owner", "operator") and who.firm == file.firm


def reviews(thing, who):
    return who.role == "reviewer" and who.place == thing.place


def approves(thing, who):
    return who.role == "approver" and who.place == thing.place


def decides(file, who):
    """The pilot province for itself, else the nation; never somebody who has handled the file."""
    at_province = file.state == "provincial_review" and file.place == "here" and approves(file, who)
    at_nation = file.state == "national_review" and who.role == "officer"
    return (at_province or at_nation) and who.person not in file.handled_by


# name: (state afterwards, whether words are needed, when it must succeed)
MOVES = {
    "submit": ("submitted", False, lambda m, f, w: (
        applies(f, w) and f.state == "draft" and f.complete and m.protected(f.product))),
    "notify_defects": ("defects", True, lambda m, f, w: (
        reviews(f, w) and f.state == "submitted" and not f.notified and not f.late)),
    "reply": ("submitted", True, lambda m, f, w: (
        applies(f, w) and f.state == "defects" and m.protected(f.product))),
    "accept": ("accepted", False, lambda m, f, w: reviews(f, w) and f.state == "submitted"),
    "not_accept": ("not_accepted", True, lambda m, f, w: (
        reviews(f, w) and ((f.state == "submitted" and not f.late) or (f.state == "defects" and f.late)))),
    "start_review": ("first_review", False, lambda m, f, w: reviews(f, w) and f.state == "accepted"),
    "pass_on": ("provincial_review", True, lambda m, f, w: (
        reviews(f, w) and f.state == "first_review" and None not in f.checks)),
    "forward": ("national_review", True, lambda m, f, w: (
        approves(f, w) and f.state == "provincial_review" and f.place == "there"
        and w.person not in f.handled_by)),
    "approve": ("approved", True, lambda m, f, w: decides(f, w) and m.approvable(f)),
    "refuse": ("refused", True, lambda m, f, w: decides(f, w)),
    "withdraw": ("withdrawn", False, lambda m, f, w: (
        applies(f, w) and f.state not in ("draft", "approved", *FINISHED))),
}  # fmt: skip
TAKES_WORDS = {name for name, (_state, words, _may) in MOVES.items() if words}
USUAL = {
    "draft": "submit", "submitted": "accept", "accepted": "start_review", "first_review": "pass_on",
    "provincial_review": "approve", "national_review": "approve", "defects": "reply",
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


# --- The machine: one step in the register and in the model ---

people, words = st.sampled_from(WHO), st.sampled_from(["Because of the documents.", "In order.", "  "])
some, few = st.integers(0, 99), st.lists(st.integers(0, 99), max_size=3)
places, products, firms = (st.sampled_from(pair) for pair in (["here", "there"], ["tea", "rice"], ["ours", "theirs"]))
grounds = st.sampled_from(["not_to_standard", "offence", "not_used", "enterprise_ended", "given_up"])
OFFICER = next(who for who in WHO if who.person == "officer")
OWNERS = {"ours": WHO[0], "theirs": WHO[2]}


class Register(RuleBasedStateMachine):
    """The register with its model beside it; everything is rolled back after each example."""

    counts = Counter()

    def __init__(self, scene):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.scene, self.model = scene, Model(scene.rights)
        self.numbers = iter(range(1, 10_000))
        self.sequence, self.before = self.last_sequence(), self.states()
        self.counts["examples"] += 1

    def teardown(self):
        try:
            assert list(journal.verify()) == []
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    # --- What the register says ---

    def last_sequence(self):
        return JournalEntry.objects.values_list("sequence", flat=True).first() or 0

    def states(self):
        """All states, by the names that the journal gives their subjects; of proposals the open ones have none."""
        found = dict(MarkApplication.objects.values_list("reference", "state"))
        found |= dict(Authorisation.objects.values_list("reference", "state"))
        rows = StopCase.objects.values_list("pk", "authorisation__reference", "state")
        return found | {(reference, key): state for key, reference, state in rows}

    def attempt(self, name, must, call, entries=1):
        """Make a step: it succeeds if and only if the model says so, and the journal tells exactly what changed."""
        self.counts["steps"] += 1
        result, refusal = None, ""
        try:
            result = call()
        except MoveRefused as refused:
            refusal = str(refused) or "without a word"
        assert must == (not refusal), f"{name}: {refusal or 'should have been refused'}"
        self.counts[f"{name} refused" if refusal else name] += 1
        if refusal:
            assert len(refusal) > 20
            assert self.last_sequence() == self.sequence
            return None
        after = self.states()
        told = list(JournalEntry.objects.filter(sequence__gt=self.sequence).order_by("sequence"))
        assert len(told) == entries, [str(entry) for entry in told]
        changed = [
            (key, self.before[key], state)
            for key, state in after.items()
            if key in self.before and self.before[key] != state
        ]
        moves = [
            (self.moved(entry), entry.payload["from"], entry.payload["to"])
            for entry in told
            if "to" in entry.payload and entry.subject_kind != "right"  # whose states lie in another app
        ]
        assert sorted(moves, key=str) == sorted(changed, key=str)
        for entry in told:
            if entry.event_type == "application.approved":
                self.decided_by_somebody_else(entry)
        self.before, self.sequence = after, self.sequence + entries
        return result

    def moved(self, entry):
        """Which state an entry tells of: of a file, of an authorisation, or of the proposal to end one."""
        if entry.payload["move"] in ("decide", "drop"):
            rows = StopCase.objects.filter(authorisation__reference=entry.subject_id)
            return (entry.subject_id, rows.exclude(decided_on=None).order_by("-pk").first().pk)
        return entry.subject_id

    def decided_by_somebody_else(self, entry):
        earlier = JournalEntry.objects.about("application", entry.subject_id).filter(sequence__lt=entry.sequence)
        desk = earlier.filter(actor_role__in=["reviewer", "approver", "officer"])
        assert entry.actor not in set(desk.values_list("actor", flat=True))

    @invariant()
    def the_register_agrees_with_the_model(self):
        model = self.model
        wanted = {file.reference: file.state for file in model.files}
        wanted |= {auth.reference: auth.state for auth in model.auths}
        wanted |= {(case.auth.reference, case.key): case.state for case in model.cases}
        assert self.states() == wanted

    @invariant()
    def one_live_authorisation_with_one_set_of_terms(self):
        live = list(Authorisation.objects.filter(state__in=LIVE).values_list("pk", "enterprise", "product"))
        assert len({row[1:] for row in live}) == len(live)
        current = Terms.objects.filter(effective_to=None).order_by().values_list("authorisation", flat=True)
        assert sorted(current) == sorted(row[0] for row in live)

    @invariant()
    def each_file_has_the_clock_of_its_state_and_no_other(self):
        running = Deadline.objects.filter(stopped_on=None).order_by()
        wanted = {(file.key, CLOCK[file.state]) for file in self.model.files if file.state in CLOCK}
        found = list(running.values_list("application", "kind"))
        assert len(found) == len(wanted)
        assert set(found) == wanted

    # --- Drafts ---

    def actor(self, who):
        place = self.scene.territories.get((who.role, who.place))
        return Actor.user(self.scene.world.people[who.person], ROLES[who.role], place)

    def file(self, number):
        return self.model.files[number % len(self.model.files)]

    def row(self, file):
        return MarkApplication.objects.get(pk=file.key)

    @initialize(firm=firms, product=products, place=places, steps=st.integers(0, 10), defects=st.booleans())
    def begin(self, firm, product, place, steps, defects):
        """One file that has come some way."""
        self.start(firm, product, None, True, place, 0)
        self.go_on(0, steps, place, defects)

    @precondition(lambda self: len(self.model.files) < MOST_FILES)
    @rule(firm=firms, product=products, who=people, able=st.booleans(), place=places, steps=st.integers(0, 10))
    def start(self, firm, product, who, able, place, steps):
        if able:
            who = OWNERS[firm]
        must = who.role in ("owner", "operator") and who.firm == firm
        row = self.attempt("start", must, lambda: drafts.start(
            self.scene.firms[firm], by=self.actor(who), nonce=uuid.uuid4(), product=self.scene.products[product]
        ), entries=0)  # fmt: skip
        if row is not None:
            self.model.files.append(File(row.pk, row.reference, firm, product))
            self.before[row.reference] = "draft"
            self.go_on(len(self.model.files) - 1, steps, place)

    @precondition(lambda self: self.model.auths and len(self.model.files) < MOST_FILES + 3)
    @rule(number=some, who=people, able=st.booleans(), steps=st.integers(0, 10))
    def start_change(self, number, who, able, steps):
        auth = self.auth(number)
        if able:
            who = OWNERS[auth.firm]
        must = who.role in ("owner", "operator") and who.firm == auth.firm and auth.state in LIVE
        row = self.attempt("start a change", must, lambda: drafts.start(
            self.scene.firms[auth.firm], by=self.actor(who), nonce=uuid.uuid4(), kind="change",
            authorisation=Authorisation.objects.get(pk=auth.key),
        ), entries=0)  # fmt: skip
        if row is not None:
            self.model.files.append(File(row.pk, row.reference, auth.firm, auth.product, changes=auth))
            self.before[row.reference] = "draft"
            self.go_on(len(self.model.files) - 1, steps, auth.place)

    @precondition(lambda self: any(file.state != "defects" for file in self.model.files))
    @rule(number=some, who=people, place=places, sites=st.integers(1, 2))
    def fill(self, number, who, place, sites):
        """Everything that a file needs to be sent."""
        files = [file for file in self.model.files if file.state != "defects"]
        self._fill_in(files[number % len(files)], who, place, sites)

    def _fill_in(self, file, who, place, sites):
        must = applies(file, who) and file.state == "draft"
        self.attempt("fill", must, lambda: self._write(file, self.actor(who), place, sites), entries=0)
        if must:
            file.complete, file.place, file.checks = True, place, [None] * sites

    def _write(self, file, by, place, sites):
        row = self.row(file)
        drafts.save_draft(
            row, by=by, version=row.version, lawful_user="1", varieties=["黑毛茶"], standard="GB/T 32719",
            yearly_output=1, output_unit="t",
        )  # fmt: skip
        drafts.set_sites(row, by=by, version=row.version, sites=[(self.scene.places[place], "Tea Road 1")] * sites)
        for kind in ("application_form", "proof_of_change" if file.changes else "test_report"):
            drafts.add_document(
                row, by=by, kind=kind, title=kind, cleaned=pdf(f"{row.pk} {kind}"), name=f"{uuid.uuid4().hex}.pdf"
            )

    @precondition(lambda self: any(file.state == "defects" for file in self.model.files))
    @rule(number=some, who=people, place=places)
    def mend(self, number, who, place):
        """While defects are mended the place may change; whose officials review follows with the reply."""
        files = [file for file in self.model.files if file.state == "defects"]
        file = files[number % len(files)]
        row, must = self.row(file), applies(file, who)
        sites = [(self.scene.places[place], "Tea Road 2")]
        self.attempt("mend", must, lambda: drafts.set_sites(
            row, by=self.actor(who), version=row.version, sites=sites
        ), entries=0)  # fmt: skip
        if must:
            file.mended, file.checks = place, [None]

    # --- The way of a file ---

    def step(self, file, name, who, text):
        target, needs_words, may = MOVES[name]
        must = may(self.model, file, who) and (bool(text.strip()) or not needs_words)
        arguments = {"text": text} if name in TAKES_WORDS else {}
        move = getattr(workflow, name)
        self.attempt(name, must, lambda: move(self.row(file), by=self.actor(who), **arguments))
        if not must:
            return
        file.state = target
        file.late = file.late and name == "start_review"
        file.notified = file.notified or name == "notify_defects"
        if name == "reply":
            file.place = getattr(file, "mended", file.place)
        if who.place or who.role == "officer":
            file.handled_by.add(who.person)

    @precondition(lambda self: self.model.files)
    @rule(number=some, name=st.sampled_from(sorted(MOVES)), who=people, text=words)
    def any_step(self, number, name, who, text):
        """Any step by anybody, sensible or not."""
        self.step(self.file(number), name, who, text)

    @precondition(lambda self: self.model.files)
    @rule(numbers=st.lists(some, min_size=1, max_size=4))
    def possible_steps(self, numbers):
        """Any of the steps that somebody could make now, on whatever file."""
        for number in numbers:
            self._possible_step(number)

    def _possible_step(self, number):
        possible = [
            (file, name, who)
            for name, (_target, _words, may) in MOVES.items()
            for file in self.model.files
            for who in WHO
            if may(self.model, file, who)
        ]
        names = sorted({name for _file, name, _who in possible})
        if names:
            chosen = [one for one in possible if one[1] == names[number % len(names)]]
            self.step(*chosen[number % len(chosen)], "In order.")

    @precondition(lambda self: self.model.files)
    @rule(number=some, steps=st.integers(1, 9), place=places, defects=st.booleans())
    def go_on(self, number, steps, place, defects=False):
        """The usual way for some steps, by those whose task it is; once round by the notice of defects."""
        file = self.file(number)
        for _ in range(steps):
            if file.state == "draft" and not file.complete:
                self._fill_in(file, OWNERS[file.firm], place, 1)
            elif file.state == "first_review" and None in file.checks:
                who = next(one for one in WHO if reviews(file, one))
                self._check(file, file.checks.index(None), True, who)
            elif file.state == "approved":
                return self._announce([file], [], OFFICER)
            elif file.state in USUAL:
                name = USUAL[file.state]
                if name == "accept" and defects and not file.notified and not file.late:
                    name = "notify_defects"
                if name == "approve" and file.state == "provincial_review" and file.place == "there":
                    name = "forward"
                able = [one for one in WHO if MOVES[name][2](self.model, file, one)]
                if not able:
                    return None
                self.step(file, name, able[-1], "In order.")

    @precondition(lambda self: any(file.checks for file in self.model.files))
    @rule(number=some, site=some, passed=st.sampled_from([True, True, False]), who=people)
    def check_site(self, number, site, passed, who):
        files = [file for file in self.model.files if file.checks]
        file = files[number % len(files)]
        self._check(file, site % len(file.checks), passed, who)

    def _check(self, file, site, passed, who):
        must = reviews(file, who) and file.state == "first_review"
        row = list(self.row(file).sites.all())[site]
        result = "inside" if passed else ("outside", "unfit")[file.key % 2]
        self.attempt("check a site", must, lambda: workflow.check_site(
            row, by=self.actor(who), checked_on=timezone.localdate(), result=result, findings="seen"
        ))  # fmt: skip
        if must:
            file.checks[site] = passed
            file.handled_by.add(who.person)

    @precondition(lambda self: any(file.state in ("submitted", "defects") for file in self.model.files))
    @rule(number=some)
    def time_passes(self, number):
        """The clock of a file ran out yesterday."""
        files = [file for file in self.model.files if file.state in ("submitted", "defects")]
        file = files[number % len(files)]
        day = timezone.localdate()
        Deadline.objects.filter(application=file.key, stopped_on=None).update(
            due_on=day.fromordinal(day.toordinal() - 1), started_on=day.fromordinal(day.toordinal() - 9)
        )
        file.late = True

    # --- Announcements and what follows ---

    @precondition(lambda self: self.model.files)
    @rule(chosen=few, stops=few, waiting=st.booleans(), who=people)
    def announce(self, chosen, stops, waiting, who):
        """Some files and decided stops together: mostly those that wait for it, sometimes just any."""
        files, cases = self.model.files, self.model.cases
        if waiting:
            files = [file for file in files if file.state == "approved"]
            cases = [case for case in cases if case.state == "decided" and not case.announced]
            who = OFFICER
        files = list({number % len(files): files[number % len(files)] for number in chosen if files}.values())
        cases = list({number % len(cases): cases[number % len(cases)] for number in stops if cases}.values())
        self._announce(files, cases, who)

    def _announce(self, files, cases, who):
        model, number = self.model, next(self.numbers)
        must = announceable(model, files, cases, who)
        new_firms = {file.firm for file in files} - model.public_firms if must else set()
        entries = 1 + 2 * len(files) + len(new_firms)
        announcement = self.attempt("announce", must, lambda: announcing.publish(
            [self.row(file) for file in files], by=self.actor(who), text=f"示例公告第{number}号", number=number,
            published_on=timezone.localdate(), stops=[StopCase.objects.get(pk=case.key) for case in cases],
        ), entries=entries)  # fmt: skip
        if announcement is None:
            return
        model.public_firms |= new_firms
        for file in files:
            file.state = "announced"
            file.handled_by.add(who.person)
            if file.changes is not None:
                self.counts["change announced"] += 1
                file.changes.place = file.place
            else:
                row = Authorisation.objects.get(terms__application=file.key)
                model.auths.append(Auth(row.pk, row.reference, file.firm, file.product, file.place))
        for case in cases:
            self.counts["stop announced"] += 1
            case.announced = True
            assert StopCase.objects.get(pk=case.key).announcement == announcement

    def auth(self, number):
        return self.model.auths[number % len(self.model.auths)]

    @precondition(lambda self: self.model.auths)
    @rule(number=some, who=people, text=words, done=st.booleans())
    def any_rectification(self, number, who, text, done):
        self._rectify(self.auth(number), who, text, done)

    def _rectify(self, auth, who, text, done):
        must = reviews(auth, who) and auth.state == ("rectifying" if done else "in_force") and bool(text.strip())
        name = "confirm_rectification" if done else "order_rectification"
        row = Authorisation.objects.get(pk=auth.key)
        self.attempt(name, must, lambda: getattr(supervision, name)(row, by=self.actor(who), text=text))
        if must:
            auth.state = "in_force" if done else "rectifying"

    @precondition(lambda self: self.model.auths)
    @rule(number=some, who=people, text=words, ground=grounds)
    def any_proposal(self, number, who, text, ground):
        self._propose(self.auth(number), who, text, ground)

    def _propose(self, auth, who, text, ground):
        gives_up = who.role == "owner" and who.firm == auth.firm and ground == "given_up"
        waiting = any(case.auth is auth and case.state == "proposed" for case in self.model.cases)
        must = (gives_up or reviews(auth, who)) and auth.state in LIVE and not waiting and bool(text.strip())
        row = Authorisation.objects.get(pk=auth.key)
        case = self.attempt("propose_stop", must, lambda: supervision.propose_stop(
            row, by=self.actor(who), ground=ground, text=text
        ))  # fmt: skip
        if case is not None:
            self.model.cases.append(Case(case.pk, auth, who.person))

    @precondition(lambda self: self.model.cases)
    @rule(number=some, who=people, text=words, drop=st.booleans())
    def any_end_of_a_proposal(self, number, who, text, drop):
        self._close(self.model.cases[number % len(self.model.cases)], who, text, drop)

    def _close(self, case, who, text, drop):
        must = approves(case.auth, who) and case.state == "proposed" and who.person != case.proposer
        must = must and bool(text.strip()) and (drop or case.auth.state in LIVE)
        row = StopCase.objects.get(pk=case.key)
        name, entries = ("drop_stop", 1) if drop else ("decide_stop", 2)
        self.attempt(name, must, lambda: getattr(supervision, name)(row, by=self.actor(who), text=text), entries)
        if must and drop:
            case.state = "dropped"
        elif must:
            case.state = "decided"
            case.auth.state = "ended" if row.ground in ("enterprise_ended", "given_up") else "revoked"

    @precondition(lambda self: self.model.auths)
    @rule(number=some, steps=st.lists(st.sampled_from(["rectify", "propose", "close", "drop"]), min_size=1, max_size=6),
          ground=grounds)  # fmt: skip
    def possible_supervision(self, number, steps, ground):
        """What somebody may do about an authorisation, by one of those who may."""
        for what in steps:
            self._supervise(number, what, ground)

    def _supervise(self, number, what, ground):
        waiting = [case for case in self.model.cases if case.state == "proposed"]
        auth = self.auth(number)
        reviewer = next(one for one in WHO if reviews(auth, one))
        if what == "rectify":
            self._rectify(auth, reviewer, "Because.", done=auth.state == "rectifying")
        elif what in ("close", "drop") and waiting:
            case = waiting[number % len(waiting)]
            able = [one for one in WHO if approves(case.auth, one) and one.person != case.proposer]
            self._close(case, able[number % len(able)], "Because.", what == "drop")
        else:
            self._propose(auth, reviewer, "Because.", ground)

    @precondition(lambda self: any(auth.state in LIVE for auth in self.model.auths))
    @rule(number=some, right=st.booleans(), who=people, text=words, rarely=st.sampled_from([True, False, False, False]))
    def revoke_protection(self, number, right, who, text, rarely):
        """The protection of a product that is used ends: with its last right the authorisations for it end."""
        who = OFFICER if rarely else who
        product = self.auth(number).product
        keys = self.scene.rights[product]
        key = keys[right % len(keys)]
        must = who.role == "officer" and key in self.model.rights[product] and bool(text.strip())
        left = [one for one in self.model.rights[product] if one != key]
        ends = [a for a in self.model.auths if a.product == product and a.state in LIVE] if must and not left else []
        done = self.attempt("revoke_protection", must, lambda: supervision.revoke_protection(
            Right.objects.get(pk=key), by=self.actor(who), on=timezone.localdate(), announcement=self.scene.act,
            reason=text,
        ), entries=1 + len(ends))  # fmt: skip
        if done is not None:
            assert sorted(row.pk for row in done) == sorted(auth.key for auth in ends)
            self.model.rights[product] = left
            for auth in ends:
                self.counts["ended with its product"] += 1
                auth.state = "ended"


# --- The scene, once for all examples ---


class Scene:
    """Two enterprises, two products, everybody in WHO."""

    def __init__(self):
        self.world = world = make_world()
        rice = make.make_product("示例大米", number=366)
        make.make_right(rice, track="certification_mark")
        self.products = {"tea": world.product, "rice": rice}
        self.rights = {
            name: list(product.rights.order_by("pk").values_list("pk", flat=True))
            for name, product in self.products.items()
        }
        self.firms = {"ours": world.enterprise, "theirs": world.people["outsider"].memberships.get().enterprise}
        self.places = {"here": world.county, "there": world.elsewhere}
        self.territories = {
            ("reviewer", "here"): world.prefecture, ("approver", "here"): world.province,
            ("reviewer", "there"): world.elsewhere, ("approver", "there"): world.elsewhere,
        }  # fmt: skip
        for who in WHO:
            if who.person not in world.people:
                place = self.territories.get((who.role, who.place))
                world.people[who.person] = make.make_person(ROLES[who.role], place, username=who.person)
        self.act = registrar.enter_announcement(
            by=Actor.user(world.people["officer"], Role.OFFICER), issuer="other", text="示例：终止保护",
            published_on=timezone.localdate(),
        )  # fmt: skip


def test_the_register_does_what_the_model_says():
    scene, Register.counts = Scene(), Counter()
    run_state_machine_as_test(
        lambda: Register(scene),
        # Looking for a shorter sequence takes minutes: Phase.shrink is for whoever has to find the reason.
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    done = Register.counts
    print("\n".join(f"{number:6} {name}" for name, number in sorted(done.items())))
    reached = [*MOVES, "announce", "change announced", "stop announced", "decide_stop", "drop_stop",
               "order_rectification", "confirm_rectification", "ended with its product"]  # fmt: skip
    assert [name for name in reached if not done[name]] == []
    assert sum(number for name, number in done.items() if name.endswith("refused")) > done["steps"] / 5
