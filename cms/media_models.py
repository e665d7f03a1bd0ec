"""Pictures and files of editors. MODEL.

A picture says whose it is; what it shows is said where it stands, in the language of that page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile, File
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import AbstractDocument, Document
from wagtail.images.models import AbstractImage, AbstractRendition, Image

from cms.picture_notes import without_notes


class RegisterImage(AbstractImage):
    """A picture with its owner and licence: none is shown without them."""

    credit = models.CharField(
        _("credit"), max_length=120, help_text=_("Who made the picture or holds the rights.")
    )
    licence = models.CharField(
        _("licence"), max_length=120, blank=True,
        help_text=_("For example CC BY 4.0, or by whose permission it is shown."),
    )  # fmt: skip

    admin_form_fields = (*Image.admin_form_fields, "credit", "licence")

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        permissions = [("choose_image", "Can choose image")]

    def _set_image_file_metadata(self) -> None:
        """Wagtail asks for size and fingerprint of every new file, before it is stored: what is stored has no notes."""
        self.file.open()
        sent = self.file.read()
        if (clean := without_notes(sent)) != sent:
            self.file.close()
            if self.file._committed:  # one of several that were sent together is on the disk already
                self.file.storage.delete(self.file.name)
            self.file = ContentFile(clean, name=Path(self.file.name).name)
        super()._set_image_file_metadata()

    def generate_rendition_file(self, filter: Any, *, source: Any = None) -> File[bytes]:
        """One size of the picture in memory: a temporary file would stay open until somebody tidies up."""
        with super().generate_rendition_file(filter, source=source) as made:
            made.seek(0)
            return ContentFile(made.read(), name=made.name)


class RegisterRendition(AbstractRendition):
    """One size and format of a picture."""

    image = models.ForeignKey(RegisterImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"], name="cms_one_rendition"
            ),
        ]


class RegisterDocument(AbstractDocument):
    """A file to download."""

    admin_form_fields = Document.admin_form_fields

    class Meta(AbstractDocument.Meta):
        verbose_name = _("file")
        verbose_name_plural = _("files")
        permissions = [("choose_document", "Can choose document")]
