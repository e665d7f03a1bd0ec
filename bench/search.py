"""Search: first page and three facets in one question, by kind of query, against a plain LIKE over the names.

On the reference data as loaded, then with 10,000 and 100,000 products made up of real places and goods.
Server time of the readers: no template, no HTTP.
"""

import itertools
import random
from collections.abc import Callable, Iterator

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Max, Q
from pypinyin import lazy_pinyin

from bench.report import Report
from gi_registry.models import Division
from gi_registry.search_text import tokens_for
from products import facets, lookup
from products.models import Product, ProductSearchText, ProtectedArea, Right
from products.states import AreaBasis, Basis, Category, DateBasis, Extent, ProductStatus, Track

SIZES = (10_000, 100_000)
AIMS_P95_MS = {10_000: 30.0, 100_000: 80.0}
GOODS = {
    Category.TEA: "黑茶 绿茶 红茶 白茶 毛尖 云雾茶 银针 花茶",
    Category.FRUIT: "苹果 蜜桃 脐橙 柚子 葡萄 红枣 核桃 板栗 樱桃 猕猴桃 甜瓜 西瓜 李子 杨梅 枇杷 石榴",
    Category.VEGETABLES: "大蒜 生姜 辣椒 香菇 黑木耳 莲藕 山药 芋头 竹笋 萝卜",
    Category.GRAIN: "大米 小米 荞麦 绿豆 花生 红薯 玉米",
    Category.MEDICINAL: "枸杞 当归 黄芪 天麻 三七 金银花",
    Category.LIVESTOCK: "黑猪 山羊 黄牛 土鸡 麻鸭",
    Category.AQUATIC: "大闸蟹 鲤鱼 甲鱼 海参 对虾",
    Category.ALCOHOL: "黄酒 白酒",
    Category.CONDIMENTS: "陈醋 豆瓣酱 菜籽油",
}
QUERIES = {
    "two characters": ("苹果", "大米", "安化", "山羊", "黑茶", "核桃", "枸杞"),
    "one character": ("茶", "米", "安", "果", "酒"),
    "pinyin": ("pingguo", "anhua", "dami", "anhua heicha", "shanyang"),
    "initials": ("ahhc", "pg", "dm", "wcdm", "hc"),
}
MISTYPED = ("安花苹果", "anhau", "五长大米", "pinguo")


def goods() -> list[tuple[str, Category]]:
    return [(name, category) for category, names in GOODS.items() for name in names.split()]


def made_up(number: int) -> Iterator[tuple[str, Division, Category]]:
    """(name, county, category), each name once in its province; the same on every run."""
    seen: set[tuple[str, int | None]] = set(Product.objects.values_list("name_zh", "province"))
    counties = Division.objects.current().filter(level="county").select_related("parent__parent")
    places = [
        (county.name_zh.removesuffix("县").removesuffix("市").removesuffix("区"), county)
        for county in counties
    ]
    combinations = list(itertools.product(places, goods()))
    random.Random(7).shuffle(combinations)
    for (place, county), (thing, category) in combinations:
        key = (place + thing, county.lineage()[0].pk)
        if key not in seen:
            seen.add(key)
            yield place + thing, county, category
            number -= 1
            if not number:
                return


@transaction.atomic
def fill(up_to: int) -> None:
    """Add made-up products until there are `up_to`, each with tokens, one or two rights and an area."""
    dice = random.Random(8)
    missing = up_to - Product.objects.count()
    top = {model: model._default_manager.aggregate(top=Max("pk"))["top"] or 0 for model in (Product, Right)}
    first = (Product.objects.aggregate(top=Max("number"))["top"] or 0) + 1
    products, tokens, rights, areas = [], [], [], []
    for place, (name, county, category) in enumerate(made_up(missing)):
        year = dice.randint(2000, 2025)
        status = dice.choices(list(ProductStatus), (50, 15, 3, 12, 18, 2))[0]
        since = f"{year}-06-01" if status in ("approved", "mark_use_listed", "revoked") else None
        product = Product(
            pk=top[Product] + place + 1, number=first + place, name_zh=name, category=category, status=status,
            province=county.lineage()[0], effective_from=since, first_year=year,
            name_pinyin=" ".join(lazy_pinyin(name)).capitalize(),
        )  # fmt: skip
        products.append(product)
        tokens.append(
            ProductSearchText(
                product_id=product.pk, tokens=tokens_for([name], numbers=[f"{year}年第{place % 400}号"])
            )
        )
        for track in dice.sample(list(Track), dice.choice((1, 1, 1, 2))):
            right = Right(
                pk=top[Right] + len(rights) + 1, product_id=product.pk, reference=f"B{top[Right] + len(rights) + 1:09}",
                track=track, status=status, approved_on=since, approved_precision="day" if since else "",
                effective_from=since, effective_from_basis=DateBasis.APPROVAL if since else "", basis=Basis.DERIVED,
                effective_to="2026-01-01" if status == "revoked" else None,
            )  # fmt: skip
            rights.append(right)
            areas.append(
                ProtectedArea(
                    right_id=right.pk,
                    division=county,
                    extent=Extent.NOT_STATED,
                    basis=AreaBasis.INFERRED_FROM_NAME,
                )
            )
    for model, rows in (
        (Product, products),
        (ProductSearchText, tokens),
        (Right, rights),
        (ProtectedArea, areas),
    ):
        model.objects.bulk_create(rows, batch_size=2000)  # type: ignore[attr-defined]


def settle() -> None:
    """What a register at rest has: statistics, and a full-text index in one piece."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "INSERT INTO products_productsearchtext_fts(products_productsearchtext_fts) VALUES ('optimize')"
            )
        cursor.execute("ANALYZE")


def first_page(text: str) -> list[Product]:
    """What the page asks the readers for: total and three facets, then the first twenty products."""
    found = lookup.search(Product.objects.all(), text)
    facets.count(found.products, facets.Wanted(), only=("track",))
    return list(found.products.select_related("province").prefetch_related("rights")[:20])


def plain_like(text: str) -> list[Product]:
    """The same page by LIKE over the name columns, read from end to end; without a ranking."""
    matching = Q(name_zh__contains=text) | Q(name_pinyin__icontains=text) | Q(name_en__icontains=text)
    found = Product.objects.filter(matching).order_by("number")
    facets.count(found, facets.Wanted(), only=("track",))
    return list(found.select_related("province").prefetch_related("rights")[:20])


def in_turn(ask: Callable[[str], object], texts: tuple[str, ...]) -> Callable[[], None]:
    """A case that asks the next text each time."""
    turn = itertools.cycle(texts)
    return lambda: (ask(next(turn)), None)[1]


def everything() -> None:
    """The page without a text: all facets counted afresh."""
    cache.clear()
    remembered()


def remembered() -> None:
    """The page without a text, as every visitor after the first gets it."""
    found = lookup.search(Product.objects.all(), "")
    facets.count_found(found, facets.Wanted(), LISTS)
    list(found.products.select_related("province").prefetch_related("rights")[:20])


LISTS = ("national-832", "hunan-51", "key-160")


def compare(report: Report, size: int, rounds: int) -> None:
    every = tuple(text for texts in QUERIES.values() for text in texts)
    cases = {"the same with LIKE": in_turn(plain_like, every)}
    cases |= {kind: in_turn(first_page, texts) for kind, texts in QUERIES.items()}
    cases["one wrong character"] = in_turn(first_page, MISTYPED)
    aim = AIMS_P95_MS.get(size)
    aims = dict.fromkeys(QUERIES, aim) if aim else {}
    title = f"Search, {Product.objects.count():,} products: first page and three facets"
    report.compare(title, cases, baseline="the same with LIKE", rounds=rounds, aims_p95_ms=aims)
    report.compare(
        "All products, all eight facets",
        {"remembered": remembered, "counted afresh": everything},
        baseline="remembered",
        rounds=10,
    )


def run(report: Report) -> None:
    """The part of `python -m bench`."""
    compare(report, 0, 100)
    for size in SIZES:
        fill(size)
        settle()
        compare(report, size, 100 if size < 50_000 else 50)
