"""The form of a page: what is asked before it is published or submitted. MODEL, like the other parts of page classes.

A draft can be saved at any time. What goes further, to the public or to a second person, is checked for personal data
first; the editor removes what was found or says why it may stand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import resolve
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.admin.forms.pages import WagtailAdminPageForm
from wagtail.fields import StreamField
from wagtail.models import COMMENTS_RELATION_NAME, Page

from cms.links import links_in
from cms.media_models import RegisterDocument, RegisterImage
from cms.moderation import TwoPersonPage, missing_button, words
from cms.personal_data import Finding, found_in

SHOWN = 5  # findings that are quoted


class RegisterPageForm(WagtailAdminPageForm):  # type: ignore[misc]
    """Form of every page of the register."""

    def is_valid(self) -> bool:
        """Wagtail's own rules first, then ours; the page in hand has the new values by then."""
        if not super().is_valid():
            return False
        self._refuse_taken_address()
        if self._is_asked("publish") or self._is_asked("submit") or self._is_asked("restart-workflow"):
            self._refuse_personal_data()
        if self._is_asked("publish"):
            self._refuse_publishing_alone()
        if self.data.get("workflow-action-name") == "approve" and self._is_asked("workflow-action"):
            self._refuse_personal_data()
            self._refuse_approving_what_is_new()
        return not self.errors

    def _is_asked(self, action: str) -> bool:
        return bool(self.data.get(f"action-{action}"))

    def _refuse_taken_address(self) -> None:
        """A page whose address belongs to a part of the register itself could be read by nobody."""
        slug, parts = self.cleaned_data.get("slug"), self.parent_page and self.parent_page.get_url_parts()
        if not (slug and parts and parts[2]):
            return
        address = f"{parts[2]}{slug}/"
        with translation.override(translation.get_language_from_path(address) or settings.LANGUAGE_CODE):
            match = resolve(address)
        if match.url_name != "wagtail_serve":
            self.add_error("slug", _("This address belongs to a part of the register. Choose another short name."))

    def _refuse_personal_data(self) -> None:
        found = unanswered(self.instance)
        if found and not self.errors:
            self.add_error(None, in_words(found))  # only with such an error Wagtail says on top what is wrong
            self.add_error("personal_data_answer", _("Remove what was found, or answer here."))

    def _refuse_publishing_alone(self) -> None:
        if isinstance(self.instance, TwoPersonPage):
            self.add_error(None, missing_button(self.instance, self.for_user))

    def _refuse_approving_what_is_new(self) -> None:
        """An approval is for the text that was read, as somebody else wrote it."""
        page = self.instance
        seen = self.data.get("loaded_revision_id")
        if self._text_is_new():
            self.add_error(None, _("You changed the text. Save it as a draft; somebody else approves it then."))
        elif seen and str(page.latest_revision_id) != seen:
            self.add_error(None, _("The text was changed after you opened it. Load the page again and read it."))

    def _text_is_new(self) -> bool:
        """Whether the form brings another text than the newest version. Comments are no text."""
        newest = self.instance.get_latest_revision()
        rows = [formset for name, formset in self.formsets.items() if name != COMMENTS_RELATION_NAME]
        known = words(newest.content) if newest else {}
        written = words(json.loads(self.instance.to_json()))
        differs = any(value != known.get(name) for name, value in written.items() if name not in self.formsets)
        return differs or any(formset.has_changed() for formset in rows)


def unanswered(page: Page) -> list[Finding]:
    """What looks like personal data on a page and has no answer yet."""
    if getattr(page, "personal_data_answer", "").strip():
        return []
    allowed: Sequence[str] = getattr(page, "offices_data", ())
    data: Any = page.serializable_data()
    return list(dict.fromkeys([*found_in(data, allowed), *found_in(list(_named_with(data)))]))


def _named_with(data: Any) -> Iterator[str]:
    """What readers see of the files and pictures in a text, which stands beside them."""
    links = links_in(data)
    for document in RegisterDocument.objects.filter(pk__in=[link.key for link in links if link.kind == "document"]):
        yield from (document.title, document.filename)
    for picture in RegisterImage.objects.filter(pk__in=[link.key for link in links if link.kind == "image"]):
        yield from (picture.credit, picture.licence)


def refusal(page: Page) -> str:
    """Why a page cannot become public as it was stored, '' where it can; asked where no form of it is sent.

    A draft is stored without what is required, and what was true of a record when it was stored may have changed.
    """
    if found := unanswered(page):
        return in_words(found)
    try:
        page.full_clean()
    except ValidationError as fault:
        return " ".join(f"{_named(page, name)}{' '.join(said)}" for name, said in fault.message_dict.items())
    for field in page._meta.fields:
        if isinstance(field, StreamField):
            try:
                field.stream_block.clean(getattr(page, field.name))
            except ValidationError:
                return _named(page, field.name) + _("There are validation errors, click save to highlight them.")
    return ""


def _named(page: Page, name: str) -> str:
    """The name of a field in front of what is wrong with it; '' for what is wrong with the whole page."""
    names = {field.name: field.verbose_name for field in page._meta.fields}
    return f"{capfirst(names[name])}: " if name in names else ""


def in_words(found: list[Finding]) -> str:
    """The sentence that quotes what was found."""
    quoted = ", ".join(f"{finding.text} ({finding.kind.label})" for finding in found[:SHOWN])
    return _(
        "This looks like personal data: %(found)s. Remove it, or say under “Settings”, in the answer to the check for "
        "personal data, why it may be public. A draft can be saved as it is."
    ) % {"found": quoted}
