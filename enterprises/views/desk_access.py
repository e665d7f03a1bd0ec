"""Who comes to the desk, in which of their roles, and to which file. What somebody may not see is not found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from enterprises import case_files, desk_queue
from enterprises.application_models import MarkApplication
from gi_registry.journal import Actor
from gi_registry.late_forms import keeps_text
from gi_registry.roles import Permission

# Codes of MoveRefused that tell of something that has changed since the page was read.
CONFLICTS = frozenset({"someone_was_faster", "wrong_state", "guard", "proposed_already", "duplicate", "number_taken"})


def at_desk(*permissions: Permission) -> Callable[..., Callable[..., HttpResponseBase]]:
    """Give a view the roles in which somebody reads files today, or, if named, only those with such a permission.

    All roles stay with the request: the ways through the desk are the same on every page (`desk_tags`).

    Who is not signed in is led to the sign-in; who has no such role learns nothing. Pages are kept by no shared
    cache; the browser may keep them, so that a way back finds what was typed.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def with_roles(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actors = case_files.desk_actors(request.user)  # type: ignore[arg-type]
            request.desk_actors = actors  # type: ignore[attr-defined]
            if permissions:
                actors = [actor for actor in actors if any(actor.has(one) for one in permissions)]
            if not actors:
                raise Http404
            response = view(request, actors, *args, **kwargs)
            patch_cache_control(response, private=True)
            return response

        return keeps_text(with_roles)  # type: ignore[arg-type, return-value]

    return decorate


def file_or_404(actors: Iterable[Actor], reference: str) -> MarkApplication:
    """The file, if one of the roles may read it."""
    file = desk_queue.by_reference(actors, reference)
    if file is None:
        raise Http404
    return file


def worker_or_404(actors: Sequence[Actor], file: MarkApplication) -> Actor:
    """The role in which somebody works on a file; who only reads finds nothing here."""
    for actor in actors:
        if case_files.handles(actor, file):
            return actor
    raise Http404


def crumbs(file: MarkApplication, last: str = "") -> list[tuple[str, str]]:
    """The way from the desk to a file, or to a page behind it."""
    here = reverse("enterprises:desk_file", args=[file.reference]) if last else ""
    way = [(_("Desk"), reverse("enterprises:desk")), (file.reference, here)]
    return [*way, (last, "")] if last else way


def status_of(code: str) -> int:
    """The answer to a step that was refused: 409 where the page was out of date, else 200 with the sentence."""
    return 409 if code in CONFLICTS else 200
