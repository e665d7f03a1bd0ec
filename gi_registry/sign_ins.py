"""Sessions that end before their time: everywhere, or the oldest of too many.

WRITER. A session belongs to its person while Django's session hash fits, and `User.sign_ins_ended` is part of it: one
more, and every session of the person is refused on its next request, wherever it is stored. The rows are deleted
besides, so that nothing of them stays behind.
"""

from __future__ import annotations

from allauth.usersessions.adapter import get_adapter  # type: ignore[import-untyped]
from allauth.usersessions.models import UserSession  # type: ignore[import-untyped]
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from gi_registry.models import User


def end_everywhere(user: User, *, but: HttpRequest | None = None) -> None:
    """End all sessions of a person; that of the request `but` goes on."""
    User.objects.filter(pk=user.pk).update(sign_ins_ended=F("sign_ins_ended") + 1)
    user.refresh_from_db(fields=["sign_ins_ended"])
    gone = list(UserSession.objects.filter(user=user))
    transaction.on_commit(lambda: get_adapter().end_sessions(gone))
    if but is not None:
        update_session_auth_hash(but, user)  # with a new key, so that a copy of the old cookie ends, too
        UserSession.objects.create_from_request(but)


def keep_the_latest(user: User) -> None:
    """Of more sessions than a person may have (`MOST_SESSIONS`) the oldest end."""
    rows = UserSession.objects.filter(user=user).order_by("-created_at", "-pk")
    if too_many := list(rows[settings.MOST_SESSIONS :]):
        get_adapter().end_sessions(too_many)
