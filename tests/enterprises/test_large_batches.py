"""More than 10,000 labels are issued by two officials: what the first proposes is reserved until the second decides."""

import html
import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import translation

from enterprises import label_rules, labels, ledger_invariants, operation_facts, output, supervision
from enterprises.label_facts import season_balance
from enterprises.states import SuspensionGround
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from tests.label_world import KILOGRAMS, assert_balance, make_labels

pytestmark = pytest.mark.django_db
MANY = 20_000  # of 500 g: ten tonnes


@pytest.fixture
def found():
    return make_labels(certified=15_000 * KILOGRAMS)


@pytest.fixture(autouse=True)
def _ledger_balances(found):
    """At the end of every test, whatever it did."""
    yield
    assert_balance()
    assert [fault for rule in ledger_invariants.RULES for fault in rule()] == []
    found.season.refresh_from_db()
    assert season_balance(found.season).agrees
    assert operation_facts.figures().ledgers_agree


def proposed(found, count=MANY):
    batch = found.request(count)
    labels.propose(batch, by=found.world.actor("reviewer"))
    return batch


def figures(found):
    found.season.refresh_from_db()
    return tuple(one // KILOGRAMS for one in (found.season.committed, found.season.reserved, found.season.remaining))


def refused(code, call, *args, **kwargs):
    with pytest.raises(MoveRefused) as caught:
        call(*args, **kwargs)
    assert caught.value.code == code, caught.value


def test_one_official_alone_issues_no_large_batch(found):
    batch = found.request(MANY)
    refused("guard", labels.issue, batch, by=found.world.actor("reviewer"))
    labels.propose(batch, by=found.world.actor("reviewer"))
    refused("guard", labels.agree, batch, by=found.world.actor("reviewer"))
    assert figures(found) == (0, 10_000, 5_000)


def test_the_second_official_issues_it_and_the_journal_names_both(found):
    batch = proposed(found)
    labels.agree(batch, by=found.world.actor("approver"))
    assert figures(found) == (10_000, 0, 5_000)
    entry = JournalEntry.objects.get(event_type="batch.issued")
    assert entry.actor == found.world.actor("approver").reference
    assert entry.payload["proposed_by"] == found.world.actor("reviewer").reference
    batch.refresh_from_db()
    assert batch.has_codes


@pytest.mark.parametrize("count", [10_000, 10_001])
def test_the_border_is_ten_thousand(found, count):
    batch, by = found.request(count), found.world.actor("reviewer")
    right, wrong = (labels.issue, labels.propose) if count == 10_000 else (labels.propose, labels.issue)
    refused("guard", wrong, batch, by=by)
    right(batch, by=by)


def test_what_is_reserved_is_gone_for_everybody_else(found):
    proposed(found)
    refused("over_allowance", found.request, 10_001)
    small = found.request(10_000)
    labels.issue(small, by=found.world.actor("reviewer"))
    refused("over_allowance", output.reduce, found.season, by=found.world.actor("reviewer"),
            nonce=small.nonce, quantity=1, text="Counted twice.")  # fmt: skip
    assert figures(found) == (5_000, 10_000, 0)


def test_a_refusal_and_a_withdrawal_give_it_back(found):
    labels.refuse(proposed(found), by=found.world.actor("approver"), text="Too many.")
    assert figures(found) == (0, 0, 15_000)
    labels.withdraw(proposed(found), by=found.world.actor("owner"))
    assert figures(found) == (0, 0, 15_000)


def test_a_withdrawal_of_before_the_proposal_releases_nothing(found):
    """The screen of the enterprise still says requested; the row says proposed."""
    batch = found.request(MANY)
    labels.propose(type(batch).objects.get(pk=batch.pk), by=found.world.actor("reviewer"))
    refused("someone_was_faster", labels.withdraw, batch, by=found.world.actor("owner"))
    assert figures(found) == (0, 10_000, 5_000)


def test_the_rule_of_the_province_issues_no_large_batch(found):
    label_rules.set_issue_rule(found.world.province, by=found.world.actor("approver"), automatic_up_to=1_000_000)
    assert found.request(MANY).state == "requested"
    assert found.request(9_000).state == "issued"


def test_nothing_is_agreed_to_while_the_mark_may_not_be_used(found):
    batch = proposed(found)
    supervision.suspend(found.authorisation, by=found.world.actor("approver"), text="Tested.",
                        ground=SuspensionGround.NOT_RECTIFIED)  # fmt: skip
    batch.refresh_from_db()
    refused("guard", labels.agree, batch, by=found.world.actor("approver"))
    assert figures(found) == (0, 10_000, 5_000)


@pytest.mark.parametrize("name", ["owner", "officer", "auditor", "reviewer_elsewhere", "approver_elsewhere"])
def test_who_may_not_issue_may_neither_propose_nor_agree(found, name):
    refused("not_permitted", labels.propose, found.request(MANY), by=found.world.actor(name))
    batch = proposed(found)
    refused("not_permitted", labels.agree, batch, by=found.world.actor(name))


# --- The pages ---


def enter(found, name):
    user, client = found.world.people[name], Client()
    Authenticator.objects.get_or_create(user=user, type="totp", defaults={"data": {"secret": "x"}})
    client.force_login(user)
    return client


def address(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def words(response):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def test_two_officials_issue_it_in_the_pages(found):
    batch = found.request(MANY)
    first, second = enter(found, "reviewer"), enter(found, "approver")
    page = words(first.get(address("desk_batch", batch.reference)))
    assert "Propose to issue the labels" in page
    assert "Issue the labels " not in page
    assert first.post(address("desk_batch_step", batch.reference, "propose")).status_code == 302
    assert "waits for a second official" in words(second.get(address("desk_labels")))
    assert "another official has to agree" in words(first.get(address("desk_batch", batch.reference)))
    assert first.post(address("desk_batch_step", batch.reference, "agree")).status_code == 409
    assert second.post(address("desk_batch_step", batch.reference, "agree")).status_code == 302
    assert figures(found) == (10_000, 0, 5_000)


def test_the_enterprise_reads_what_its_request_waits_for_and_withdraws_it(found):
    batch, owner = proposed(found), enter(found, "owner")
    assert "so many need a second one" in words(owner.get(address("portal_batch", batch.reference)))
    assert "Reserved, not yet agreed to 10,000 kg" in words(
        owner.get(address("portal_labels", found.authorisation.reference))
    )
    response = owner.post(address("portal_batch_step", batch.reference, "withdraw"), {"nonce": str(batch.nonce)})
    assert response.status_code == 302
    assert figures(found) == (0, 0, 15_000)


def test_the_ledger_at_the_desk_adds_up(found):
    proposed(found)
    page = words(enter(found, "reviewer").get(address("desk_label_authorisation", found.authorisation.reference)))
    assert "reserved, not yet agreed to 10,000 kg" in page
    assert "still available 5,000 kg" in page
