"""Forms whose row somebody else may change meanwhile: what was typed stays, and what stands there now is shown."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import Http404

from enterprises.views.desk_access import status_of
from gi_registry.moves import MoveRefused

# Beside which field a refusal stands: the first of these that the form has.
BESIDE = {
    "wrong_day": ("on", "since", "held_on", "effective_from"),
    "wrong_place": ("division", "counties"),
    "wrong_end": ("ends_on", "effective_to"),
    "wrong_number": ("attendance", "amount"),
    "other_product": ("product",),
    "not_ready": ("checklist",),
    "reason_missing": ("reason",),
    "number_taken": ("number", "name_zh", "certificate", "text"),
    "wrong_successor": ("replaced_by",),
    "wrong_address": ("url",),
    "wrong_kind": ("kinds",),
}
HIDDEN = ("nonce", "version")


@dataclass(frozen=True)
class Outcome:
    """What came of a form. `row`: what was stored; None where nothing was. `stands`: label and present text of every
    field in which the row now differs from what was typed.
    """

    row: Any = None
    status: int = 200
    stands: list[tuple[str, str]] = field(default_factory=list)


def store(form: forms.Form, write: Callable[[], Any], current: Callable[[], Any] | None = None) -> Outcome:
    """Let a writer store what a valid form says. A refusal is told beside its field, ready to be sent once more.

    Who may not is told that nothing is there. `current` gives the row as it is now, with its version; a form that was
    stored before with other words becomes one of its own.
    """
    if not form.is_valid():
        return Outcome()
    try:
        return Outcome(write())
    except MoveRefused as caught:
        refusal = caught
    if refusal.code == "not_permitted":
        raise Http404
    beside = next((name for name in BESIDE.get(refusal.code, ()) if name in form.fields), None)
    typed, form.data = form.cleaned_data.copy(), form.data.copy()
    form.add_error(beside, str(refusal))
    stands: list[tuple[str, str]] = []
    if refusal.code == "someone_was_faster" and current is not None:
        row = current()
        form.data["version"] = str(row.version)
        stands = _differing(form, row, typed)
    elif refusal.code == "already_sent":
        form.data["nonce"] = str(uuid.uuid4())
    return Outcome(status=status_of(refusal.code), stands=stands)


def _differing(form: forms.Form, row: Any, typed: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    for name, value in typed.items():
        if name in HIDDEN or not hasattr(row, name):
            continue
        now = getattr(row, name)
        now = list(now.all()) if hasattr(now, "all") else now
        if _comparable(now) != _comparable(value):
            found.append((str(form.fields[name].label), _words(form, name, now)))
    return found


def _comparable(value: Any) -> Any:
    return set(value) if hasattr(value, "__iter__") and not isinstance(value, str) else value


def _words(form: forms.Form, name: str, value: Any) -> str:
    """A value of the row as a text, by the labels of the field's choices where it has some."""
    field = form.fields[name]
    labels = {} if isinstance(field, forms.ModelChoiceField) else dict(getattr(field, "choices", ()))
    values = value if isinstance(value, list) else [value]
    texts = [str(labels.get(one) or getattr(one, "name_zh", one)) for one in values if one is not None]
    return "; ".join(filter(None, texts)) or "—"
