"""WRITER. What a batch and a province are given beside labels: the picture of the pack, the rule for issuing."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises.case_files import held, must_act_for, not_permitted
from enterprises.label_facts import batch_subject
from enterprises.label_models import IssueRule, LabelBatch
from enterprises.label_states import WAITING_BATCHES, BatchState
from gi_registry import amendments, journal, territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import Division, JournalHead
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission


@transaction.atomic
def set_photo(batch: LabelBatch, *, by: Actor, name: str, sha256: str) -> None:
    """The picture of the pack that shoppers compare with; `name` is that of a cleaned file in the photo folder."""
    must_act_for(by, batch.season.authorisation.enterprise)
    held(batch.season.authorisation)
    rows = LabelBatch.objects.filter(pk=batch.pk, state__in=[*WAITING_BATCHES, BatchState.ISSUED])
    if not rows.update(photo=name):
        raise MoveRefused("wrong_state", _("This step is not possible in the present state."))
    batch.photo = name
    event = Event(EventType.BATCH_PHOTO_SET, batch_subject(batch), {"sha256": sha256}, timezone.localdate())
    journal.record(event, by=by)


@transaction.atomic
def set_issue_rule(province: Division, *, by: Actor, automatic_up_to: int) -> None:
    """From today the province issues batches of up to so many labels at once; 0: an official issues each."""
    if not territory.may(by, Permission.APPROVE_MARK_USE, province) or province.parent_id is not None:
        raise not_permitted()
    # There may be no rule yet that could be held. Who waits here sees the rule of who came first, and ends it.
    JournalHead.objects.select_for_update().filter(pk=1).first()
    today = timezone.localdate()
    IssueRule.objects.filter(province=province, effective_to=None).update(effective_to=today)
    amendments.insert(IssueRule(province=province, automatic_up_to=automatic_up_to, effective_from=today))
    subject = Subject("division", province.code, province.name_zh)
    event = Event(EventType.ISSUE_RULE_SET, subject, {"automatic_up_to": automatic_up_to}, today)
    journal.record(event, by=by)
