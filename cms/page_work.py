"""Steps on pages that Wagtail has no step for: keeping one as a draft, beginning a translation. WRITER.

Pages are words about the register, no legal facts: Wagtail's own history of a page tells who did what, the journal
stays out of it.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.actions.convert_alias import ConvertAliasPageAction
from wagtail.models import Locale, Page

TRANSLATE = "simple_translation.submit_translation"


def keep_as_draft(*, page: Page) -> None:
    """A new page that was stored as published, because its publication was only about to be asked, is a draft."""
    Page.objects.filter(pk=page.pk, live_revision=None).update(live=False, has_unpublished_changes=True)


def may_translate(*, page: Page, by: Any) -> bool:
    """Whether somebody may translate a page: the right to do so at all, and to edit this one."""
    return bool(by.has_perm(TRANSLATE) and page.permissions_for_user(by).can_edit())


@transaction.atomic
def begin_translation(*, page: Page, by: Any) -> Page:
    """The page in the other language, ready to be written by `by`; the text of the original stands in it.

    Visitors go on reading the original, with a note, until the translation is published. A translation that was begun
    before is given back as it is. Raises PermissionDenied where `by` may not edit or translate.
    """
    page = Page.objects.select_for_update().get(pk=page.pk).specific  # two who press the button make one page
    other = Locale.objects.exclude(pk=page.locale_id).get()
    if not may_translate(page=page, by=by):
        raise PermissionDenied(_("Your rights do not allow you to translate this page."))
    twin = page.get_translation_or_none(other)
    if twin is not None and twin.alias_of_id is None:
        return twin
    if twin is not None and (twin.live or twin.numchild):  # to delete it would take along what lies below
        converted: Page = ConvertAliasPageAction(twin, user=by).execute(skip_permission_checks=True)
        return converted
    if twin is not None:
        twin.delete()  # repeats an earlier draft; nobody but editors has seen it
    copy = page.copy_for_translation(other, copy_parents=True)
    copy.owner = by
    copy.save_revision(user=by, changed=False, clean=False)
    copy.save(update_fields=["owner"], clean=False)
    new: Page = copy
    return new
