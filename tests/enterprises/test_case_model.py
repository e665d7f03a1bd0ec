"""Random sequences of steps by random people, against a plain model of what must succeed and what must not.

The model (`tests/case_model.py`) has rules of its own. After each step the register must agree with it in every
state, and the journal must tell exactly of what has changed. Many steps are chosen so that one thing only stands
against them: each guard has to hold by itself. What happened in all examples together is counted: examples that
never get as far as an authorisation would prove nothing.
"""

import uuid
from collections import Counter

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
from tests.case_model import (
    BOTH,
    CLOCK,
    LIVE,
    MOVES,
    OFFICER,
    OWNERS,
    USUAL,
    WHO,
    Auth,
    Case,
    File,
    Model,
    announceable,
    applies,
    approves,
    reviews,
)
from tests.case_world import make_world, pdf

pytestmark = pytest.mark.django_db
EXAMPLES, STEPS, MOST_FILES = 4, 30, 6  # examples of each situation
ROLES = {
    "owner": Role.ENTERPRISE_OWNER, "operator": Role.ENTERPRISE_OPERATOR, "reviewer": Role.REVIEWER,
    "approver": Role.APPROVER, "officer": Role.OFFICER, "auditor": Role.AUDITOR, "editor": Role.EDITOR,
}  # fmt: skip


# --- The machine: one step in the register and in the model ---

people, words = st.sampled_from(WHO), st.sampled_from(["Because of the documents.", "In order.", "  "])
some, few = st.integers(0, 99), st.lists(st.integers(0, 99), max_size=3)
places, products, firms = (st.sampled_from(pair) for pair in (["here", "there"], ["tea", "rice"], ["ours", "theirs"]))
supervised = st.sampled_from(["rectify", "propose", "close", "drop", "own"])
fitness = st.sampled_from([True, True, False])
detours = st.sampled_from(["", "", "defects", "late"])
grounds = st.sampled_from(["not_to_standard", "offence", "not_used", "enterprise_ended", "given_up"])
# How an example begins: where its files stand, the detour on the way there, and whether their sites are fit.
DECISION = "before whoever decides"
SITUATIONS = {
    "from the start": (["draft"], "", True),
    "late": (["submitted", "draft"], "", True),
    "notified": (["defects", "draft"], "defects", True),
    "reply late": (["defects", "defects"], "defects", True),
    "noticed once": (["noticed", "accepted"], "defects", True),
    "unchecked": (["first_review", "accepted"], "", True),
    "unfit": ([DECISION, "provincial_review"], "", False),
    "handled": ([DECISION, "provincial_review"], "", True),
    "duplicate": ([DECISION, "announced", "provincial_review"], "", True),
    "product gone": ([DECISION, "approved", "draft"], "", True),
    "announced": (["announced", "approved"], "", True),
    "to be stopped": (["announced", "draft"], "", True),
    "overtaken": (["announced"], "", True),
}


class Register(RuleBasedStateMachine):
    """The register with its model beside it; everything is rolled back after each example."""

    counts = Counter()

    def __init__(self, scene, situation):
        super().__init__()
        self.situation = situation
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.scene, self.model = scene, Model(scene.rights)
        self.numbers = iter(range(1, 10_000))
        self.sequence, self.before = self.last_sequence(), self.states()
        self.tried = Counter()
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

    @initialize(firm=firms, product=products, place=places, numbers=st.lists(some, min_size=4, max_size=8))
    def begin(self, firm, product, place, numbers):
        """Some files of one enterprise for one product, in a situation in which something stands against a step."""
        situation = self.situation
        states, detour, fit = SITUATIONS[situation]
        for until in states:
            self.start(firm, product, None, True, place, 0)
            self._bring(self.model.files[-1], place, detour, fit, until=until)
        if "late" in situation:
            for file in self.model.files:
                self._let_time_pass(file)
        if situation == "product gone":
            for key in self.scene.rights[product]:
                self._revoke(product, key, OFFICER, "Because.")
        if situation == "to be stopped":
            self._supervise(0, "own", "offence")
            self._supervise(0, "propose", "offence")
            self._supervise(numbers[0], "close", "offence")
            self._announce([], [case for case in self.model.cases if case.state == "decided"], OFFICER)
        if situation == "overtaken":  # a change is approved, but what it would change has ended
            self.start_change(0, None, True, 0)
            self._bring(self.model.files[-1], place, until="approved")
            self._supervise(0, "propose", "given_up")
            self._supervise(0, "close", "given_up")
            self._announce([self.model.files[-1]], [], OFFICER)
        for number in numbers:
            self._some_step(number, faults=1)

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
        step = MOVES[name]
        faults = step.faults(self.model, file, who)
        if len(faults) == 1:
            self.counts[f"{name}: only {faults[0]}"] += 1
        must = not faults and (bool(text.strip()) or not step.words)
        arguments = {"text": text} if step.words else {}
        move, target = getattr(workflow, step.call or name), step.target
        self.attempt(name, must, lambda: move(self.row(file), by=self.actor(who), **arguments))
        if not must:
            return
        file.state = target
        file.late = file.late and name == "start_review"
        file.notified = file.notified or name == "notify_defects"
        if name == "reply":
            file.place = file.mended or file.place
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
            self._some_step(number, faults=0)

    @precondition(lambda self: self.model.files)
    @rule(numbers=st.lists(some, min_size=2, max_size=8))
    def almost_possible_steps(self, numbers):
        """Steps against which there is one thing only: each guard has to hold by itself."""
        for number in numbers:
            self._some_step(number, faults=1)

    def _some_step(self, number, *, faults):
        kinds = {}
        for name, step in MOVES.items():
            for file in self.model.files:
                for who in WHO:
                    found = step.faults(self.model, file, who)
                    if len(found) == faults:
                        kinds.setdefault((name, *found), []).append((file, name, who))
        if kinds:
            # Each kind has its turn, those with a reason of their own before wrong states, roles and places.
            turns = {kind: self.tried[kind] + 2 * (kind[-1] in ("state", "role", "place")) for kind in kinds}
            names = sorted(kind for kind in kinds if turns[kind] == min(turns.values()))
            kind = names[number % len(names)]
            self.tried[kind] += 1
            self.step(*kinds[kind][number % len(kinds[kind])], "In order.")

    @precondition(lambda self: self.model.files)
    @rule(number=some, steps=st.integers(1, 9), place=places, detour=detours, fit=fitness)
    def go_on(self, number, steps, place, detour="", fit=True):
        """The usual way for some steps, by those whose task it is; perhaps with defects, late, or a site unfit."""
        self._bring(self.file(number), place, detour, fit, steps=steps)

    def _bring(self, file, place, detour="", fit=True, *, until="", steps=14):
        for _ in range(steps):
            if self._is_at(file, until):
                return None
            if file.state == "draft" and not file.complete:
                self._fill_in(file, OWNERS[file.firm], place, 1)
            elif file.state == "first_review" and None in file.checks:
                who = next(one for one in WHO if reviews(file, one))
                self._check(file, file.checks.index(None), fit, who)
            elif file.state == "approved":
                return self._announce([file], [], OFFICER)
            elif file.state in USUAL:
                name = USUAL[file.state]
                if file.state == "submitted" and detour == "late":
                    self._let_time_pass(file)
                if name == "accept" and detour == "defects" and not file.notified and not file.late:
                    name = "notify_defects"
                if name == "approve" and file.state == "provincial_review" and file.place == "there":
                    name = "forward"
                able = [one for one in WHO if not MOVES[name].faults(self.model, file, one)]
                if not able:
                    return None
                self.step(file, name, able[-1], "In order.")

    def _is_at(self, file, until):
        if until == DECISION:
            return file.state == ("provincial_review" if file.place == "here" else "national_review")
        return file.state == ("submitted" if until == "noticed" else until) and (file.notified or until != "noticed")

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
        self._let_time_pass(file)

    def _let_time_pass(self, file):
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
    @rule(number=some, steps=st.lists(supervised, min_size=1, max_size=5), ground=grounds)
    def possible_supervision(self, number, steps, ground):
        """What somebody may do about an authorisation, by one of those who may."""
        for what in steps:
            self._supervise(number, what, ground)

    def _supervise(self, number, what, ground):
        waiting = [case for case in self.model.cases if case.state == "proposed"]
        auth = self.auth(number)
        able = [one for one in WHO if reviews(auth, one)]
        reviewer = able[number % len(able)]
        if what == "rectify":
            self._rectify(auth, reviewer, "Because.", done=auth.state == "rectifying")
        elif what == "own":  # somebody who may decide, but has proposed it
            if able[-1].person == "both" and auth.state in LIVE:
                self._propose(auth, able[-1], "Because.", ground)
            for case in self.model.cases:
                if case.state == "proposed" and case.proposer == "both" and case.auth.place == "here":
                    self.counts["the proposer refused"] += 1
                    self._close(case, BOTH, "Because.", drop=number % 2 == 0)
        elif waiting and what != "propose":
            case = waiting[number % len(waiting)]
            able = [one for one in WHO if approves(case.auth, one) and one.person != case.proposer]
            self._close(case, able[number % len(able)], "Because.", what == "drop")
        else:
            self._propose(auth, reviewer, "Because.", ground)

    @precondition(lambda self: any(auth.state in LIVE for auth in self.model.auths))
    @rule(product=products, who=people, text=words)
    def any_revocation(self, product, who, text):
        self._revoke(product, self.scene.rights[product][-1], who, text)

    @precondition(lambda self: any(auth.state in LIVE for auth in self.model.auths))
    @rule(number=some, steps=st.integers(0, 2))
    def end_of_a_product(self, number, steps):
        """The officer ends the rights of a product that is used: with the last one its authorisations end."""
        product = self.auth(number).product
        for key in self.scene.rights[product][:steps]:
            self._revoke(product, key, OFFICER, "Because.")

    def _revoke(self, product, key, who, text):
        rights = self.model.rights[product]
        must = who.role == "officer" and key in rights and bool(text.strip())
        left = [one for one in rights if one != key]
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
    # Looking for a shorter sequence takes minutes: Phase.shrink is for whoever has to find the reason.
    how = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    for situation in SITUATIONS:
        run_state_machine_as_test(lambda situation=situation: Register(scene, situation), settings=how)
    done = Register.counts
    print("\n".join(f"{number:6} {name}" for name, number in sorted(done.items())))
    assert [name for name in REACHED if not done[name]] == []


# What the examples must have come to: every step, and each thing that alone stood against one.
REACHED = [
    *MOVES, "announce", "change announced", "stop announced", "decide_stop", "drop_stop", "the proposer refused",
    "order_rectification", "confirm_rectification", "ended with its product",
    "notify_defects: only second time", "notify_defects: only late",
    "not_accept: only too early", "not_accept: only too late",
    "pass_on: only unchecked", "approve: only own file", "approve: only site", "approve: only duplicate",
    "approve: only product", "approve: only no pilot", "withdraw: only state", "submit: only incomplete",
    "approve nationally: only own file",
]  # fmt: skip
