"""Who may publish which page. MODEL.

Editors write and submit, publishers publish. What a page says about a formal announcement or a rule is published by
two people: nobody, whatever their rights, publishes a text on which they worked since it was last published.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.utils.translation import gettext as _
from wagtail.models import Page, PagePermissionTester

from gi_registry.roles import WAGTAIL_GROUPS

# Parts of a stored version that are no text: places in the tree, states, moments, comments.
_NOTES = frozenset({
    "pk", "path", "depth", "numchild", "url_path", "translation_key", "locale", "content_type", "live", "expired",
    "owner", "has_unpublished_changes", "latest_revision", "live_revision", "first_published_at", "last_published_at",
    "latest_revision_created_at", "locked", "locked_at", "locked_by", "alias_of", "draft_title",
    "wagtail_admin_comments", "page_ptr",
})  # fmt: skip


class RegisterPageTester(PagePermissionTester):
    """What somebody may do with a page of the register."""

    def can_copy_to(self, destination: Page, recursive: bool = False) -> bool:
        """A copy may go live at once; with the pages below it would publish what needs a second person."""
        if recursive and needs_second_person(self.page.get_descendants()):
            return False
        return bool(super().can_copy_to(destination, recursive))


class TwoPersonTester(RegisterPageTester):
    """What somebody may do with a page that takes two people."""

    def can_publish(self) -> bool:
        return self.has_publishing_right() and not self.page.alias_of_id and self.user.pk not in authors(self.page)

    def has_publishing_right(self) -> bool:
        """Whether this person publishes pages of others."""
        return bool(super().can_publish())

    def can_copy(self) -> bool:
        """There is one such page for an announcement or rule; another language is a translation, not a copy."""
        return False

    def can_unschedule(self) -> bool:
        return self.has_publishing_right()

    def can_set_view_restrictions(self) -> bool:
        return self.has_publishing_right()


class TwoPersonPage:
    """Mixin of page classes that a second person publishes, by approving what was submitted."""

    def permissions_for_user(self, user: Any) -> TwoPersonTester:
        return TwoPersonTester(user, self)


def authors(page: Page) -> set[int]:
    """Keys of those who worked on what would be published now: since the last publication, or since the page began.

    Who wrote the newest version always counts, and so does who created a page that was never published. Saving a page
    without a change makes nobody an author.
    """
    if page._state.adding:
        return {page.owner_id} if page.owner_id else set()
    found: set[int | None] = set() if page.last_published_at else {page.owner_id}
    versions = page.revisions.order_by("created_at", "pk")
    public = None
    if page.live_revision_id:
        public = versions.filter(pk=page.live_revision_id).first()
    elif page.last_published_at:
        public = versions.filter(created_at__lte=page.last_published_at).last()
    last, known = (_writer_of(public, versions), words(public.content)) if public else (None, None)
    for version in versions.filter(pk__gt=public.pk) if public else versions:
        text = words(version.content)
        if text != known:
            last, known = version.user_id, text
            found.add(last)
    return {key for key in found | {last} if key}


def _writer_of(public: Any, versions: Any) -> int | None:
    """Who wrote what a version says: it may have been stored again without a change, by who approved it."""
    writer, text = public.user_id, words(public.content)
    for earlier in versions.filter(pk__lt=public.pk).order_by("-created_at", "-pk").iterator(chunk_size=20):
        if words(earlier.content) != text:
            break
        writer = earlier.user_id
    known: int | None = writer
    return known


def words(content: dict[str, Any]) -> dict[str, Any]:
    """What a version of a page says, without what Wagtail notes beside it."""
    return {name: value for name, value in content.items() if name not in _NOTES}


def second_person_classes() -> tuple[type[Page], ...]:
    """The page classes that take two people."""
    from wagtail.models import get_page_models

    return tuple(model for model in get_page_models() if issubclass(model, TwoPersonPage))


def needs_second_person(pages: Any) -> bool:
    """Whether a page of such a class is among these."""
    return bool(pages.type(*second_person_classes()).exists())


def missing_button(page: Page, user: Any) -> str:
    """Why somebody who publishes pages finds no button for it on this one; empty where there is nothing to say."""
    if not isinstance(page, TwoPersonPage):
        return ""
    who = ", ".join(_publishing_groups(page)) or _("nobody")
    if not page._state.adding and user.pk in authors(page) and page.workflow_in_progress:
        return _(
            "You worked on this text, so somebody else approves it. "
            "Who can: a person in the role of %(groups)s who did not work on it."
        ) % {"groups": who}
    return _(
        "Pages of this kind are published by two people: one writes and submits, another one approves. "
        "Who can approve: a person in the role of %(groups)s who did not work on the text."
    ) % {"groups": who}


def _publishing_groups(page: Page) -> list[str]:
    workflow = page.get_workflow() if not page._state.adding else None
    tasks = workflow.workflow_tasks.values("task") if workflow else []
    groups = Group.objects.filter(secondpersontask__in=tasks).distinct() if workflow else Group.objects.none()
    roles = {name: str(role.label) for role, name in WAGTAIL_GROUPS.items()}
    return [roles.get(name, name) for name in groups.order_by("name").values_list("name", flat=True)]
