"""Records of the register as editors choose them: the field in a form and the block in a text. MODEL.

What the windows of these fields list and search stands in `cms/choosers.py`.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property
from wagtail.admin.widgets import BaseChooser
from wagtail.blocks import ChooserBlock

from enterprises.models import Enterprise
from gi_registry.models import Division
from products.models import Agreement, Announcement, PovertyList, Product


class ProductChooser(BaseChooser):
    """A field that holds a product."""

    model = Product
    choose_modal_url_name = "product_chooser:choose"


class EnterpriseChooser(BaseChooser):
    """A field that holds an enterprise."""

    model = Enterprise
    choose_modal_url_name = "enterprise_chooser:choose"


class DivisionChooser(BaseChooser):
    """A field that holds a division."""

    model = Division
    choose_modal_url_name = "division_chooser:choose"


class AgreementChooser(BaseChooser):
    """A field that holds an agreement."""

    model = Agreement
    choose_modal_url_name = "agreement_chooser:choose"


class AnnouncementChooser(BaseChooser):
    """A field that holds a formal announcement."""

    model = Announcement
    choose_modal_url_name = "announcement_chooser:choose"


class PovertyListChooser(BaseChooser):
    """A field that holds a poverty list."""

    model = PovertyList
    choose_modal_url_name = "poverty_list_chooser:choose"


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


class EnterpriseBlock(RecordBlock):
    """An enterprise."""

    chooser = EnterpriseChooser

    class Meta:
        icon = "group"


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
