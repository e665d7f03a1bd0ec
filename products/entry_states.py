"""LEAF. How a name on an agreement list moves, from the proposal to protection (domain rules, section 15.2).

A name moves by an act: the list published for comment, the decision on objections, the announcement of protection.
What is loaded from sources may enter at any state; the moves are for what an officer enters afterwards.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gi_registry.event_types import EventType
from gi_registry.roles import Permission
from gi_registry.state_tables import Move
from products.states import EntryStatus


def _move(name: str, label: Any, sources: set[EntryStatus], target: EntryStatus) -> Move:
    return Move(name, label, frozenset(sources), target, Permission.KEEP_REGISTER, EventType.ENTRY_MOVED,
                needs_reason=True)  # fmt: skip


_S = EntryStatus
ENTRY_MOVES = (
    _move("publish", _("note that it was published for comment"), {_S.PROPOSED, _S.PENDING_SCOPE}, _S.LISTED),
    _move("object", _("note an objection"), {_S.LISTED}, _S.OBJECTED),
    _move("decide", _("note that the objection was decided"), {_S.OBJECTED}, _S.DECIDED),
    _move("agree", _("note that both sides agreed"), {_S.LISTED, _S.DECIDED}, _S.AGREED),
    _move("protect", _("note its protection"), {_S.PROPOSED, _S.LISTED, _S.DECIDED, _S.AGREED}, _S.PROTECTED),
    _move("put_off", _("put off until the scope grows"), {_S.PROPOSED, _S.LISTED}, _S.PENDING_SCOPE),
    _move("withdraw", _("note that it left the list"),
          {_S.PROPOSED, _S.LISTED, _S.OBJECTED, _S.DECIDED, _S.AGREED, _S.PENDING_SCOPE}, _S.WITHDRAWN),
    _move("lapse", _("note that its protection ended"), {_S.PROTECTED}, _S.LAPSED),
)  # fmt: skip
