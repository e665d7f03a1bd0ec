"""What the register says of a label: proof, answer, and that the answer is right the moment something changes."""

import datetime
import os
import uuid
from base64 import b64encode

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.utils import timezone

from enterprises import label_codes, label_keys, labels, supervision, verification
from enterprises.label_models import LabelBatch
from enterprises.label_states import Fate, RecallGround, SignalKind, VoidReason
from enterprises.states import StopGround, SuspensionGround
from enterprises.verdicts import Facts, Stop, StopKind, Verdict, band, decide
from gi_registry.models import JournalEntry
from products import registrar
from products.models import Announcement
from tests.label_world import code_of, make_labels

DAY = datetime.date(2026, 5, 1)


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (None, Verdict.NOT_ISSUED),
        (Facts(Fate.WAITING), Verdict.NOT_ACTIVATED),
        (Facts(Fate.WAITING, unusual=True), Verdict.NOT_ACTIVATED),
        (Facts(Fate.ACTIVE), Verdict.IN_FORCE),
        (Facts(Fate.ACTIVE, unusual=True), Verdict.UNUSUAL),
        (Facts(Fate.ACTIVE, [Stop(StopKind.SUSPENDED, DAY)], unusual=True), Verdict.STOPPED),
        (Facts(Fate.ACTIVE, [Stop(StopKind.PROTECTION_ENDED, DAY)]), Verdict.PROTECTION_ENDED),
        (Facts(Fate.ACTIVE, [Stop(StopKind.ENDED, DAY), Stop(StopKind.PROTECTION_ENDED, DAY)]),
         Verdict.PROTECTION_ENDED),
        (Facts(Fate.VOID, [Stop(StopKind.PROTECTION_ENDED, DAY), Stop(StopKind.LABEL_VOID, DAY)]), Verdict.STOPPED),
    ],
)  # fmt: skip
def test_the_answer_follows_from_the_facts(facts, verdict):
    assert decide(facts)[0] == verdict


def test_the_most_urgent_thing_stands_first():
    stops = [Stop(StopKind.SUSPENDED, DAY), Stop(StopKind.LABEL_VOID, DAY), Stop(StopKind.BATCH_RECALLED, DAY)]
    assert [stop.kind for stop in decide(Facts(Fate.VOID, stops))[1]] == [
        StopKind.BATCH_RECALLED, StopKind.LABEL_VOID, StopKind.SUSPENDED,
    ]  # fmt: skip


@pytest.mark.parametrize(("count", "name"), [(0, "0"), (1, "1"), (2, "2-5"), (5, "2-5"), (6, "6-20"), (20, "6-20"),
                                             (21, ">20"), (10**6, ">20")])  # fmt: skip
def test_scans_are_told_in_bands(count, name):
    assert band(count) == name


@pytest.fixture
def found(db):
    return make_labels()


def revocation():
    return Announcement.objects.create(text="撤销公告2026年第1号", issuer="cnipa", published_on=timezone.localdate())


def answer(batch, index, *, unusual=False):
    label = verification.find(code_of(batch, index))
    return label.answer(unusual=unusual)


def verdict(batch, index):
    return answer(batch, index)[0]


def test_labels_of_an_issued_batch_are_found_by_their_codes(found):
    batch, other = found.batch(100, active=(1, 50)), found.batch(100)
    for one, index in ((batch, 1), (batch, 100), (other, 100)):
        label = verification.find(code_of(one, index))
        assert (label.facts.batch, label.index) == (one, index)
    assert verdict(batch, 50) == Verdict.IN_FORCE
    assert verdict(batch, 51) == Verdict.NOT_ACTIVATED
    assert answer(batch, 50, unusual=True)[0] == Verdict.UNUSUAL


def test_codes_beyond_the_batch_and_of_requests_are_not_issued(found):
    batch = found.batch(100)
    assert verification.find(code_of(batch, 0)) is None
    assert verification.find(code_of(batch, 101)) is None
    request = found.request(5)
    made_up = label_codes.make(request.pk, 1, secret=bytes(32), order_key=label_keys.order_key())
    assert verification.find(made_up) is None


def test_another_batch_secret_or_tag_proves_nothing(found):
    batch = found.batch(100)
    for number, index, secret in (
        (batch.pk, 1, os.urandom(32)), (batch.pk + 1, 1, os.urandom(32)), (label_codes.MAX_BATCH, 5, bytes(32)),
    ):  # fmt: skip
        code = label_codes.make(number, index, secret=secret, order_key=label_keys.order_key())
        assert verification.find(code) is None


# --- Right at once ---


def test_void_and_returned_labels_say_so_at_once(found):
    batch = found.batch(100, active=(1, 50))
    assert verdict(batch, 10) == Verdict.IN_FORCE
    owner = found.world.actor("owner")
    labels.declare_void(batch, by=owner, nonce=uuid.uuid4(), first=10, last=10, reason=VoidReason.LOST)
    labels.take_back(batch, by=owner, nonce=uuid.uuid4(), first=90, last=100)
    assert answer(batch, 10) == (Verdict.STOPPED, [Stop(StopKind.LABEL_VOID, timezone.localdate(), "lost")])
    assert answer(batch, 95)[1][0].kind == StopKind.LABEL_RETURNED
    assert verdict(batch, 11) == Verdict.IN_FORCE


def test_a_recalled_batch_says_so_at_once(found):
    batch = found.batch(100, active=(1, 100))
    assert verdict(batch, 1) == Verdict.IN_FORCE
    labels.recall(batch, by=found.world.actor("owner"), ground=RecallGround.QUALITY, text="Mould.")
    stop = Stop(StopKind.BATCH_RECALLED, timezone.localdate(), "quality")
    assert answer(batch, 1) == (Verdict.STOPPED, [stop])


def test_a_suspension_and_its_end_are_told_at_once(found):
    batch, approver = found.batch(10, active=(1, 10)), found.world.actor("approver")
    assert verdict(batch, 1) == Verdict.IN_FORCE
    supervision.suspend(found.authorisation, by=approver, ground=SuspensionGround.TEST_FAILED, text="Lead.")
    assert answer(batch, 1) == (
        Verdict.STOPPED, [Stop(StopKind.SUSPENDED, timezone.localdate(), "test_failed")]
    )  # fmt: skip
    found.authorisation.refresh_from_db()
    supervision.resume(found.authorisation, by=approver, text="Tested again.")
    assert verdict(batch, 1) == Verdict.IN_FORCE


@pytest.mark.parametrize(
    ("ground", "kind"), [(StopGround.OFFENCE, StopKind.REVOKED), (StopGround.ENTERPRISE_ENDED, StopKind.ENDED)]
)
def test_the_end_of_an_authorisation_is_told_with_its_ground(found, ground, kind):
    batch = found.batch(10, active=(1, 10))
    assert verdict(batch, 1) == Verdict.IN_FORCE
    case = supervision.propose_stop(found.authorisation, by=found.world.actor("reviewer"), ground=ground, text="So.")
    supervision.decide_stop(case, by=found.world.actor("approver"), text="Agreed.")
    assert answer(batch, 1) == (Verdict.STOPPED, [Stop(kind, timezone.localdate(), ground.value)])


def test_the_end_of_protection_is_told_at_once(found):
    batch = found.batch(10, active=(1, 10))
    assert verdict(batch, 1) == Verdict.IN_FORCE
    announcement = revocation()
    right = found.world.product.rights.get()
    supervision.revoke_protection(
        right, by=found.world.actor("officer"), on=timezone.localdate(), announcement=announcement, reason="Gone."
    )
    said, stops = answer(batch, 1)
    assert said == Verdict.PROTECTION_ENDED
    assert [stop.kind for stop in stops] == [StopKind.PROTECTION_ENDED, StopKind.ENDED]


def test_a_change_of_the_name_is_told_at_once(found):
    batch = found.batch(10)
    assert verification.find(code_of(batch, 1)).facts.batch.season.authorisation.product.name_zh == "安化黑茶"
    product = found.world.product
    registrar.amend_product(product, by=found.world.actor("officer"), name_en="Renamed Tea")
    assert verification.find(code_of(batch, 1)).facts.batch.season.authorisation.product.name_en == "Renamed Tea"


def test_what_several_scans_would_mean(found):
    batch = found.batch(10, active=(1, 5))
    assert verification.find(code_of(batch, 1)).strange is None
    assert verification.find(code_of(batch, 6)).strange == SignalKind.NOT_ON_SALE
    labels.recall(batch, by=found.world.actor("owner"), ground=RecallGround.QUALITY, text="Mould.")
    assert verification.find(code_of(batch, 1)).strange == SignalKind.STOPPED


def test_questions_are_answered_from_memory_while_nothing_changes(found, django_assert_num_queries):
    batch = found.batch(10)
    code = code_of(batch, 1)
    verification.find(code)
    with django_assert_num_queries(1):  # is there anything new in the journal?
        verification.find(code)


# --- Keys ---


def key_text(byte: int) -> str:
    return b64encode(bytes([byte]) * 32).decode()


def test_a_stolen_database_makes_no_code_without_the_master_key(found, settings):
    batch = found.batch(10)
    code, sealed = code_of(batch, 1), (batch.key_id, batch.secret)
    settings.MASTER_KEYS = f"1:{key_text(7)}"  # the thief's guess
    with pytest.raises(label_keys.SealBroken):
        label_keys.unseal(*sealed, f"batch:{batch.pk}")
    # Nor is the sealed text itself a secret that makes the code.
    guess = label_codes.make(batch.pk, 1, secret=bytes(batch.secret)[:32], order_key=label_keys.order_key())
    assert guess != code


def test_the_master_key_makes_no_code_without_the_database(found):
    batch = found.batch(10)
    code = code_of(batch, 1)
    master = label_keys.read_key(label_keys.settings.MASTER_KEYS.partition(":")[2], "GI_MASTER_KEYS")
    for secret in (master, label_keys.order_key()):
        assert label_codes.make(batch.pk, 1, secret=secret, order_key=label_keys.order_key()) != code


def test_a_seal_belongs_to_its_batch_and_its_order_key(found, settings):
    one, other = found.batch(10), found.batch(10)
    with pytest.raises(label_keys.SealBroken):
        label_keys.unseal(one.key_id, one.secret, f"batch:{other.pk}")
    settings.ORDER_KEY = key_text(9)
    with pytest.raises(label_keys.SealBroken):
        label_keys.unseal(one.key_id, one.secret, f"batch:{one.pk}")


def test_a_missing_master_key_is_no_answer_about_a_label(found, settings):
    batch = found.batch(10)
    code = code_of(batch, 1)
    settings.MASTER_KEYS = f"8:{key_text(8)}"
    with pytest.raises(label_keys.SealBroken):
        verification.find(code)


@pytest.mark.parametrize("text", ["", "1", "1:", "1:abc", "x:" + key_text(1), f"1:{key_text(1)},1:{key_text(2)}"])
def test_master_keys_that_cannot_be_are_refused(text, settings):
    settings.MASTER_KEYS = text
    with pytest.raises(ImproperlyConfigured):
        label_keys.current_key_id()


def test_the_secret_of_a_batch_is_not_in_the_database_in_the_clear(found):
    batch = found.batch(10)
    secret = label_keys.unseal(batch.key_id, batch.secret, f"batch:{batch.pk}")
    assert secret not in bytes(LabelBatch.objects.get(pk=batch.pk).secret)


# --- Rotation ---


def test_a_new_master_key_seals_anew_and_codes_stay(found, settings, capsys):
    batch = found.batch(10)
    code, before = code_of(batch, 3), settings.MASTER_KEYS
    settings.MASTER_KEYS = f"2:{key_text(2)},{before}"
    call_command("rotate_master_key")
    assert "1 secrets sealed anew" in capsys.readouterr().out
    settings.MASTER_KEYS = f"2:{key_text(2)}"  # the old key is gone
    assert verification.find(code).index == 3
    assert code_of(batch, 3) == code
    assert JournalEntry.objects.filter(event_type="master_key.rotated").count() == 1
    call_command("rotate_master_key")  # again: nothing left to do
    assert "0 secrets" in capsys.readouterr().out


def test_a_rotation_without_the_old_key_changes_nothing(found, settings):
    one, other = found.batch(10), found.batch(10)
    before, kept = settings.MASTER_KEYS, bytes(one.secret)
    settings.MASTER_KEYS = f"2:{key_text(2)}"
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("rotate_master_key")
    settings.MASTER_KEYS = before
    assert bytes(LabelBatch.objects.get(pk=one.pk).secret) == kept
    assert verification.find(code_of(other, 1)).index == 1
