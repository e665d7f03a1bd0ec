"""The draw of random inspections: fair, without repetition, by two people, and repeated by anybody from its seed."""

import datetime
import hashlib
import json
import subprocess
import sys
import uuid
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some

from enterprises import inspecting, inspection_lists, inspection_roll
from enterprises.inspection_models import CreditGrade, Inspection, InspectionDraw
from enterprises.inspection_states import DRAW_MOVES, DrawState, draw_pairs, weighted_sample
from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from tests import factories as make
from tests import races
from tests.case_world import OFFICIALS, ROLES, make_world
from tests.inspection_world import LONG_AGO, fix, fresh, make_draw, make_firms, make_inspector
from tests.test_conventions import ROOT

ON_POSTGRESQL = connection.vendor == "postgresql"
weights = some.dictionaries(some.text("ABCDEF0123", min_size=1, max_size=6), some.integers(1, 8), max_size=12)
seeds = some.text("0123456789abcdef", min_size=8, max_size=8)


# --- Drawing itself, without a database ---


@given(seeds, weights, some.integers(0, 15))
def test_nobody_is_drawn_twice_and_as_many_as_asked_for(seed, objects, size):
    drawn = weighted_sample(seed, "objects", objects, size)
    assert len(drawn) == len(set(drawn)) == min(size, len(objects))
    assert set(drawn) <= set(objects)


@given(seeds, weights, some.randoms())
def test_the_same_seed_draws_the_same_whatever_the_order_of_the_lists(seed, objects, random):
    keys = list(objects)
    random.shuffle(keys)
    again = {key: objects[key] for key in keys}
    assert weighted_sample(seed, "objects", objects, 5) == weighted_sample(seed, "objects", again, 5)


@given(seeds, weights, some.sets(some.tuples(some.sampled_from("pqrst"), some.text("ABCDEF0123", min_size=1))))
def test_a_conflict_is_never_drawn(seed, objects, conflicts):
    pairs = draw_pairs(seed, objects, list("pqrst"), conflicts, 6)
    for key, codes in pairs.items():
        assert len(codes) == len(set(codes)) <= 2
        assert not conflicts & {(code, key) for code in codes}
        free = [code for code in "pqrst" if (code, key) not in conflicts]
        assert len(codes) == min(2, len(free))


def test_over_many_seeds_each_comes_out_as_its_weight_says():
    objects = {"A": 1, "B": 2, "C": 4, "D": 8}
    first = Counter(weighted_sample(str(seed), "objects", objects, 1)[0] for seed in range(2000))
    for key, weight in objects.items():
        expected = 2000 * weight / 15
        assert abs(first[key] - expected) < 4 * (expected * (1 - weight / 15)) ** 0.5, key


def test_over_many_seeds_inspectors_come_out_alike():
    drawn = Counter()
    for seed in range(2000):
        [codes] = draw_pairs(str(seed), {"X": 1}, list("pqrst"), {("p", "X")}, 1).values()
        drawn.update(codes)
    assert drawn["p"] == 0
    assert all(abs(drawn[code] - 1000) < 4 * 500**0.5 for code in "qrst")


# --- What the lists hold ---


@pytest.fixture
def world(db):
    return make_world()


def test_grades_of_the_day_are_the_weights(world):
    graded, plain, older = make_firms(world, 3)
    CreditGrade.objects.create(enterprise=graded.enterprise, grade="D", effective_from=LONG_AGO, reason="x")
    CreditGrade.objects.create(
        enterprise=older.enterprise, grade="C", effective_from=LONG_AGO, effective_to=LONG_AGO, reason="x"
    )
    lists = inspection_lists.gather(division=world.province)
    assert lists.objects == {graded.reference: 8, plain.reference: 2, older.reference: 2}
    assert lists.grades == [("D", 8, 1), ("", 2, 2)]


def test_only_what_stands_in_the_territory_is_on_the_lists(world):
    here, ended, elsewhere = make_firms(world, 3)
    ended.state, ended.effective_to = "ended", LONG_AGO
    ended.effective_from = LONG_AGO
    ended.save()
    elsewhere.enterprise.province = world.elsewhere
    elsewhere.enterprise.save()
    make.make_authorisation(make.make_enterprise(province=world.province), world.product, basis="reported")
    assert list(inspection_lists.gather(division=world.province).objects) == [here.reference]
    assert set(inspection_lists.gather(division=None).objects) == {here.reference, elsewhere.reference}
    other = make.make_product("别的", number=9)
    assert not inspection_lists.gather(division=world.province, product=other).objects


def test_demonstration_and_real_never_meet(world):
    [real], [demo] = make_firms(world, 1), make_firms(world, 1, demo=True)
    inspector, pretended = make_inspector(world), make_inspector(world, demonstration=True)
    lists = inspection_lists.gather(division=world.province)
    assert (list(lists.objects), lists.inspectors) == ([real.reference], [inspector.code])
    lists = inspection_lists.gather(division=world.province, demonstration=True)
    assert (list(lists.objects), lists.inspectors) == ([demo.reference], [pretended.code])


def test_inspectors_of_the_territory_and_of_offices_above_it_who_are_active(world):
    county = make_inspector(world, division=world.county)
    above = make_inspector(world, division=world.province)
    make_inspector(world, division=world.elsewhere)
    make_inspector(world, active_to=LONG_AGO)
    make_inspector(world, active_from=timezone.localdate() + datetime.timedelta(days=1))
    assert set(inspection_lists.gather(division=world.prefecture).inspectors) == {county.code, above.code}


def test_conflicts_on_record_and_enterprises_that_an_account_acts_for(world):
    [one, other] = make_firms(world, 2)
    noted, ended = make_inspector(world), make_inspector(world)
    officer = world.actor("officer")
    inspection_roll.add_conflict(noted, by=officer, version=1, enterprise=one.enterprise, reason="A cousin.")
    over = inspection_roll.add_conflict(ended, by=officer, version=1, enterprise=one.enterprise, reason="Once.")
    inspection_roll.end_conflict(over, by=officer)
    acts = make_inspector(world, account=world.people["reviewer"])
    world.people["reviewer"].memberships.create(enterprise=other.enterprise, role=Role.ENTERPRISE_OPERATOR)
    found = inspection_lists.gather(division=world.province).conflicts
    assert sorted(found) == sorted([(noted.code, one.reference), (acts.code, other.reference)])


def test_lists_are_not_fixed_where_an_enterprise_lacks_two_inspectors(world):
    [one, _other] = make_firms(world, 2)
    first = make_inspector(world)
    make_inspector(world)
    fix(world, 1)
    inspection_roll.add_conflict(
        first, by=world.actor("officer"), version=1, enterprise=one.enterprise, reason="A cousin."
    )
    with pytest.raises(MoveRefused, match=one.enterprise.name_zh) as refusal:
        fix(world, 1)
    assert refusal.value.code == "too_few_inspectors"
    assert InspectionDraw.objects.count() == 1


@pytest.mark.parametrize(
    ("size", "title", "code"), [(0, "x", "wrong_size"), (5, "x", "wrong_size"), (1, " ", "title_missing")]
)
def test_a_size_or_title_that_makes_no_draw(world, size, title, code):
    make_firms(world, 4)
    for _ in range(2):
        make_inspector(world)
    with pytest.raises(MoveRefused) as refusal:
        fix(world, size, title=title)
    assert refusal.value.code == code


# --- Fixing, drawing, cancelling ---


@pytest.fixture
def fixed(world):
    make_firms(world, 5)
    for _ in range(4):
        make_inspector(world)
    return fix(world, 3)


def test_before_the_draw_the_journal_tells_fingerprints_and_sizes_only(world, fixed):
    entry = JournalEntry.objects.get(event_type=EventType.INSPECTION_FIXED)
    assert entry.payload == {
        "lists_sha256": fixed.lists_sha256, "commitment": fixed.commitment, "size": 3, "objects": 5, "inspectors": 4,
    }  # fmt: skip
    assert fixed.commitment == hashlib.sha256(fixed.secret.encode()).hexdigest()
    assert fixed.lists_sha256 == inspection_lists.digest(fresh(fixed).lists)  # also as it comes back from the database
    told = json.dumps(journal.as_json(entry), ensure_ascii=False)
    assert fixed.secret not in told
    assert "公司" not in told


def test_the_draw_uses_the_hash_that_the_journal_had(world, fixed):
    before = JournalEntry.objects.first()
    found = inspecting.draw(fixed, by=world.another("approver"))
    row = fresh(fixed)
    assert row.journal_hash == before.hash
    assert row.seed == hashlib.sha256(f"{row.secret}/{before.hash}".encode()).hexdigest()
    entry = JournalEntry.objects.get(event_type=EventType.INSPECTION_DRAWN)
    assert entry.previous_hash == before.hash
    assert entry.payload["seed"] == row.seed
    assert entry.payload["journal_sequence"] == before.sequence
    wanted = [[one.authorisation.reference, *(person.code for person in one.inspectors.all())] for one in found]
    assert [[pair[0], *sorted(pair[1:])] for pair in entry.payload["pairs"]] == wanted
    assert len(found) == 3
    assert list(journal.verify()) == [] or ON_POSTGRESQL


def test_who_fixed_the_lists_does_not_draw(world, fixed):
    with pytest.raises(MoveRefused, match="somebody else has to draw"):
        inspecting.draw(fixed, by=world.actor("approver"))
    assert fresh(fixed).state == DrawState.FIXED
    assert not Inspection.objects.exists()


def test_a_cancelled_draw_stays_on_record_with_its_reason(world, fixed):
    with pytest.raises(MoveRefused) as refusal:
        inspecting.cancel(fixed, by=world.actor("officer"), reason=" ")
    assert refusal.value.code == "reason_missing"
    inspecting.cancel(fresh(fixed), by=world.actor("officer"), reason="An inspector fell ill.")
    entry = JournalEntry.objects.get(event_type=EventType.INSPECTION_CANCELLED)
    assert entry.payload["reason"] == "An inspector fell ill."
    with pytest.raises(MoveRefused) as refusal:
        inspecting.draw(fresh(fixed), by=world.another("approver"))
    assert refusal.value.code == "wrong_state"


def test_the_same_form_makes_one_draw_and_another_persons_is_not_shown(world, fixed):
    assert fix(world, 3, nonce=fixed.nonce).pk == fixed.pk
    with pytest.raises(MoveRefused) as refusal:
        fix(world, 2, nonce=fixed.nonce)
    assert refusal.value.code == "already_sent"
    with pytest.raises(MoveRefused) as refusal:
        fix(world, 3, nonce=fixed.nonce, by="officer")
    assert refusal.value.code == "not_permitted"
    assert InspectionDraw.objects.count() == 1


def test_lists_that_changed_since_the_preview_are_not_fixed(world, fixed):
    lists = inspection_lists.gather(division=world.province)
    seen = inspection_lists.digest(lists.as_json(division=world.province, product=None, size=3))
    assert fix(world, 3, seen=seen).lists_sha256 == seen
    make_firms(world, 1)
    with pytest.raises(MoveRefused) as refusal:
        fix(world, 3, seen=seen)
    assert refusal.value.code == "someone_was_faster"


@pytest.mark.parametrize("move", [move.name for move in DRAW_MOVES])
@pytest.mark.parametrize("state", DrawState.values)
def test_every_state_every_move_every_role(world, fixed, state, move):
    if state == DrawState.DRAWN:
        inspecting.draw(fixed, by=world.another("officer"))
    elif state == DrawState.CANCELLED:
        inspecting.cancel(fixed, by=world.actor("officer"), reason="No time.")

    def answer(by):
        row = fresh(fixed)
        try:
            with transaction.atomic():
                if move == "draw":
                    inspecting.draw(row, by=by)
                else:
                    inspecting.cancel(row, by=by, reason="It is so.")
                after = fresh(fixed).state
                transaction.set_rollback(True)
                return after
        except MoveRefused as refusal:
            assert fresh(fixed).state == state
            return refusal.code

    may = {"draw": "drawn", "cancel": "cancelled"}[move] if state == DrawState.FIXED else "wrong_state"
    for name in ROLES:
        by = world.another(name) if name in OFFICIALS else world.actor(name)
        assert answer(by) == (may if name in ("approver", "officer") else "not_permitted"), name


def test_nobody_else_fixes_lists(world, fixed):
    for name in set(ROLES) - {"approver", "officer"}:
        with pytest.raises(MoveRefused) as refusal:
            fix(world, 1, by=name)
        assert refusal.value.code == "not_permitted", name


def test_an_approver_fixes_no_lists_of_the_whole_country_or_of_another_province(world, fixed):
    for division in (None, world.elsewhere):
        with pytest.raises(MoveRefused) as refusal:
            fix(world, 1, division=division)
        assert refusal.value.code == "not_permitted"
    assert fix(world, 1, division=None, by="officer").division is None


# --- Repeating it ---


def script() -> str:
    """The script of the document."""
    text = (Path(ROOT) / "docs" / "inspection-draw.md").read_text(encoding="utf-8")
    return text.split("```python\n")[1].split("```")[0]


def repeat(tmp_path, content: bytes) -> subprocess.CompletedProcess[str]:
    """Run it in a process of its own, without anything of ours."""
    file, program = tmp_path / "draw.json", tmp_path / "repeat.py"
    file.write_bytes(content)
    program.write_text(script(), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-I", str(program), str(file)], capture_output=True, text=True, check=False, timeout=60
    )


def test_the_script_of_the_document_has_ten_lines():
    assert len(script().splitlines()) == 10


def test_anybody_repeats_the_draw_from_the_published_file(world, client, tmp_path):
    firms = make_firms(world, 12)
    for number, row in enumerate(firms[:6]):
        CreditGrade.objects.create(
            enterprise=row.enterprise, grade="ACD"[number % 3], effective_from=LONG_AGO, reason="x"
        )
    people = [make_inspector(world) for _ in range(5)]
    for person, row in zip(people, firms, strict=False):
        inspection_roll.add_conflict(
            person, by=world.actor("officer"), version=1, enterprise=row.enterprise, reason="Once."
        )
    row = fix(world, 8)
    address = reverse("enterprises:inspection_json", args=[row.reference])
    assert client.get(address).status_code == 404  # nothing of the lists before the draw
    inspecting.draw(row, by=world.another("approver"))
    content = client.get(address).content
    found = repeat(tmp_path, content)
    assert found.stderr == ""
    wanted = [
        [one.authorisation.reference, *sorted(person.code for person in one.inspectors.all())]
        for one in Inspection.objects.order_by("place")
    ]
    assert [line.split() for line in found.stdout.splitlines()] == wanted == json.loads(content)["pairs"]
    assert len(wanted) == 8


def test_the_script_notices_lists_or_a_secret_that_were_changed(world, client, tmp_path):
    row, _found = make_draw(world)
    content = json.loads(client.get(reverse("enterprises:inspection_json", args=[row.reference])).content)
    for change in ({"secret": "0" * 64}, {"lists": content["lists"] | {"size": 1}}):
        assert "AssertionError" in repeat(tmp_path, json.dumps(content | change).encode()).stderr


# --- Two at once ---


@pytest.mark.django_db(transaction=ON_POSTGRESQL)
def test_of_many_who_draw_or_cancel_at_once_one_wins(race_database):
    world = make_world()
    make_firms(world, 4)
    for _ in range(3):
        make_inspector(world)
    fixed = fix(world, 2)
    by, other = world.another("approver"), world.actor("officer")
    rows = [fresh(fixed) for _ in range(12)]
    calls = [lambda row=row: inspecting.draw(row, by=by) for row in rows[:8]]
    calls += [lambda row=row: inspecting.cancel(row, by=other, reason="No time.") for row in rows[8:]]
    outcome = races.at_once(calls)
    assert outcome.faults() == []
    state = fresh(fixed).state
    assert Inspection.objects.count() == (2 if state == DrawState.DRAWN else 0)
    events = JournalEntry.objects.filter(event_type__in=[EventType.INSPECTION_DRAWN, EventType.INSPECTION_CANCELLED])
    assert events.count() == 1
    assert [fault for fault in journal.verify() if "triggers" not in fault] == []


@pytest.mark.django_db(transaction=ON_POSTGRESQL)
def test_a_form_sent_many_times_at_once_fixes_one_list(race_database):
    world = make_world()
    make_firms(world, 3)
    for _ in range(2):
        make_inspector(world)
    nonce = uuid.uuid4()
    outcome = races.at_once([lambda: fix(world, 2, nonce=nonce)] * 8)
    assert outcome.faults(winners=8) == []
    assert InspectionDraw.objects.count() == 1
    assert JournalEntry.objects.filter(event_type=EventType.INSPECTION_FIXED).count() == 1
