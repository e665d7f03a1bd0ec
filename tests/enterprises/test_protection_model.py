"""Random steps by random people on cases, objections and changes, against a plain model of what must succeed.

The model has rules of its own, written without the tables of moves. After each step register and model must agree in
every state, the journal must tell of each success and of nothing else, and what is protected must be what was granted.
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

from gi_registry import journal
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from products import objecting, protecting, registrar
from products.case_models import ProtectionCase
from products.case_states import CaseKind, ProposerLevel, ReviewResult, moves_of
from products.drafting import Place
from products.models import Announcement, Product, Right
from products.objection_models import Objection, PublicNotice
from products.objection_states import OBJECTION_MOVES
from tests.case_world import make_world
from tests.protection_world import DAY, LAW_78, LAW_80, PARTS, end_notice, make_case, neighbour, take

pytestmark = pytest.mark.django_db
EXAMPLES, STEPS, MOST = 20, 30, 4
PEOPLE = ["reviewer", "approver", "officer", "second", "elsewhere", "auditor"]
OFFICERS = {"officer", "second"}
PREPARE = {"reviewer", *OFFICERS}
OPEN = {"provincial", "formal", "defects", "accepted", "technical", "preliminary", "opposed"}
# Name of a step → who may take it, from which states, into which. One table a course.
COMMON = {
    "submit": (PREPARE, {"draft"}, "provincial"), "send_back": ({"approver"}, {"provincial"}, "draft"),
    "give_opinion": ({"approver"}, {"provincial"}, "formal"), "notify_defects": (OFFICERS, {"formal"}, "defects"),
    "reply": (PREPARE, {"defects"}, "formal"), "not_accept": (OFFICERS, {"formal", "defects"}, "not_accepted"),
    "withdraw": (PREPARE, OPEN, "withdrawn"),
}  # fmt: skip
OPPOSE = {"oppose": (OFFICERS, {"preliminary"}, "opposed")}
TABLES = {
    "78": COMMON | {
        "accept": (OFFICERS, {"formal"}, "accepted"), "begin_review": (OFFICERS, {"accepted"}, "technical"),
        "approve": (OFFICERS, {"technical"}, "approved"), "refuse": (OFFICERS, {"accepted", "technical"}, "refused"),
    },
    "80": COMMON | OPPOSE | {
        "accept": (OFFICERS, {"formal"}, "accepted"), "begin_review": (OFFICERS, {"accepted"}, "technical"),
        "announce": (OFFICERS, {"technical"}, "preliminary"),
        "recognise": (OFFICERS, {"preliminary", "opposed"}, "recognised"),
        "refuse": (OFFICERS, {"technical", "opposed"}, "refused"),
    },
    "change": COMMON | OPPOSE | {
        "announce": (OFFICERS, {"formal"}, "preliminary"), "change_at_once": (OFFICERS, {"formal"}, "changed"),
        "change": (OFFICERS, {"preliminary", "opposed"}, "changed"),
        "refuse": (OFFICERS, {"formal", "opposed"}, "refused"),
    },
}  # fmt: skip
STEP_NAMES = sorted({name for table in TABLES.values() for name in table})
EXAMINED = {"admitted", "answered", "negotiation"}
OBJECTION_STEPS = {
    "admit": (OFFICERS, {"received"}, "admitted"), "not_admit": (OFFICERS, {"received"}, "not_admitted"),
    "answer": (PREPARE, {"admitted"}, "answered"), "negotiate": (OFFICERS, {"admitted", "answered"}, "negotiation"),
    "uphold": (OFFICERS, EXAMINED, "upheld"), "dismiss": (OFFICERS, EXAMINED, "dismissed"),
    "take_back": (OFFICERS, EXAMINED | {"received"}, "withdrawn"),
}  # fmt: skip
DECIDES = {"approve", "recognise", "refuse", "change", "change_at_once"}


@dataclass(eq=False)
class Against:
    """An objection in the model."""

    reference: str
    state: str = "received"
    handlers: set = field(default_factory=set)


@dataclass(eq=False)
class Case:
    """A case in the model. `notice`: "", "open" or "over"; `wide`, `process`: what a change asks for."""

    reference: str
    course: str
    name: str
    wide: bool = False
    process: str = "a"
    state: str = "draft"
    notice: str = ""
    noticed: bool = False
    review: str = ""
    handlers: set = field(default_factory=set)
    objections: list = field(default_factory=list)

    def any(self, states):
        return any(one.state in states for one in self.objections)

    @property
    def undisturbed(self):
        return self.notice == "over" and not self.any({"received", "upheld", *EXAMINED})


class Register(RuleBasedStateMachine):
    """The register with its model beside it; everything is rolled back after each example."""

    counts = Counter()

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.world, self.cases, self.wide, self.process, self.versions = make_world(), [], False, "a", 1
        self.right = self.world.product.rights.get()
        today = timezone.localdate()
        act = Announcement.objects.create(issuer="cnipa", number=9001, text="第9001号", published_on=today)
        registrar.enter_requirements(
            self.right, PARTS | {"process": "a"}, by=self.world.actor("officer"), on=today,
            announcement=act, source="x",
        )  # fmt: skip
        self.world.another("officer")

    def teardown(self):
        try:
            assert list(journal.verify()) == []
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def actor(self, who):
        if who == "second":
            return self.world.another("officer")
        return self.world.actor("reviewer_elsewhere" if who == "elsewhere" else who)

    def attempt(self, name, must, call):
        before = self.told()
        try:
            call()
            done, words = True, ""
        except MoveRefused as refusal:
            done, words = False, str(refusal)
        assert done == must, f"{name}: {words or 'should have been refused'}"
        self.counts[name if done else f"{name} refused"] += 1
        assert (self.told() > before) == done, name
        assert done or len(words) > 15
        return done

    def told(self):
        return JournalEntry.objects.count()

    def case(self, number):
        return self.cases[number % len(self.cases)]

    def row(self, case):
        return ProtectionCase.objects.get(reference=case.reference)

    # --- Rules ---

    @initialize(courses=st.lists(st.sampled_from(list(TABLES)), min_size=1, max_size=3), far=st.integers(0, 11))
    def begin(self, courses, far):
        for place, course in enumerate(courses):
            self.start(course, ("安化擂茶", "安化蓝田茶")[place % 2], wide=True, process="b")
        for case in list(self.cases):  # most random steps would end in the first states
            for _step in range(far):
                self.onward(case, "officer")

    @precondition(lambda self: len(self.cases) < MOST)
    @rule(course=st.sampled_from(list(TABLES)), name=st.sampled_from(["安化擂茶", "安化蓝田茶"]), wide=st.booleans(),
          process=st.sampled_from("ab"))  # fmt: skip
    def new(self, course, name, wide, process):
        self.start(course, name, wide, process)

    def start(self, course, name, wide, process):
        kind = CaseKind.CHANGE if course == "change" else CaseKind.RECOGNITION
        places = [Place(self.world.county), Place(neighbour(self.world))][: 2 if wide else 1]
        level = ProposerLevel.PREFECTURE if wide else ProposerLevel.COUNTY
        row = make_case(
            self.world, "draft", kind=kind, law=LAW_78 if course == "78" else LAW_80, places=places, name_zh=name,
            proposer_level=level, requirements=PARTS | {"process": process},
        )  # fmt: skip
        self.cases.append(Case(row.reference, course, row.name_zh, wide, process))

    @rule(number=st.integers(0, 9), name=st.sampled_from(STEP_NAMES), who=st.sampled_from(PEOPLE))
    def try_step(self, number, name, who):
        self.step(self.case(number), name, who)

    @rule(number=st.integers(0, 9), who=st.sampled_from(sorted(OFFICERS)))
    def go_on(self, number, who):
        """The step onward from the present state, by somebody who may: examples should come to their ends."""
        self.onward(self.case(number), who)

    def onward(self, case, who):
        ways = [name for name, (_who, sources, _to) in TABLES[case.course].items() if case.state in sources]
        back = ("withdraw", "send_back", "not_accept", "notify_defects", "oppose")
        onward = [name for name in ways if name not in back]
        if DECIDES & set(onward):
            who = next((one for one in sorted(OFFICERS) if one not in case.handlers), who)
        if case.state == "technical" and not case.review:
            self.look_at(case, True, who)
        elif case.notice == "open" and not case.objections and self.cases.index(case) % 2 == 0:
            self.oppose(case)
        elif case.any({"received", *EXAMINED}):
            self.next_answer(case, who, ("uphold", "dismiss")[len(self.cases) % 2])
        elif case.notice == "open" and onward:
            self.end(case)
        elif onward:
            name = next((one for one in onward if self.allows(case, one, who)), onward[-1])
            usual = {"submit": "reviewer", "reply": "reviewer", "give_opinion": "approver"}
            self.step(case, name, usual.get(name, who))

    def step(self, case, name, who):
        if name not in TABLES[case.course]:
            return
        people, sources, target = TABLES[case.course][name]
        must = who in people and case.state in sources and self.allows(case, name, who)
        row, by = self.row(case), self.actor(who)
        move = next(one for one in moves_of(row.kind, row.legal_basis) if one.name == name)
        if not self.attempt(name, must, lambda: take(row, move, by=by)):
            return
        case.state = target
        case.handlers.add(who)
        if name == "notify_defects":
            case.noticed = True
        if name == "announce" or (name, case.course) == ("accept", "78"):
            today = timezone.localdate()
            PublicNotice.objects.filter(case=row).update(published_on=today - 5 * DAY, first_day=today - 4 * DAY)
            case.notice = "open"
        if target == "changed":
            self.wide, self.process, self.versions = case.wide, case.process, self.versions + 1

    def allows(self, case, name, who):
        fresh_eyes = who not in case.handlers
        match name:
            case "submit" | "reply":
                return self.can_be_filed(case, name)
            case "notify_defects":
                return not case.noticed
            case "not_accept":
                return case.state == "formal" or case.course == "78"  # the old law gives no time to reply
            case "begin_review":
                return case.course == "80" or case.undisturbed
            case "announce":
                return case.review == "passed" if case.course == "80" else case.wide != self.wide
            case "oppose":
                return case.any(EXAMINED)
            case "approve":
                return fresh_eyes and case.review == "passed" and not self.granted(case.name)
            case "recognise":
                return fresh_eyes and case.undisturbed and not self.granted(case.name)
            case "change":
                return fresh_eyes and case.undisturbed
            case "change_at_once":
                return fresh_eyes and case.wide == self.wide
            case "refuse" if case.state == "technical":
                return fresh_eyes and case.review == "failed"
            case "refuse" if case.state == "formal":
                return fresh_eyes
            case "refuse":
                return fresh_eyes and case.any({"upheld"})
        return True

    def can_be_filed(self, case, name):
        if case.course == "change":
            others = [one for one in self.cases if one is not case and one.course == "change"]
            free = name == "reply" or not any(one.state in OPEN for one in others)
            return free and (case.wide, case.process) != (self.wide, self.process)
        return not self.granted(case.name)

    def granted(self, name):
        return any(one.name == name and one.state in ("approved", "recognised") for one in self.cases)

    @rule(number=st.integers(0, 9), passed=st.booleans(), who=st.sampled_from(["officer", "officer", "approver"]))
    def review(self, number, passed, who):
        self.look_at(self.case(number), passed, who)

    def look_at(self, case, passed, who):
        result = ReviewResult.PASSED if passed else ReviewResult.FAILED
        values = {"held_on": timezone.localdate(), "experts": ["tea"], "result": result, "opinion": "Looked at."}
        must = case.state == "technical" and who in OFFICERS
        if self.attempt("review", must, lambda: protecting.record_review(self.row(case), by=self.actor(who), **values)):
            case.review = result.value
            case.handlers.add(who)

    @rule(number=st.integers(0, 9))
    def let_the_notice_end(self, number):
        self.end(self.case(number))

    def end(self, case):
        if case.notice == "open":
            end_notice(self.row(case))
            case.notice = "over"

    @rule(number=st.integers(0, 9))
    def object(self, number):
        self.oppose(self.case(number))

    def oppose(self, case):
        notice = PublicNotice.objects.filter(case__reference=case.reference).order_by("pk").last()
        if notice is None or len(case.objections) >= 2:
            return
        must, found = case.notice == "open" and case.state in OPEN, []
        self.attempt("object", must, lambda: found.append(objecting.receive(
            notice, nonce=uuid.uuid4(), objector_kind="unit", objector="某合作社", address="某路", contact="x",
            in_china=True, ground="area", text="Too large.",
        )))  # fmt: skip
        if found:
            case.objections.append(Against(found[0][0].reference))

    @rule(number=st.integers(0, 9), which=st.integers(0, 3), name=st.sampled_from(sorted(OBJECTION_STEPS)),
          who=st.sampled_from(PEOPLE))  # fmt: skip
    def move_objection(self, number, which, name, who):
        case = self.case(number)
        if case.objections:
            self.answer_to(case, case.objections[which % len(case.objections)], name, who)

    @rule(number=st.integers(0, 9), who=st.sampled_from(sorted(OFFICERS)))
    def pursue(self, number, who):
        """An objection comes, or goes on by whoever usually takes its next step."""
        fitting = [case for case in self.cases if case.objections or case.notice == "open"] or self.cases
        case = fitting[number % len(fitting)]
        if not case.objections:
            self.oppose(case)
        else:
            self.next_answer(case, who, ("uphold", "dismiss")[number % 2])

    def next_answer(self, case, who, decision):
        against = case.objections[-1]
        usual = {"received": "admit", "admitted": "answer"}.get(against.state, decision)
        self.answer_to(case, against, usual, "reviewer" if usual == "answer" else who)

    def answer_to(self, case, against, name, who):
        people, sources, target = OBJECTION_STEPS[name]
        decides = name in ("uphold", "dismiss")
        must = who in people and against.state in sources and (not decides or who not in against.handlers)
        must = must and (case.state in OPEN or not self.needs_open_case(name))
        row, by = Objection.objects.get(reference=against.reference), self.actor(who)
        words = {"text": "Because of the map."} | ({"published_reason": "The map shows it."} if decides else {})
        if self.attempt(name, must, lambda: getattr(objecting, name)(row, by=by, **words)):
            against.state = target
            against.handlers.add(who)
            if name == "admit" and case.state == "preliminary":
                case.state = "opposed"
                case.handlers.add(who)

    @staticmethod
    def needs_open_case(name):
        """Nobody goes on with an objection to a case that has ended, but for noting that it is closed."""
        return name not in ("not_admit", "take_back")

    # --- What must always hold ---

    @invariant()
    def states_agree(self):
        assert dict(ProtectionCase.objects.values_list("reference", "state")) == {
            case.reference: case.state for case in self.cases
        }
        found = dict(Objection.objects.values_list("reference", "state"))
        assert found == {one.reference: one.state for case in self.cases for one in case.objections}

    @invariant()
    def what_is_protected_was_granted_once(self):
        granted = {case.name for case in self.cases if case.state in ("approved", "recognised")}
        names = list(Right.objects.in_force().exclude(pk=self.right.pk).values_list("product__name_zh", flat=True))
        assert sorted(names) == sorted(granted)
        numbers = list(Product.objects.values_list("number", flat=True))
        assert len(set(numbers)) == len(numbers)

    @invariant()
    def the_right_has_the_area_and_the_version_of_the_last_change(self):
        assert self.right.areas.on().count() == (2 if self.wide else 1)
        current = self.right.requirements.get(effective_to=None)
        assert (current.parts["process"], current.version) == (self.process, self.versions)


def test_random_steps_agree_with_the_model():
    Register.counts.clear()
    assert {move.name for move in OBJECTION_MOVES} == set(OBJECTION_STEPS)
    run_state_machine_as_test(
        Register,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=True,
            phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    reached = {name for name in Register.counts if "refused" not in name}
    assert {"submit", "give_opinion", "accept", "announce", "object", "admit", "review"} <= reached
    # Which values are tried depends on the modules that are loaded: how often a case is decided differs, not whether.
    assert sum(Register.counts[name] for name in ("recognise", "approve", "change", "change_at_once", "refuse")) > 0
