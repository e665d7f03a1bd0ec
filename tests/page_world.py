"""Pages, pictures and pieces for tests of what editors publish."""

import datetime
import io
import itertools

from django.core.files.images import ImageFile
from django.core.management import call_command
from django.utils import timezone
from PIL import Image
from wagtail.models import Locale
from wagtail.rich_text import RichText

from cms.blocks import BodyBlock
from cms.models import HomePage, NewsIndexPage, RegisterImage, SectionPage

TODAY = timezone.localdate()
_names = itertools.count(1)
BLOCKS = BodyBlock()


def day(days):
    """A day so many days from today."""
    return timezone.localdate() + datetime.timedelta(days=days)


def make_site():
    call_command("create_site", verbosity=0)


def home(language="zh-hans"):
    return HomePage.objects.get(locale__language_code=language)


def news_index(language="zh-hans"):
    return NewsIndexPage.objects.get(locale__language_code=language)


def add(parent, page, *, publish=True):
    """A page below another, published unless told otherwise."""
    page.locale, page.slug, page.live = parent.locale, page.slug or f"page-{next(_names)}", False
    parent.add_child(instance=page)
    revision = page.save_revision()
    if publish:
        revision.publish()
        page.refresh_from_db()
    return page


def section(parent=None, **more):
    return add(parent or home(), SectionPage(title=more.pop("title", "一栏"), **more))


def stand_in(page, language="en"):
    """The copy that stands in the tree of the other language until somebody translates the page."""
    locale = Locale.objects.get(language_code=language)
    return page.copy_for_translation(locale, copy_parents=True, alias=True)


def make_picture(title="茶园", *, width=1600, height=1000, **more):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (90, 140, 110)).save(buffer, "PNG")
    picture = RegisterImage(
        title=title, credit=more.pop("credit", "某某摄"), licence=more.pop("licence", "CC BY 4.0"), **more
    )
    picture.file = ImageFile(buffer, name=f"picture-{next(_names)}.png")
    picture.width, picture.height = width, height
    picture.save()
    return picture


def text(html="<p>正文。</p>"):
    return ("text", RichText(html))


def table(columns, rows, caption=""):
    """A table: columns as (kind, heading), rows as lists of values."""
    value = BLOCKS.child_blocks["table"].to_python({
        "columns": [{"type": kind, "heading": heading} for kind, heading in columns],
        "rows": [{"values": row} for row in rows],
        "caption": caption,
    })  # fmt: skip
    return ("table", value)


def one_of_each(**records):
    """Every piece without a record; `records` adds those that show the register."""
    picture = {"image": make_picture(width=40, height=30), "alt": "一片茶园", "caption": "春天"}
    question = {"question": "要钱吗？", "answer": RichText("<p>不要。</p>")}
    return [
        text("<h2>第一节</h2><p>正文。</p>"),
        ("quote", {"text": "引文", "source": "出处"}),
        ("picture", picture),
        ("gallery", [picture, picture]),
        table([("text", "项目"), ("number", "数量")], [["企业", "1234"]], "一张表"),
        ("video", {"address": "https://video.example/one", "title": "录像", "text": "画面：一部手机。"}),
        ("callout", {"kind": "look", "title": "注意", "text": RichText("<p>看仔细。</p>")}),
        ("steps", [{"title": "先", "text": RichText("<p>扫。</p>")}, {"title": "后", "text": RichText("<p>看。</p>")}]),
        ("questions", [question]),
        ("label_check", {"title": ""}),
        *records.items(),
    ]
