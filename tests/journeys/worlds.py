"""A small register with one of everything, for tests that walk the site."""

import datetime
import uuid

from django.core.management import call_command

from enterprises.states import AuthorisationBasis
from gi_registry.journal import Actor
from products import foreign_registrar, zoning
from products.models import Announcement, AnnouncementEntry
from products.states import AnnouncementKind, AreaBasis, Extent, ProductStatus, Side, Track
from products.system_models import CheckItem, ProtectionRequirement, Standard, TestingBody, TestingScope
from products.zone_values import StageEntry
from tests import factories as make
from tests.inspection_world import make_public_draws


def small_register(*, site=True):
    """Hunan with 安化黑茶 (two tracks), neighbours in weaker states, an enterprise, a list, an agreement; and pages."""
    province, prefecture, anhua, taojiang = make.make_hunan()
    make.make_division("110000", "北京市", name_en="Beijing")
    tea = make.make_product(
        number=365, province=province, name_en="Anhua Dark Tea", name_en_basis="EU list", first_year=2010
    )
    right = tea.rights.get()
    make.make_area(right, anhua)
    make.make_area(right, prefecture, extent=Extent.PART)
    make.make_right(tea, track=Track.TRADEMARK, status=ProductStatus.REPORTED, effective_from=None)
    announcement = Announcement.objects.create(
        issuer="cnipa", number=475, text="国家知识产权局公告第四七五号",
        published_on=datetime.date(2022, 3, 1), published_precision="day",
    )  # fmt: skip
    AnnouncementEntry.objects.create(announcement=announcement, right=right, kind=AnnouncementKind.MARK_USE)
    plum = make.make_product(
        "桃江竹笋", number=366, province=province, name_pinyin="Taojiang Zhusun", status=ProductStatus.REPORTED,
        category="vegetables",
    )  # fmt: skip
    make.make_area(plum.rights.get(), taojiang, basis=AreaBasis.INFERRED_FROM_NAME)
    make.make_product(
        "益阳松花皮蛋", number=367, province=province, name_pinyin="Yiyang Pidan",
        status=ProductStatus.IN_PROCEDURE, category="processed",
    )  # fmt: skip
    firm = make.make_enterprise("安化某茶业有限公司", uscc="91430900600037341F", province=province)
    make_public_draws(make.make_authorisation(firm, tea, reference="AUTH1"))
    weak = make.make_enterprise("桃江某合作社", reference="E0002", province=province)
    make.make_authorisation(weak, tea, basis=AuthorisationBasis.REPORTED)
    listed = make.make_poverty_list("hunan-51", size=51)
    make.make_listed_unit(listed, anhua, exited_on=datetime.date(2018, 12, 31), exited_precision="year")
    make.make_listed_unit(listed, taojiang)
    agreement = make.make_agreement(outbound_size=100, inbound_size=96)
    make.make_agreement_entry(
        agreement, product=tea, match_basis="reviewed", protected_from=datetime.date(2021, 3, 1),
        name_en="Anhua Dark Tea",
    )  # fmt: skip
    make.make_agreement_entry(
        agreement, side=Side.INBOUND, name_native="Comté", name_zh="孔泰", country="FR", batch="1"
    )
    foreign_registrar.enter_missing(by=Actor.system("test"))
    zoning.enter_historic(
        by=Actor.system("test"), nonce=uuid.uuid4(), reference="Z-2021-430923", division=anhua, level="national",
        name_zh="安化黑茶国家地理标志产品保护示范区", products=[tea], source="test",
        stages=[StageEntry("building", datetime.date(2021, 9, 30), "month")],
    )  # fmt: skip
    _systems(tea, right, announcement, province)
    if site:
        call_command("create_site", verbosity=0)
    return tea


def _systems(tea, right, announcement, province):
    """Two standards, a testing body, a check, and two versions of the requirements."""
    day = datetime.date(2020, 1, 1)
    new = Standard.objects.create(number="GB/T 2-2020", title="黑茶", effective_from=day)
    old = Standard.objects.create(number="GB/T 1-2000", title="黑茶", effective_to=day, replaced_by=new)
    tea.standards.add(new, old)
    body = TestingBody.objects.create(pk=1, name_zh="某检验所", division=province)
    TestingScope.objects.create(body=body, product=tea, division=province, certificate="CMA 1", effective_from=day)
    CheckItem.objects.create(product=tea, part="traits", text="水分", standard=new, effective_from=day)
    ProtectionRequirement.objects.create(
        right=right, version=1, parts={"traits": "水分≤12%。"}, effective_from=make.LONG_AGO, effective_to=day
    )
    ProtectionRequirement.objects.create(
        right=right, version=2, parts={"traits": "水分≤13%。"}, effective_from=day, announcement=announcement
    )


ADDRESSES = [
    "/", "/products/", "/products/?q=anhua", "/products/?q=zzzz", "/products/365/", "/products/366/",
    "/regions/", "/regions/430000/", "/regions/430923/", "/announcements/", "/coverage/", "/coverage/hunan-51/",
    "/coverage/hunan-51/report/", "/coverage/hunan-51/?compare_on=2015-12-31&whole=yes", "/coverage/hunan-51/effect/",
    "/products/365/requirements/", "/products/365/requirements/?compare=1,2",
    "/standards/", "/testing-bodies/", "/testing-bodies/?product=365&province=430000", "/testing-bodies/1/",
    "/products/365/effect/", "/objections/",
    "/recognition/", "/recognition/CN-EU-B1/", "/recognition/CN-EU-B1/?category=cheese&as_of=2021-03-01",
    "/recognition/foreign/", "/recognition/foreign/1/", "/recognition/sounds-like/",
    "/recognition/sounds-like/?q=comte", "/enterprises/", "/enterprises/E0002/", "/authorisations/AUTH1/",
    "/verify/", "/report/", "/log/", "/news/", "/inspections/", "/inspections/RIDRAWN1/", "/inspections/RIFIXED1/",
    "/zones/", "/zones/Z-2021-430923/", "/search/", "/search/?q=anhua", "/search/?q=zzzz&kind=page",
    "/open-data/", "/open-data/fields/",
    "/api/v1/docs/",
]  # fmt: skip
