"""An authorisation with certified output and issued labels, for tests: made by the writers, as in the register."""

import uuid
from dataclasses import dataclass

from enterprises import label_codes, label_keys, labels, output
from enterprises.label_models import LabelBatch, OutputStatement, Season
from enterprises.label_states import LARGE_BATCH, Unit
from enterprises.models import Authorisation
from tests.case_world import World, make_world

KILOGRAMS = 1000  # thousandths of the unit


@dataclass
class Labels:
    """A case world whose enterprise is authorised and has 1,000 kg of certified output."""

    world: World
    authorisation: Authorisation
    season: Season

    def request(self, count: int = 100, *, by: str = "owner", **values) -> LabelBatch:
        """Ask for labels of 500 g."""
        values = {"variety": "茯砖茶", "pack": 500, "pack_text": "500 g", "mark_text": "GB/T 32719"} | values
        nonce = values.pop("nonce", None) or uuid.uuid4()
        return labels.request(self.season, by=self.world.actor(by), nonce=nonce, count=count, **values)

    def batch(self, count: int = 100, *, active: tuple[int, int] | None = None, **values) -> LabelBatch:
        """Issued labels, of which a range may be active."""
        batch = self.request(count, **values)
        if batch.state == "requested" and count > LARGE_BATCH:
            labels.propose(batch, by=self.world.actor("reviewer"))
            labels.agree(batch, by=self.world.actor("approver"))
        elif batch.state == "requested":
            labels.issue(batch, by=self.world.actor("reviewer"))
        if active:
            self.activate(batch, *active)
        batch.refresh_from_db()
        return batch

    def activate(self, batch: LabelBatch, first: int, last: int) -> None:
        labels.activate(batch, by=self.world.actor("owner"), nonce=uuid.uuid4(), first=first, last=last)

    def certify(self, quantity: int, *, season: str = "2026") -> OutputStatement:
        """State output, in thousandths of a kilogram, and certify it."""
        statement = output.state_output(
            self.authorisation, by=self.world.actor("owner"), nonce=uuid.uuid4(), season=season, unit=Unit.KILOGRAM,
            quantity=quantity, evidence="Weighing list 7",
        )  # fmt: skip
        output.certify(statement, by=self.world.actor("reviewer"))
        return statement


def code_of(batch: LabelBatch, index: int) -> str:
    """The code of one label."""
    batch.refresh_from_db()
    secret = label_keys.unseal(batch.key_id, batch.secret, f"batch:{batch.pk}")
    return label_codes.make(batch.pk, index, secret=secret, order_key=label_keys.order_key())


def make_labels(*, certified: int = 1000 * KILOGRAMS, world: World | None = None) -> Labels:
    """The world, ready to request labels."""
    world = world or make_world()
    found = Labels(world, world.authorisation(), None)  # type: ignore[arg-type]
    found.season = found.certify(certified).season
    found.season.refresh_from_db()
    return found


def assert_balance(*seasons: Season) -> None:
    """The ledger computed anew from what happened gives the stored figures; of all seasons, or of those named."""
    for season in Season.objects.filter(pk__in=[one.pk for one in seasons]) if seasons else Season.objects.all():
        certified = sum(row.quantity for row in season.statements.filter(state="certified"))
        committed = 0
        for batch in season.batches.with_codes():
            fates: dict[int, str] = {}
            for event in batch.events.all():
                fates |= dict.fromkeys(range(event.first, event.last + 1), event.fate)
            told = [list(fates.values()).count(fate) for fate in ("active", "void", "returned")]
            assert told == [batch.active, batch.void, batch.returned]
            assert batch.waiting == batch.count - len(fates)
            committed += batch.pack * (batch.count - sum(event.unused for event in batch.events.all()))
        reserved = sum(row.pack * row.count for row in season.batches.filter(state="proposed"))
        assert (season.certified, season.committed, season.reserved) == (certified, committed, reserved)
        assert 0 <= season.committed + season.reserved <= season.certified
