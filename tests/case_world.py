"""People and files for tests of applications: everybody who can meet a file, and a file in any state.

Files are moved by the same writers as in the register, so that a state here is one that can come about.
"""

import datetime
import hashlib
import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from enterprises import announcing, credit_codes, drafts, workflow
from enterprises.application_models import MarkApplication
from enterprises.models import Authorisation, DecisionAuthority, Enterprise, Membership
from enterprises.states import ApplicationState as State
from enterprises.states import DocumentKind, LawfulUser, SiteResult
from gi_registry.journal import Actor
from gi_registry.models import Division, User
from gi_registry.roles import Role
from gi_registry.uploads import Cleaned
from products.models import Product
from tests import factories as make

_numbers = itertools.count(1)
PASSWORD = "long enough to sign in"


def demo_code(number: int) -> str:
    """A well-formed credit code of region 000000."""
    first = f"91000000{number:08}"
    first += credit_codes._organisation_check(first[8:])
    return first + credit_codes.check_character(first)


def pdf(text: str = "test") -> Cleaned:
    """Something that was cleaned; the pipeline itself has its own tests."""
    content = b"%PDF-1.4 " + text.encode()
    digest = hashlib.sha256(content).hexdigest()
    return Cleaned(content, "application/pdf", ".pdf", 1, digest, digest)


@dataclass
class World:
    """Hunan with one product, an enterprise, and everybody who can meet its files."""

    province: Division
    prefecture: Division
    county: Division
    elsewhere: Division
    product: Product
    enterprise: Enterprise
    people: dict[str, User] = field(default_factory=dict)

    def actor(self, name: str) -> Actor:
        """A person in the role that its name says."""
        role, division = ROLES[name]
        place = getattr(self, division) if division else None
        return Actor.user(self.people[name], role, place)

    def another(self, name: str) -> Actor:
        """Somebody else in the same role: two people are needed for most decisions."""
        role, division = ROLES[name]
        place = getattr(self, division) if division else None
        key = f"another_{name}"
        if key not in self.people:
            self.people[key] = make.make_person(role, place, username=key)
        return Actor.user(self.people[key], role, place)

    def draft(self, *, enterprise: Enterprise | None = None, by: str = "owner", complete: bool = True,
              **values: Any) -> MarkApplication:  # fmt: skip
        """A draft with everything that is needed to send it."""
        actor = self.actor(by)
        file = drafts.start(enterprise or self.enterprise, by=actor, nonce=uuid.uuid4())
        if complete:
            values = {
                "product": self.product, "lawful_user": LawfulUser.PRODUCER, "varieties": ["黑毛茶", "茯砖茶"],
                "standard": "GB/T 32719", "yearly_output": 120, "output_unit": "t", "packs": ["500 g"],
            } | values  # fmt: skip
        if values:
            drafts.save_draft(file, by=actor, version=file.version, **values)
        if complete:
            drafts.set_sites(file, by=actor, version=file.version, sites=[(self.county, "Tea Road 1")])
            for kind in (DocumentKind.APPLICATION_FORM, DocumentKind.TEST_REPORT):
                cleaned = pdf(f"{file.pk} {kind}")
                drafts.add_document(
                    file, by=actor, kind=kind, title=str(kind), cleaned=cleaned, name=f"{uuid.uuid4().hex}.pdf"
                )
        return file

    def file(self, state: State = State.SUBMITTED, **values: Any) -> MarkApplication:
        """A file that was brought into a state by those who may."""
        file = self.draft(**values)
        for step in STEPS[state]:
            step(self, file)
        assert file.state == state, (file.state, state)
        return file

    def authorisation(self, **values: Any) -> Authorisation:
        """A new authorisation by way of an announcement of today."""
        file = self.file(State.ANNOUNCED, **values)
        return Authorisation.objects.get(terms__application=file)


ROLES = {
    "owner": (Role.ENTERPRISE_OWNER, ""),
    "colleague": (Role.ENTERPRISE_OPERATOR, ""),
    "outsider": (Role.ENTERPRISE_OWNER, ""),
    "reviewer": (Role.REVIEWER, "prefecture"),
    "reviewer_elsewhere": (Role.REVIEWER, "elsewhere"),
    "approver": (Role.APPROVER, "province"),
    "approver_elsewhere": (Role.APPROVER, "elsewhere"),
    "officer": (Role.OFFICER, ""),
    "auditor": (Role.AUDITOR, ""),
    "editor": (Role.EDITOR, ""),
}
OFFICIALS = [name for name, (role, _where) in ROLES.items() if not role.startswith("enterprise")]


def make_world(*, pilot: bool = True, demo: bool = True) -> World:
    """The world; `pilot`: the province decides itself."""
    province, prefecture, county, _other = make.make_hunan()
    elsewhere = make.make_division("110000", "北京市", name_en="Beijing")
    product = make.make_product(number=365, province=province, name_en="Anhua Dark Tea")
    make.make_area(product.rights.get(), county)
    uscc = "91000000MA00000157" if demo else "91430900600037341F"
    enterprise = make.make_enterprise("示例茶业有限公司", uscc=uscc, reference="N00001")
    outside = make.make_enterprise("别家茶行", uscc="92000000MA0000023Y", reference="N00002")
    world = World(province, prefecture, county, elsewhere, product, enterprise)
    for name, (role, where) in ROLES.items():
        if name in OFFICIALS:
            place = getattr(world, where) if where else None
            world.people[name] = make.make_person(role, place, username=name)
        else:
            user = User.objects.create_user(name, f"{name}@example.org", PASSWORD)
            world.people[name] = user
            firm = outside if name == "outsider" else enterprise
            Membership.objects.create(user=user, enterprise=firm, role=role)
    if pilot:
        DecisionAuthority.objects.create(
            province=province, effective_from=datetime.date(2023, 1, 11), source="test"
        )
    return world


def check_sites(world: World, file: MarkApplication, result: SiteResult = SiteResult.INSIDE) -> None:
    """The reviewer checks every site."""
    for site in file.sites.all():
        workflow.check_site(
            site, by=world.actor("reviewer"), checked_on=timezone.localdate(), result=result, findings="in order"
        )


def announce(world: World, *files: MarkApplication, **values: Any) -> Any:
    """The officer announces files."""
    number = next(_numbers)
    found = announcing.publish(
        files, by=world.actor("officer"), text=f"示例公告第{number}号", issuer="other", issuer_text="示例",
        number=number, published_on=timezone.localdate(), **values,
    )  # fmt: skip
    for file in files:
        file.refresh_from_db()
    return found


def _submit(world, file):
    workflow.submit(file, by=world.actor("owner"))


def _notify(world, file):
    workflow.notify_defects(file, by=world.actor("reviewer"), text="The test report lacks a date.")


def _accept(world, file):
    workflow.accept(file, by=world.actor("reviewer"))


def _start(world, file):
    workflow.start_review(file, by=world.actor("reviewer"))


def _pass_on(world, file):
    check_sites(world, file)
    workflow.pass_on(file, by=world.actor("reviewer"), text="Fit to use the mark.")


def _forward(world, file):
    workflow.forward(file, by=world.actor("approver"), text="Agreed.")


def _approve(world, file):
    workflow.approve(file, by=world.actor("approver"), text="Everything is in order.")


def _refuse(world, file):
    workflow.refuse(file, by=world.actor("approver"), text="Not produced to the standard.")


_REVIEWED = [_submit, _accept, _start, _pass_on]
STEPS = {
    State.DRAFT: [],
    State.SUBMITTED: [_submit],
    State.DEFECTS: [_submit, _notify],
    State.ACCEPTED: [_submit, _accept],
    State.NOT_ACCEPTED: [
        _submit, lambda world, file: workflow.not_accept(file, by=world.actor("reviewer"), text="Not our task.")
    ],
    State.FIRST_REVIEW: [_submit, _accept, _start],
    State.PROVINCIAL_REVIEW: _REVIEWED,
    State.NATIONAL_REVIEW: [*_REVIEWED, _forward],
    State.APPROVED: [*_REVIEWED, _approve],
    State.REFUSED: [*_REVIEWED, _refuse],
    State.ANNOUNCED: [*_REVIEWED, _approve, lambda world, file: announce(world, file)],
    State.WITHDRAWN: [_submit, lambda world, file: workflow.withdraw(file, by=world.actor("owner"))],
}  # fmt: skip
