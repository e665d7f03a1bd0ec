"""A small register with a page of every kind, for tests of the ways in which people read."""

import uuid
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.management import call_command

from cms.models import AnnouncementPage, ArticlePage, EventPage, NewsPage, RegisterDocument
from enterprises import labels
from enterprises.label_states import RecallGround, VoidReason
from enterprises.models import DecisionAuthority, Membership
from enterprises.scan_models import ScannedLabel, label_key
from enterprises.scanning import this_minute
from gi_registry.models import Division, User
from products.models import Agreement, Announcement, PovertyList, Product, Source
from tests import factories as make
from tests.case_world import ROLES, World
from tests.journeys.worlds import ADDRESSES, small_register
from tests.label_world import code_of, make_labels
from tests.objection_world import make_case, make_notice
from tests.page_world import add, day, home, news_index, one_of_each, section, stand_in, text

# Real texts of every kind of page, which `create_content` makes; the pages made here stand beside them.
OF_EDITORS = [
    "/guides/", "/guides/how-to-read-a-label/", "/guides/how-to-apply/", "/guides/how-coverage-is-counted/",
    "/regulations/", "/regulations/order-80/", "/stories/", "/faq/", "/contact/", "/about/", "/events/",
]  # fmt: skip
SOURCE = "https://source.example/announcements/tea"
# A word that cannot be broken at a blank: what is cut or pushes a page aside shows with it.
LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"


def world_of(tea: Product) -> World:
    """The people who issue labels, around the rows of the small register."""
    province, prefecture, county, elsewhere = (
        Division.objects.get(code=code) for code in ("430000", "430900", "430923", "110000")
    )
    firm = make.make_enterprise("示例茶业有限公司", uscc="91000000MA00000157", reference="N00001", province=province)
    world = World(province, prefecture, county, elsewhere, tea, firm)
    owner = User.objects.create_user("owner", "owner@example.org", "long enough to sign in")
    Membership.objects.create(user=owner, enterprise=firm, role=ROLES["owner"][0])
    world.people["owner"] = owner
    DecisionAuthority.objects.create(province=province, effective_from=make.LONG_AGO, source="test")
    for name in ("reviewer", "approver", "officer"):
        role, where = ROLES[name]
        world.people[name] = make.make_person(role, getattr(world, where) if where else None, username=name)
    return world


def answers(world: World) -> dict[str, str]:
    """One address for each answer about a label, by its name."""
    found = make_labels(world=world)
    batch, recalled = found.batch(100, active=(1, 50)), found.batch(10, active=(1, 10))
    owner, minute = world.actor("owner"), this_minute()
    labels.declare_void(batch, by=owner, nonce=uuid.uuid4(), first=5, last=5, reason=VoidReason.LOST)
    labels.recall(recalled, by=owner, ground=RecallGround.QUALITY, text="Mould.")
    ScannedLabel.objects.create(
        label=label_key(batch.pk, 2), first_minute=minute, last_minute=minute, count=9, warned_until=minute + 600
    )
    code = code_of(batch, 1)
    return {
        "in_force": f"/v/{code}/", "unusual": f"/v/{code_of(batch, 2)}/", "not_activated": f"/v/{code_of(batch, 60)}/",
        "stopped": f"/v/{code_of(batch, 5)}/", "recalled": f"/v/{code_of(recalled, 1)}/",
        "typing_error": f"/v/{code[:-1]}{'A' if code[-1] != 'A' else 'B'}/", "not_issued": f"/v/{'0' * 24}/",
    }  # fmt: skip


@dataclass
class Reading:
    """The register and where its pages are. Addresses are those of the Chinese pages; English ones stand below /en."""

    world: World
    addresses: list[str]
    labels: dict[str, str]
    story: str  # the record that holds a story
    every_piece: str  # a page with each piece of a text
    objection: str  # a form to object with
    announcement: int


def _pieces(tea: Product) -> list:
    document = RegisterDocument(title="申请书样本")
    document.file.save("form.pdf", ContentFile(b"%PDF-1.4 form"))
    cards = {"title": "茶", "products": [tea], "province": None, "category": "", "limit": 6}
    return one_of_each(
        files=[{"document": document, "note": "一页"}], products=cards, enterprises={"product": tea, "limit": 6},
        recognition={"agreement": Agreement.objects.get()}, announcements={"product": None, "limit": 5},
        coverage={"poverty_list": PovertyList.objects.get(), "province": None, "with_map": True},
    )  # fmt: skip


def everything() -> Reading:
    """The register with labels, a time to object, the pages that ship with it and one with every piece of a text."""
    tea = small_register()
    world = world_of(tea)
    tea.rights.earliest("pk").sources.add(Source.objects.create(key="S1", title="安化黑茶保护公告", address=SOURCE))
    call_command("create_content", verbosity=0)
    notice = make_notice(world, case=make_case(world, name="桃江擂茶"))
    body = _pieces(tea)
    every = add(home(), ArticlePage(title="全部", slug="every-piece", intro=f"一句话。{LONG}", body=body))
    news = add(news_index(), NewsPage(title="新闻", slug="one", body=body[:2]))
    fair = EventPage(title="展会", slug="fair", starts_on=day(2), place="长沙")
    event = add(section(title="展会", slug="fairs"), fair)
    announcement = Announcement.objects.get()
    told = section(title="公告解读", slug="told")
    add(told, AnnouncementPage(title="说明", announcement=announcement, intro="一句话。", body=[text()]))
    for page in (every, news, event):
        stand_in(page)
    addresses = [
        *ADDRESSES, *OF_EDITORS, *(page.url for page in (every, news, event)), "/cases/",
        f"/announcements/{announcement.pk}/", f"/announcements/objections/{notice.pk}/",
        "/follow/?kind=product&key=365", "/account/signup/", "/account/login/", "/no-such-page/",
    ]  # fmt: skip
    return Reading(
        world, addresses, answers(world), f"/products/{tea.number}/", every.url,
        f"/announcements/objections/{notice.pk}/", announcement.pk,
    )  # fmt: skip
