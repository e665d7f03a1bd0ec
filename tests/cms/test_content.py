"""The texts that ship with the register: whole, in both languages, true to the data, and never made over."""

import csv
import re
from html.parser import HTMLParser
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.urls import Resolver404, resolve
from django.utils.html import escape
from django.utils.translation import override
from wagtail.models import Locale, Page, ReferenceIndex
from wagtail.views import serve as wagtail_serve

from cms import content_files
from cms.content_files import LANGUAGES, ContentRefused
from cms.content_marks import MarksRefused, addresses, html
from cms.content_pieces import Lookups, pieces
from cms.models import GuidePage, HomePage, NewsCategory, NewsPage, PolicyPage, ProductPage, SectionPage
from cms.personal_data import find
from gi_registry.management.commands.load_reference import REFERENCE
from gi_registry.models import Division
from products.models import Agreement, Announcement, PovertyList, Product
from products.reference_poverty import HUNAN_51, KEY_160, NATIONAL
from tests.factories import make_agreement, make_division, make_hunan, make_poverty_list, make_product

FILES = content_files.read()
CHINESE = re.compile(r"[\u3400-\u9fff]")
MARKED = re.compile(r"\{[^{}]+\}")
LISTS = {NATIONAL, HUNAN_51, KEY_160}
FIXED = [
    "/guides/", "/guides/how-to-read-a-label/", "/guides/how-to-apply/", "/guides/how-coverage-is-counted/",
    "/guides/what-protection-means/", "/guides/how-to-object/", "/guides/how-recognition-abroad-works/",
    "/guides/how-to-use-open-data/", "/faq/", "/contact/", "/about/", "/data-protection/", "/regulations/",
    "/stories/", "/events/", "/announced/",
]  # fmt: skip


def named(file):
    """What a file refers to: links, and records as (model, key), from both languages."""
    links, records = [], []
    lookups = Lookups(
        link=lambda address: links.append(address) or ("", ""),
        record=lambda model, key: records.append((model, key)) or 1,
    )
    for language in LANGUAGES:
        for name, value in file.words[language].items():
            if isinstance(value, list):
                pieces(file, language, name, lookups)
    for name, model in (("product", Product), ("announcement", Announcement)):
        if name in file.shared:
            records.append((model, file.shared[name]))
    records += [(Product, key) for key in file.shared.get("products", [])]
    records += [(Division, key) for key in file.shared.get("divisions", [])]
    return SimpleNamespace(links=links, records=records)


def column(file, name):
    with (REFERENCE / file).open(encoding="utf-8") as table:
        return {row[name] for row in csv.DictReader(table)}


def each(values=FILES):
    return pytest.mark.parametrize("file", values, ids=lambda file: file.address)


# --- the files ---


def test_every_address_that_other_pages_lead_to_has_a_file():
    assert set(FIXED) <= {file.address for file in FILES}
    kinds = [file.kind.model for file in FILES]
    assert [kinds.count(model) for model in (GuidePage, PolicyPage, ProductPage, NewsPage)] == [7, 13, 8, 7]
    [faq] = [file for file in FILES if file.address == "/faq/"]
    assert len(faq.words["zh"]["questions"]) >= 12


def shape(value):
    """The pieces of a text without their words."""
    if isinstance(value, list):
        return [shape(one) for one in value]
    return {key: shape(one) for key, one in value.items()} if isinstance(value, dict) else type(value)


@each()
def test_both_languages_have_the_same_pieces_in_the_same_order(file):
    zh, en = (file.words[language] for language in LANGUAGES)
    assert shape(zh) == shape(en)
    links = {
        language: [a for text in content_files.texts(file, language) for a in addresses(text)]
        for language in LANGUAGES
    }
    assert sorted(links["zh"]) == sorted(links["en"])


@each()
def test_chinese_texts_are_chinese_and_english_ones_english(file):
    for text in content_files.texts(file, "zh"):
        assert CHINESE.search(text) or "@" in text or not re.search(r"[a-z]", text) or text in NOT_WORDS, text
        assert not MARKED.search(text)
    for text in content_files.texts(file, "en"):
        assert not CHINESE.search(MARKED.sub("", text)), text


# Keys, and names of formats, which both languages write alike.
NOT_WORDS = {
    "info",
    "look",
    "stop",
    "hunan-51",
    "CN-EU-B1",
    "CN-EU-B2",
    "CN-EU-PILOT",
    "GeoJSON",
    "CSV",
    "XLSX",
    "JSON",
}


@each()
def test_every_link_leads_somewhere(file):
    known = {one.address for one in FILES} | {"/news/"}
    for link in set(named(file).links):
        path = link.partition("?")[0]
        if link.startswith("https://") or path in known:
            continue
        for prefix, language in (("", "zh-hans"), ("/en", "en")):
            try:
                with override(language):
                    found = resolve(prefix + path)
            except Resolver404:
                pytest.fail(f"{file.name}: {link} leads nowhere")
            assert found.func != wagtail_serve, f"{file.name}: there is no page {link}"
        if "slug" in found.kwargs:
            assert found.kwargs["slug"] in LISTS


@each()
def test_every_record_named_is_in_the_reference_data(file):
    found = named(file)
    products = {int(key.removeprefix("GI")) for key in column("gi_products.csv", "id")}
    shipped = {
        Product: products, Division: column("divisions.csv", "code"), PovertyList: LISTS,
        Agreement: column("mutual_recognition/agreements.csv", "code"),
        Announcement: column("protection_cases.csv", "announcement_no"),
    }  # fmt: skip
    for model, key in found.records:
        assert key in shipped[model], (model.__name__, key)
    for link in found.links:
        if match := re.match(r"/products/(\d+)/", link):
            assert int(match[1]) in products


@each()
def test_no_text_says_that_goods_are_genuine(file):
    for language, words in (("zh", ("正品", "保真", "假一赔")), ("en", ("authentic goods", "guarantee"))):
        text = " ".join(content_files.texts(file, language))
        assert not [word for word in words if word in text]


@each()
def test_no_text_holds_personal_data(file):
    for language in LANGUAGES:
        assert list(find(" ".join(content_files.texts(file, language)))) == []


# --- marks ---


def nowhere(address):
    return f'<a href="{address}">', "</a>"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("一行\n又一行", "<p>一行又一行</p>"),
        ("one line\nand another", "<p>one line and another</p>"),
        ("数字2024\n年", "<p>数字2024年</p>"),
        ("## Title\n\nText", "<h2>Title</h2><p>Text</p>"),
        ("- one\n  goes on\n- two", "<ul><li>one goes on</li><li>two</li></ul>"),
        ("1. one\n2. two", "<ol><li>one</li><li>two</li></ol>"),
        ("**strong** <b>", "<p><b>strong</b> &lt;b&gt;</p>"),
        ("tea {安化黑茶}", '<p>tea <span lang="zh-Hans">安化黑茶</span></p>'),
        ("see [here](/a/?b=1&c=2)", '<p>see <a href="/a/?b=1&c=2">here</a></p>'),
    ],
)
def test_marks_become_html(text, found):
    assert html(text, nowhere) == found


@pytest.mark.parametrize("text", ["**open", "[words](/a/ b/)", "{open", "## Title\nno blank line"])
def test_marks_that_mean_nothing_are_refused(text):
    with pytest.raises(MarksRefused):
        html(text, nowhere)


# --- what is refused ---

GOOD = """
type = "guide"
checked_on = 2026-11-21
[zh]
title = "指南"
[[zh.body]]
text = "文字"
[en]
title = "Guide"
[[en.body]]
text = "Text"
"""


def folder(tmp_path, text=GOOD, name="guide.toml"):
    path = tmp_path / "content" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return tmp_path / "content"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('type = "guide"', 'type = "poem"', "guide.toml: “type” is none of section"),
        ('type = "guide"', 'type = "guide"\ntype = "news"', "guide.toml: cannot be read"),
        ("checked_on = 2026-11-21", "", "guide.toml: “checked_on” is missing"),
        ("checked_on = 2026-11-21", 'checked_on = "today"', "guide.toml: checked_on: date expected, str found"),
        ('type = "guide"', 'type = "guide"\ncolour = 3', "guide.toml: nothing is called “colour” here"),
        ("[en]\n", "[fr]\n", "guide.toml: nothing is called “fr” here"),
        ('title = "Guide"', "", "guide.toml: en: “title” is missing"),
        ('title = "Guide"', "title = 3", "guide.toml: en.title: str expected, int found"),
        ('title = "Guide"', f'title = "Guide"\nintro = "{"x" * 301}"',
         "guide.toml: en.intro: 301 characters, at most 300"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_its_reason(tmp_path, old, new, reason):
    with pytest.raises(ContentRefused) as refused:
        content_files.read(folder(tmp_path, GOOD.replace(old, new)))
    assert str(refused.value).startswith(reason)


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        ('poem = "x"', "there is no piece “poem”"),
        ('text = "x"\nquote = 3', "a piece has one kind, not text, quote"),
        ("text = 3", "str expected, int found"),
        ('text = "**x"', "“**” stands alone"),
        ('callout = {kind = "loud", title = "x", text = "x"}', "“loud” is none of info, look, stop"),
        ('callout = {kind = "look", text = "x"}', "“title” is missing"),
        ('callout = {kind = "look", title = "x", text = "x", tone = 1}', "nothing is called “tone” here"),
        (
            f'callout = {{kind = "look", title = "{"x" * 81}", text = "x"}}',
            "81 characters, at most 80 are allowed",
        ),
        ('steps = [{title = "x", text = "x"}]', "at least 2 are needed"),
        ('steps = {title = "x"}', "list expected, dict found"),
        ('announcements = {limit = "5"}', "int expected, str found"),
        ('coverage = {poverty_list = "hunan-51", with_map = 1}', "bool expected, int found"),
        ('table = {caption = "x", head = ["a", "b"], rows = [["1"]]}', "every row needs 2 cells"),
        ('table = {caption = "x", head = ["a"]}', "a table has caption, head and rows"),
        ("files = [{document = 1}]", "content files cannot hold this kind of piece"),
    ],
)
def test_a_broken_piece_is_refused_with_its_place(tmp_path, piece, reason):
    [file] = content_files.read(folder(tmp_path, GOOD.replace('text = "Text"', piece)))
    with pytest.raises(ContentRefused) as refused:
        pieces(file, "en", "body", Lookups(link=nowhere, record=lambda model, key: 1))
    assert str(refused.value).startswith("guide.toml: en.body 1")
    assert reason in str(refused.value)


def test_a_page_without_a_place_is_refused(tmp_path):
    with pytest.raises(ContentRefused, match="there is no file for /guides/"):
        content_files.read(folder(tmp_path, name="guides/guide.toml"))


# --- the pages ---


def create_content(**options):
    out = StringIO()
    call_command("create_content", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def site(db):
    cache.clear()
    call_command("create_site", verbosity=0)


@pytest.fixture
def world(site):
    """Every record that the files name."""
    hunan, *_rest = make_hunan()
    found = [record for file in FILES for record in named(file).records]
    for number in sorted({key for model, key in found if model is Product}):
        make_product(f"产品{number}", number=number, province=hunan, name_en=f"Product {number}")
    for code in sorted({key for model, key in found if model is Agreement}):
        make_agreement(code)
    for slug in sorted(LISTS):
        make_poverty_list(slug)
    for number, text in enumerate(sorted({key for model, key in found if model is Announcement}), 1):
        Announcement.objects.create(issuer="cnipa", number=number, text=text)
    for code in sorted({key for model, key in found if model is Division} - {"430000"}):
        make_division(code)


SMALL = {
    "guides.toml": """type = "section"
[zh]
title = "办事指南"
[en]
title = "Guides"
""",
    "guides/read.toml": """type = "guide"
checked_on = 2026-11-21
[zh]
title = "怎样看懂标签"
[[zh.body]]
text = "见[企业](/enterprises/)和[怎样申请](/guides/apply/)，以及[产品](/products/365/)、[别的产品](/products/9999/)。"
[[zh.body]]
[[zh.body.steps]]
title = "一"
text = "第一步"
[[zh.body.steps]]
title = "二"
text = "第二步"
[[zh.body]]
products = {products = [365, 9999]}
[[zh.body]]
enterprises = {product = 9999}
[en]
title = "How to read a label"
[[en.body]]
text = '''
See [enterprises](/enterprises/), [how to apply](/guides/apply/), [a product](/products/365/)
and [another](/products/9999/).
'''
[[en.body]]
[[en.body.steps]]
title = "One"
text = "First"
[[en.body.steps]]
title = "Two"
text = "Second"
[[en.body]]
products = {products = [365, 9999]}
[[en.body]]
enterprises = {product = 9999}
""",
    "guides/apply.toml": GOOD,
    "regulations.toml": """type = "section"
[zh]
title = "法规"
[en]
title = "Regulations"
""",
    "regulations/old.toml": """type = "policy"
verified = true
ended_on = 2024-02-01
replaced_by = "/regulations/new/"
[zh]
title = "旧办法"
issuer = "总局"
[en]
title = "Old"
issuer = "Office"
""",
    "regulations/new.toml": """type = "policy"
verified = false
[zh]
title = "新办法"
issuer = "局"
[en]
title = "New"
issuer = "Office"
""",
    "stories.toml": """type = "section"
[zh]
title = "故事"
[en]
title = "Stories"
""",
    "stories/tea.toml": """type = "story"
product = 365
[zh]
title = "茶"
[en]
title = "Tea"
""",
    "stories/other.toml": """type = "story"
product = 9999
[zh]
title = "别的"
[en]
title = "Other"
""",
    "news/loaded.toml": """type = "news"
date = 2026-11-21
category = "data"
products = [365, 9999]
divisions = ["430000"]
[zh]
title = "入册"
[en]
title = "Loaded"
""",
}  # fmt: skip
LEFT_OUT = 2 * (
    1 + 2 + 1
)  # in two languages: a story; a product and the enterprises in a guide; a product in news


@pytest.fixture
def small(site, tmp_path):
    """A small folder of files, and the records that they name but one: product 9999 is not loaded."""
    hunan, *_rest = make_hunan()
    make_product(number=365, province=hunan)
    for name, text in SMALL.items():
        folder(tmp_path, text, name)
    return tmp_path / "content"


@pytest.fixture
def content(small):
    return create_content(folder=small)


def page_of(model, slug, language):
    return model.objects.get(slug=slug, locale__language_code=LANGUAGES[language])


class Words(HTMLParser):
    """The words of a page by their language, within its main part."""

    def __init__(self, html):
        super().__init__()
        self.open, self.found = [], {}
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag not in (
            "br",
            "img",
            "input",
            "meta",
            "link",
            "path",
            "use",
            "hr",
            "source",
            "circle",
            "rect",
            "line",
        ):
            before = self.open[-1] if self.open else (tag, "", False)
            values = dict(attributes)
            self.open.append((tag, values.get("lang", before[1]), before[2] or values.get("class") == "text"))

    def handle_endtag(self, tag):
        while self.open and tag in [one[0] for one in self.open]:
            if self.open.pop()[0] == tag:
                break

    def handle_data(self, data):
        if self.open and self.open[-1][2]:
            self.found.setdefault(self.open[-1][1], []).append(data)


def test_the_whole_content_is_made_and_shown_in_both_languages(world, client):
    out = create_content()
    assert "Left out" not in out
    assert f"{2 * len(FILES)} pages created." in out
    assert create_content() == ""
    english = Locale.objects.get(language_code="en")
    for page in Page.objects.filter(locale__language_code="zh-hans", depth__gt=2):
        twin = page.get_translation(english)
        assert (page.live, twin.live, twin.slug) == (True, True, page.slug)
        for piece in getattr(page.specific, "body", []):
            assert piece.value is not None, (page.slug, piece.block_type)
    for file in FILES:
        for language, prefix in (("zh", ""), ("en", "/en")):
            answer = client.get(prefix + file.address, follow=True)
            assert answer.status_code == 200, prefix + file.address
            text = answer.content.decode()
            assert escape(file.words[language]["title"]) in text, prefix + file.address
            assert not re.search(r"linktype=|\]\(|\*\*", text)
            if prefix and not answer.redirect_chain:
                words = " ".join(Words(text).found.get("en", []))
                assert not CHINESE.search(words), (file.address, words)


def test_texts_link_to_pages_by_number_and_to_the_register_by_address(content):
    guide, target = page_of(GuidePage, "read", "en"), page_of(GuidePage, "apply", "en")
    assert guide.body[0].value.source == (
        f'<p>See <a href="/en/enterprises/">enterprises</a>, <a linktype="page" id="{target.pk}">how to apply</a>, '
        '<a href="/en/products/365/">a product</a> and another.</p>'
    )
    assert '<a href="/enterprises/">' in page_of(GuidePage, "read", "zh").body[0].value.source
    found = ReferenceIndex.get_references_to(target)
    assert [int(row.object_id) for row in found] == [guide.pk]


def test_pieces_keep_their_parts(content):
    steps = page_of(GuidePage, "read", "zh").body[1]
    assert [(step["title"], step["text"].source) for step in steps.value] == [
        ("一", "<p>第一步</p>"), ("二", "<p>第二步</p>"),
    ]  # fmt: skip


def test_acts_name_what_took_their_place(content):
    for language in LANGUAGES:
        act = page_of(PolicyPage, "old", language)
        assert act.replaced_by == page_of(PolicyPage, "new", language)
        assert (act.verified, act.replaced_by.verified) == (True, False)


def test_news_have_categories_products_and_regions(content):
    for language in LANGUAGES:
        news = page_of(NewsPage, "loaded", language)
        assert (news.category.name_zh, [row.product.number for row in news.products.all()]) == ("数据", [365])
        assert [row.division.code for row in news.divisions.all()] == ["430000"]
    assert set(NewsCategory.objects.values_list("slug", flat=True)) == {"data", "service", "law"}


def test_what_is_not_loaded_is_left_out_with_a_note(content):
    notes = [line for line in content.splitlines() if "9999 is not loaded" in line]
    assert len(notes) == LEFT_OUT
    assert not Page.objects.filter(slug="other").exists()
    for language in LANGUAGES:
        body = page_of(GuidePage, "read", language).body
        assert [piece.block_type for piece in body] == ["text", "steps", "products"]
        assert [product.number for product in body[2].value["products"]] == [365]


def state():
    return list(
        Page.objects.order_by("pk").values_list(
            "pk", "path", "latest_revision_id", "live", "title", "numchild"
        )
    )


def again(small):
    return [line for line in create_content(folder=small).splitlines() if "9999" not in line]


def test_a_second_run_changes_nothing(small, content):
    before = state()
    assert again(small) == []
    assert state() == before


def test_the_work_of_editors_stays_where_they_moved_it(small, content):
    guide = page_of(GuidePage, "apply", "zh")
    guide.title, guide.slug, guide.body = "改过的标题", "changed", []
    guide.save_revision().publish()
    page_of(GuidePage, "read", "en").unpublish()
    page_of(ProductPage, "tea", "zh").move(page_of(SectionPage, "guides", "zh"), pos="last-child")
    NewsCategory.objects.filter(slug="law").update(name_en="Acts")
    before = state()
    assert again(small) == []
    assert state() == before
    assert NewsCategory.objects.get(slug="law").name_en == "Acts"
    guide.refresh_from_db()
    assert (guide.title, len(guide.body)) == ("改过的标题", 0)


def test_what_is_missing_is_made_again_and_nothing_else(small, content):
    page_of(ProductPage, "tea", "en").delete()
    before = {row[0]: row for row in state()}
    assert again(small) == ["Created /stories/tea/", "1 pages created."]
    made, stories = page_of(ProductPage, "tea", "en"), page_of(SectionPage, "stories", "en")
    assert {row[0] for row in state() if before.get(row[0]) != row} == {made.pk, stories.pk}
    assert stories.numchild == 1


def test_an_address_that_is_taken_is_left_to_its_page(small):
    home = HomePage.objects.get(locale__language_code="zh-hans")
    home.add_child(instance=SectionPage(title="我的指南", slug="guides", locale=home.locale))
    out = create_content(folder=small)
    assert "Left out /guides/ (zh): another page has that address." in out
    assert "Left out /guides/apply/ (zh): its parent /guides/ is not there." in out
    assert [page.locale.language_code for page in GuidePage.objects.all()] == ["en", "en"]


def test_without_a_home_page_nothing_is_made(db):
    Page.objects.filter(depth__gt=1).delete()
    with pytest.raises(CommandError, match="create_site first"):
        create_content()


def test_a_refused_file_leaves_nothing_behind(small):
    (small / "z.toml").write_text(GOOD.replace('text = "Text"', 'text = "**x"'), encoding="utf-8")
    before = state()
    with pytest.raises(
        CommandError, match=r"Nothing was created. z.toml: en.body 1.text: “\*\*” stands alone"
    ):
        create_content(folder=small)
    assert state() == before
    assert not NewsCategory.objects.exists()
