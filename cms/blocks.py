"""Pieces a text is made of. MODEL.

A piece that shows the register holds only what to ask for; its template asks the readers when the page is shown,
so that a figure never grows old in a text.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from cms.record_choices import AgreementBlock, DivisionBlock, PovertyListBlock, ProductBlock
from products.states import Category

TEXT_FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "document-link"]
PLAIN_FEATURES = ["bold", "italic", "ol", "ul", "link", "document-link"]
FEW, MANY = 6, 24  # records that a piece shows where the editor says nothing, and at most


def _how_many() -> blocks.IntegerBlock:
    return blocks.IntegerBlock(label=_("how many at most"), default=FEW, min_value=1, max_value=MANY)


class PictureBlock(blocks.StructBlock):
    """One picture; what it shows is said in words for who does not see it."""

    image = ImageChooserBlock(label=_("picture"))
    alt = blocks.CharBlock(
        label=_("what the picture shows"), max_length=200, help_text=_("Read aloud to people who do not see it.")
    )
    caption = blocks.CharBlock(label=_("caption"), max_length=200, required=False)

    class Meta:
        icon = "image"
        label = _("picture")
        template = "cms/blocks/picture.html"


class QuoteBlock(blocks.StructBlock):
    """Words of somebody else, with their source."""

    text = blocks.TextBlock(label=_("text"), max_length=600)
    source = blocks.CharBlock(label=_("source"), max_length=160)

    class Meta:
        icon = "openquote"
        label = _("quotation")
        template = "cms/blocks/quote.html"


class FileBlock(blocks.StructBlock):
    """A file to download."""

    document = DocumentChooserBlock(label=_("file"))
    note = blocks.CharBlock(label=_("what is in it"), max_length=160, required=False)

    class Meta:
        icon = "doc-full"


class VideoBlock(blocks.StructBlock):
    """A video elsewhere: a link with a warning. It plays within the page only where the operator allows the host."""

    address = blocks.URLBlock(label=_("address"))
    title = blocks.CharBlock(label=_("title"), max_length=120)
    text = blocks.TextBlock(label=_("what is said and shown, in words"), max_length=2000)

    class Meta:
        icon = "media"
        label = _("video")
        template = "cms/blocks/video.html"


class CalloutBlock(blocks.StructBlock):
    """A box that stands out."""

    kind = blocks.ChoiceBlock(
        label=_("kind"),
        choices=[("info", _("good to know")), ("look", _("look closely")), ("stop", _("do not do this"))],
        default="info",
    )
    title = blocks.CharBlock(label=_("title"), max_length=80)
    text = blocks.RichTextBlock(label=_("text"), features=PLAIN_FEATURES)

    class Meta:
        icon = "info-circle"
        label = _("box")
        template = "cms/blocks/callout.html"


class StepBlock(blocks.StructBlock):
    """One step of several."""

    title = blocks.CharBlock(label=_("title"), max_length=80)
    text = blocks.RichTextBlock(label=_("text"), features=PLAIN_FEATURES)

    class Meta:
        icon = "order"


class QuestionBlock(blocks.StructBlock):
    """A question and its answer."""

    question = blocks.CharBlock(label=_("question"), max_length=160)
    answer = blocks.RichTextBlock(label=_("answer"), features=PLAIN_FEATURES)

    class Meta:
        icon = "help"
        label = _("question and answer")


class ProductCardsBlock(blocks.StructBlock):
    """Products: those chosen, or those that a filter finds today."""

    title = blocks.CharBlock(label=_("title"), max_length=80, required=False)
    products = blocks.ListBlock(ProductBlock(), label=_("products"), default=[])
    province = DivisionBlock(label=_("or those of a place"), required=False)
    category = blocks.ChoiceBlock(label=_("and of a kind"), choices=Category.choices, required=False)
    limit = _how_many()

    class Meta:
        icon = "tag"
        label = _("products")
        template = "cms/blocks/products.html"


class EnterprisesBlock(blocks.StructBlock):
    """Who may use the mark for a product today."""

    product = ProductBlock(label=_("product"))
    limit = _how_many()

    class Meta:
        icon = "group"
        label = _("enterprises of a product")
        template = "cms/blocks/enterprises.html"


class RecognitionBlock(blocks.StructBlock):
    """The counts of an agreement beside its label."""

    agreement = AgreementBlock(label=_("agreement"))

    class Meta:
        icon = "globe"
        label = _("names of an agreement")
        template = "cms/blocks/recognition.html"


class CoverageBlock(blocks.StructBlock):
    """How many units of a poverty list have a protected product, with rule and date."""

    poverty_list = PovertyListBlock(label=_("poverty list"))
    province = DivisionBlock(label=_("only in this province"), required=False)
    with_map = blocks.BooleanBlock(label=_("with a map"), required=False)

    class Meta:
        icon = "site"
        label = _("coverage")
        template = "cms/blocks/coverage.html"


class AnnouncementsBlock(blocks.StructBlock):
    """The latest formal announcements."""

    product = ProductBlock(label=_("only about this product"), required=False)
    limit = _how_many()

    class Meta:
        icon = "doc-full-inverse"
        label = _("formal announcements")
        template = "cms/blocks/announcements.html"


class LabelCheckBlock(blocks.StructBlock):
    """The field to check a label."""

    title = blocks.CharBlock(label=_("title"), max_length=80, required=False)

    class Meta:
        icon = "search"
        label = _("label check")
        template = "cms/blocks/label_check.html"


class BodyBlock(blocks.StreamBlock):
    """A text of pieces, as most pages have one."""

    text = blocks.RichTextBlock(label=_("text"), features=TEXT_FEATURES, template="cms/blocks/text.html")
    quote = QuoteBlock()
    picture = PictureBlock()
    gallery = blocks.ListBlock(
        PictureBlock(), label=_("pictures side by side"), min_num=2, max_num=12, icon="image",
        template="cms/blocks/gallery.html",
    )  # fmt: skip
    table = TypedTableBlock(
        [("text", blocks.CharBlock(label=_("text"))), ("number", blocks.DecimalBlock(label=_("number")))],
        label=_("table"), template="cms/blocks/table.html",
    )  # fmt: skip
    files = blocks.ListBlock(
        FileBlock(), label=_("files"), min_num=1, icon="doc-full", template="cms/blocks/files.html"
    )
    video = VideoBlock()
    callout = CalloutBlock()
    steps = blocks.ListBlock(
        StepBlock(), label=_("steps"), min_num=2, icon="list-ol", template="cms/blocks/steps.html"
    )
    questions = blocks.ListBlock(
        QuestionBlock(), label=_("questions and answers"), min_num=1, icon="help",
        template="cms/blocks/questions.html",
    )  # fmt: skip
    products = ProductCardsBlock()
    enterprises = EnterprisesBlock()
    recognition = RecognitionBlock()
    coverage = CoverageBlock()
    announcements = AnnouncementsBlock()
    label_check = LabelCheckBlock()

    class Meta:
        block_counts = {"label_check": {"max_num": 1}}
