"""Records of the register as editors choose them: the field in a form and the block in a text. MODEL.

What the windows of these fields list and search stands in `cms/choosers.py`.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import BaseChooser
from wagtail.blocks import ChooserBlock

from enterprises.models import Enterprise
from gi_registry.models import Division
from products.models import Agreement, Announcement, PovertyList, Product


class RecordChooser(BaseChooser):
    """A field that holds a record of the register. It leads to no form: records are kept at the desk."""

    show_edit_link = False

    def get_display_title(self, instance: Any) -> str:
        return chosen_title(instance)


class ProductChooser(RecordChooser):
    """A field that holds a product."""

    model = Product
    icon = "tag"
    choose_one_text = _("Choose a product")
    choose_another_text = _("Choose another product")
    chooser_modal_url_name = "product_chooser:choose"


class EnterpriseChooser(RecordChooser):
    """A field that holds an enterprise."""

    model = Enterprise
    icon = "group"
    choose_one_text = _("Choose an enterprise")
    choose_another_text = _("Choose another enterprise")
    chooser_modal_url_name = "enterprise_chooser:choose"


class DivisionChooser(RecordChooser):
    """A field that holds a division."""

    model = Division
    icon = "site"
    choose_one_text = _("Choose a region")
    choose_another_text = _("Choose another region")
    chooser_modal_url_name = "division_chooser:choose"


class AgreementChooser(RecordChooser):
    """A field that holds an agreement."""

    model = Agreement
    icon = "globe"
    choose_one_text = _("Choose an agreement")
    choose_another_text = _("Choose another agreement")
    chooser_modal_url_name = "agreement_chooser:choose"


class AnnouncementChooser(RecordChooser):
    """A field that holds a formal announcement."""

    model = Announcement
    icon = "doc-full-inverse"
    choose_one_text = _("Choose an announcement")
    choose_another_text = _("Choose another announcement")
    chooser_modal_url_name = "announcement_chooser:choose"


class PovertyListChooser(RecordChooser):
    """A field that holds a poverty list."""

    model = PovertyList
    icon = "list-ul"
    choose_one_text = _("Choose a poverty list")
    choose_another_text = _("Choose another poverty list")
    chooser_modal_url_name = "poverty_list_chooser:choose"


CHOOSERS: tuple[type[RecordChooser], ...] = (
    ProductChooser, EnterpriseChooser, DivisionChooser, AgreementChooser, AnnouncementChooser, PovertyListChooser,
)  # fmt: skip


def chosen_title(record: Any) -> str:
    """A record in one line, so that two of the same name can be told apart."""
    if isinstance(record, Product):
        place = f", {record.province.name_zh}" if record.province else ""
        return f"{record.name_zh} ({record.number}{place})"
    if isinstance(record, Enterprise):
        return f"{record.name_zh} ({record.uscc or record.reference})"
    if isinstance(record, Division):
        return f"{record.name_zh} ({record.code})"
    if isinstance(record, Agreement):
        return f"{record} ({record.code})"
    return str(record)


class RecordBlock(ChooserBlock):
    """A record within a text. Subclasses name the field."""

    chooser: type[BaseChooser]

    @cached_property
    def target_model(self) -> Any:
        return self.chooser.model

    @cached_property
    def widget(self) -> BaseChooser:
        return self.chooser()


class ProductBlock(RecordBlock):
    """A product."""

    chooser = ProductChooser

    class Meta:
        icon = "tag"


class DivisionBlock(RecordBlock):
    """A division."""

    chooser = DivisionChooser

    class Meta:
        icon = "site"


class AgreementBlock(RecordBlock):
    """An agreement."""

    chooser = AgreementChooser

    class Meta:
        icon = "globe"


class PovertyListBlock(RecordBlock):
    """A poverty list."""

    chooser = PovertyListChooser

    class Meta:
        icon = "list-ul"
