"""One dull factory a model. Each makes what it needs and lets the test name what matters."""

import datetime
import itertools

from enterprises.models import Authorisation, Enterprise
from enterprises.states import AuthorisationBasis, AuthorisationState
from gi_registry.models import Division, RoleAssignment, User
from gi_registry.roles import Role
from gi_registry.search_text import tokens_for
from products.models import (
    Agreement,
    AgreementEntry,
    ListedUnit,
    ListVersion,
    PovertyList,
    Product,
    ProductSearchText,
    ProtectedArea,
    Right,
)
from products.states import (
    CONFIRMED,
    AreaBasis,
    Basis,
    Category,
    DateBasis,
    EntryStatus,
    Extent,
    ProductStatus,
    Side,
    Track,
)

_numbers = itertools.count(1)
LONG_AGO = datetime.date(2010, 12, 30)


def make_division(code, name_zh=None, *, level=None, parent=None, status="current", successor=None, **more):
    """A division; the level follows from the code where a test does not say."""
    level = level or ("province" if code.endswith("0000") else "prefecture" if code.endswith("00") else "county")
    name_zh = name_zh or f"某地{code}"
    return Division.objects.create(
        code=code, name_zh=name_zh, name_pinyin=more.pop("name_pinyin", f"Moudi {code}"),
        name_en=more.pop("name_en", f"Division {code}"), level=level, parent=parent, status=status,
        successor=successor, valid_from="1980-12", source="test", **more,
    )  # fmt: skip


def make_hunan():
    """湖南省 › 益阳市 › 安化县, 桃江县; returns the four."""
    province = make_division("430000", "湖南省", name_en="Hunan Province", name_pinyin="Hunan Sheng")
    prefecture = make_division("430900", "益阳市", name_en="Yiyang City", parent=province)
    anhua = make_division("430923", "安化县", name_en="Anhua County", name_pinyin="Anhua Xian", parent=prefecture)
    taojiang = make_division("430922", "桃江县", name_en="Taojiang County", parent=prefecture)
    return province, prefecture, anhua, taojiang


def make_product(name_zh="安化黑茶", *, number=None, status=ProductStatus.APPROVED, province=None, right=True, **more):
    """A product with, unless told otherwise, one right of the same status."""
    number = number or next(_numbers)
    confirmed = status in CONFIRMED
    since = more.pop("effective_from", LONG_AGO if confirmed else None)
    track = more.pop("track", Track.GI_PRODUCT)
    product = Product.objects.create(
        number=number, name_zh=name_zh, name_pinyin=more.pop("name_pinyin", "Anhua Heicha"),
        category=more.pop("category", Category.TEA), status=status, province=province, effective_from=since,
        first_year=more.pop("first_year", since.year if since else None), **more,
    )  # fmt: skip
    ProductSearchText.objects.create(
        product=product,
        tokens=tokens_for([name_zh], readings=[product.name_pinyin], latin=[product.name_en], numbers=[]),
    )
    if right:
        make_right(product, track=track, status=status, effective_from=since)
    return product


def make_right(product, *, track=Track.GI_PRODUCT, status=ProductStatus.APPROVED, effective_from=LONG_AGO, **more):
    """One legal track of a product."""
    return Right.objects.create(
        product=product, reference=more.pop("reference", f"T{next(_numbers):05}"), track=track, status=status,
        effective_from=effective_from, effective_from_basis=DateBasis.APPROVAL if effective_from else "",
        approved_on=effective_from, approved_precision="day" if effective_from else "", basis=Basis.SOURCED, **more,
    )  # fmt: skip


def make_area(right, division, *, extent=Extent.WHOLE, basis=AreaBasis.NAMED_IN_SOURCE):
    """A division of the area of a right."""
    return ProtectedArea.objects.create(right=right, division=division, extent=extent, basis=basis)


def make_enterprise(name_zh="安化某茶业有限公司", *, uscc=None, province=None, **more):
    """An enterprise, without a credit code unless one is given."""
    return Enterprise.objects.create(
        reference=more.pop("reference", f"T{next(_numbers):04}"), name_zh=name_zh, uscc=uscc, province=province,
        basis=Basis.SOURCED, **more,
    )  # fmt: skip


def make_authorisation(enterprise, product, *, since=LONG_AGO, basis=AuthorisationBasis.ANNOUNCED, **more):
    """The right of an enterprise to use the mark on a product."""
    state = AuthorisationState.REPORTED if basis == AuthorisationBasis.REPORTED else AuthorisationState.IN_FORCE
    return Authorisation.objects.create(
        reference=more.pop("reference", f"A{next(_numbers):05}"), enterprise=enterprise, product=product,
        state=more.pop("state", state), basis=basis, effective_from=since, effective_precision="day", **more,
    )  # fmt: skip


def make_poverty_list(slug="national-832", *, size=832, **more):
    """A poverty list in its first version, without units."""
    poverty_list = PovertyList.objects.create(
        slug=slug, name_zh="贫困县名录", name_en="Poverty list", official_size=size, **more
    )
    ListVersion.objects.create(poverty_list=poverty_list, number=1, official_size=size)
    return poverty_list


def make_listed_unit(poverty_list, division, **more):
    """A unit on a list that is one division of today."""
    line = division.lineage()
    unit = ListedUnit.objects.create(
        poverty_list=poverty_list, key=more.pop("key", f"{division.code} {division.name_zh}"),
        name_zh=more.pop("name_zh", division.name_zh), province=line[0], list_basis="sourced",
        added_in=more.pop("added_in", poverty_list.versions.last()), **more,
    )  # fmt: skip
    unit.divisions.add(division)
    return unit


def make_agreement(code="CN-EU-B1", *, partner="EU", **more):
    """An agreement without entries."""
    return Agreement.objects.create(
        code=code, name_zh=more.pop("name_zh", "中欧地理标志协定"),
        name_en=more.pop("name_en", "China–EU Agreement"), partner=partner,
        scheme_label=more.pop("scheme_label", "100+100"), **more,
    )  # fmt: skip


def make_agreement_entry(agreement, *, side=Side.OUTBOUND, status=EntryStatus.PROTECTED, **more):
    """A name on one side of an agreement."""
    return AgreementEntry.objects.create(
        agreement=agreement, key=more.pop("key", str(next(_numbers))), side=side, status=status,
        status_text=more.pop("status_text", "protected"), country=more.pop("country", "CN"),
        name_zh=more.pop("name_zh", "安化黑茶"), **more,
    )  # fmt: skip


def make_person(role, division=None, *, username=None):
    """Somebody with one role."""
    user = User.objects.create_user(username=username or f"{role}{next(_numbers)}", password="long enough to sign in")
    RoleAssignment.objects.create(user=user, role=Role(role), division=division, effective_from=LONG_AGO)
    return user
