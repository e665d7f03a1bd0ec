"""The small register of the page walks for tests of the API, with a demonstration enterprise and labels beside it."""

from dataclasses import dataclass
from typing import Any

from enterprises.models import Authorisation
from products.models import Product, Source
from tests import factories as make
from tests.case_world import demo_code
from tests.journeys.worlds import small_register

ENGLISH = {"accept-language": "en"}
# Every address of the API with something to answer in the small register.
ADDRESSES = [
    "", "schema/", "products/", "products/365/", "areas/", "announcements/", "announcements/{announcement}/",
    "agreements/", "agreements/CN-EU-B1/entries/", "coverage/", "coverage/hunan-51/", "divisions/", "divisions/430923/",
    "divisions/430900/children/", "enterprises/", "enterprises/E0002/", "authorisations/", "authorisations/AUTH1/",
    "changes/",
]  # fmt: skip
LISTS = {
    "products/": "number", "areas/": "id", "announcements/": "id", "agreements/CN-EU-B1/entries/": "name_zh",
    "coverage/hunan-51/": "key", "divisions/": "code", "divisions/430900/children/": "code",
    "enterprises/": "reference", "authorisations/": "reference",
}  # fmt: skip


@dataclass
class ApiWorld:
    """The register, and somebody to ask it."""

    client: Any
    tea: Product
    demo: Authorisation

    def ask(self, address: str, **headers: str) -> Any:
        """The response of an address below /api/v1/."""
        return self.client.get("/api/v1/" + address, headers=ENGLISH | headers)

    def rows(self, address: str) -> list[dict[str, Any]]:
        """The records of one page."""
        response = self.ask(address)
        assert response.status_code == 200, response.content
        found = response.json()
        return found.get("results", found.get("features"))

    def addresses(self) -> list[str]:
        """All of `ADDRESSES`."""
        paper = self.tea.rights.exclude(announcements=None).first().announcements.first()
        return [address.format(announcement=paper.pk) for address in ADDRESSES]


def make_api_world(client: Any) -> ApiWorld:
    """The small register, and a demonstration enterprise, which no list may show."""
    tea = small_register(site=False)
    firm = make.make_enterprise("演示茶厂", uscc=demo_code(77))
    demo = make.make_authorisation(firm, tea, reference="DEMO1")
    source = Source.objects.create(key="S-1", title="某清单", address="https://example.org/list")
    for right in tea.rights.all():
        right.sources.add(source)
    return ApiWorld(client, tea, demo)
