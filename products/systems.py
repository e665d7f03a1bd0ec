"""WRITER. Standards, testing bodies with what they may test, and checks: entered, corrected, ended, never deleted.

Each function is one transaction with its journal entry. What somebody corrects carries the `version` that the page
showed: of two people one wins. Scopes belong to their testing body and count in its version.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar, Unpack

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gi_registry import amendments
from gi_registry.amendments import Change
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import Division
from gi_registry.moves import MoveRefused
from products.case_states import RequirementPart
from products.models import Product
from products.system_models import CheckItem, Standard, TestingBody, TestingScope
from products.system_values import (
    STANDARD_VALUES,
    BodyValues,
    CheckValues,
    Day,
    ScopeValues,
    StandardValues,
    body_subject,
    changed_meanwhile,
    check_chain,
    check_days,
    check_subject,
    in_order,
    known_already,
    may_keep,
    may_keep_standard,
    payload_of,
    require,
    same_checks,
    standard_subject,
    stored,
    told,
)

Row = TypeVar("Row", Standard, TestingBody, TestingScope, CheckItem)
Versioned = Standard | TestingBody | CheckItem


def _hold(row: Versioned, version: int | None) -> None:
    """Read the row anew and hold it until the transaction ends; refuse where it has changed since `version`."""
    rows: Any = type(row)._default_manager.select_for_update(of=("self",))
    row.refresh_from_db(from_queryset=rows)
    if version is not None and row.version != version:
        raise changed_meanwhile()


def _insert(row: Row, own: dict[str, Any], known: Any, name: str) -> tuple[Row, bool]:
    """Store a new row. The same form sent twice makes one row; another one of the same name is refused."""
    found = known.first()
    if found is None:
        try:
            with transaction.atomic():
                amendments.insert(row)
            return row, True
        except IntegrityError:  # sent twice at the same moment
            found = known.first()
            if found is None:
                raise
    if stored(found, own) != own:
        raise known_already(name)
    return found, False


def _store(row: Versioned | TestingScope, own: dict[str, Any]) -> dict[str, Change]:
    """Put what differs into a row that is held; the caller writes the journal."""
    changes: dict[str, Change] = amendments.differences(stored(row, own), own)
    columns = [name for name in changes if name != "products"]
    for name in columns:
        setattr(row, name, changes[name].after)
    if changes and not isinstance(row, TestingScope):
        row.version += 1
        columns.append("version")
    if columns:
        amendments.check(row)
        try:
            with transaction.atomic():
                row.save(update_fields=columns)
        except IntegrityError:
            raise known_already(getattr(row, "certificate", str(row))) from None
    if "products" in changes:
        row.products.set(changes["products"].after)  # type: ignore[union-attr]
    return changes


def _write(event: EventType, subject: Subject, payload: dict[str, Any], by: Actor, source: str, on: Day | None) -> None:
    amendments.write(Event(event, subject, amendments.plain(payload), on, source), by=by)


# --- Standards ---


@transaction.atomic
def enter_standard(*, by: Actor, **values: Unpack[StandardValues]) -> Standard:
    """A new standard. One that is replaced ends the day its successor begins, unless another day is told."""
    own = in_order(values)
    products = own.pop("products", frozenset())
    row = Standard(**own)
    require(may_keep_standard(by, row.kind, row.division) and _may_tie(by, products))
    if not row.number or not row.title:
        raise MoveRefused("words_missing", _("A standard needs its number and its title."))
    _end_with_successor(row)
    check_days(row)
    wanted = own | {"effective_to": row.effective_to, "products": products}
    row, is_new = _insert(row, wanted, Standard.objects.filter(number=row.number), row.number)
    if is_new:
        row.products.set(products)
        payload = {"values": told(wanted)}
        _write(EventType.STANDARD_ENTERED, standard_subject(row), payload, by, row.source, row.effective_from)
    return row


@transaction.atomic
def amend_standard(
    standard: Standard, *, by: Actor, version: int | None = None, **values: Unpack[StandardValues]
) -> bool:
    """Correct or carry on what is written of a standard. Returns whether anything differed."""
    own = in_order(values)
    _hold_chain(standard, own.get("replaced_by"))
    _hold(standard, version)
    require(may_keep_standard(by, standard.kind, standard.division))
    first, successor, ties = standard.effective_from, standard.replaced_by_id, frozenset(standard.products.all())
    after = Standard(**{name: own.get(name, getattr(standard, name)) for name in COLUMNS}, pk=standard.pk)
    require(may_keep_standard(by, after.kind, after.division) and _may_tie(by, ties ^ own.get("products", ties)))
    if after.replaced_by_id != successor:
        _end_with_successor(after)
        check_chain(after)
    check_days(after)
    changes = _store(standard, own | {"effective_to": after.effective_to})
    if changes:
        subject, source = standard_subject(standard), own.get("source", "")
        _write(EventType.STANDARD_AMENDED, subject, payload_of(changes), by, source, standard.effective_from)
        if "effective_from" in changes:
            _move_ends(standard, first, by)
    return bool(changes)


COLUMNS = tuple(name for name in STANDARD_VALUES if name != "products")


def _may_tie(by: Actor, products: Iterable[Product]) -> bool:
    return all(may_keep(by, product.province) for product in products)


def _end_with_successor(row: Standard) -> None:
    if row.replaced_by is not None and row.effective_to is None:
        row.effective_to = row.replaced_by.effective_from


def _hold_chain(row: Standard, successor: Standard | None) -> None:
    """Hold a standard, those that it replaces and those that follow it, always in the same order."""
    wanted, following = {row.pk}, successor.pk if successor else None
    while following is not None and following not in wanted:
        wanted.add(following)
        following = Standard.objects.filter(pk=following).values_list("replaced_by", flat=True).first()
    rows = Standard.objects.filter(Q(pk__in=wanted) | Q(replaced_by=row.pk)).order_by("pk")
    list(rows.select_for_update(of=("self",)).values_list("pk"))


def _move_ends(successor: Standard, first: Day | None, by: Actor) -> None:
    """Those that ended the day their successor began still do, where that day was corrected."""
    for row in successor.replaces.filter(effective_to=first).order_by("pk"):
        require(may_keep_standard(by, row.kind, row.division))
        row.effective_to = successor.effective_from
        check_days(row)
        row.refresh_from_db()
        changes = _store(row, {"effective_to": successor.effective_from})
        _write(EventType.STANDARD_AMENDED, standard_subject(row), payload_of(changes), by, "", row.effective_from)


# --- Testing bodies and what they may test ---


@transaction.atomic
def enter_body(*, by: Actor, **values: Unpack[BodyValues]) -> TestingBody:
    """A new testing body."""
    own = in_order(values)
    row = TestingBody(**own)
    require(may_keep(by, row.division))
    row, is_new = _insert(row, own, TestingBody.objects.filter(name_zh=row.name_zh), row.name_zh)
    if is_new:
        _write(EventType.TESTING_BODY_ENTERED, body_subject(row), {"values": told(own)}, by, row.source, None)
    return row


@transaction.atomic
def amend_body(body: TestingBody, *, by: Actor, version: int | None = None, **values: Unpack[BodyValues]) -> bool:
    """Correct what is written of a testing body. Returns whether anything differed."""
    own = in_order(values)
    _hold(body, version)
    require(may_keep(by, body.division) and may_keep(by, own.get("division", body.division)))
    changes = _store(body, own)
    if changes:
        _write(EventType.TESTING_BODY_AMENDED, body_subject(body), payload_of(changes), by, own.get("source", ""), None)
    return bool(changes)


@transaction.atomic
def enter_scope(
    body: TestingBody, *, by: Actor, product: Product, division: Division | None, version: int | None = None,
    **values: Unpack[ScopeValues],
) -> TestingScope:  # fmt: skip
    """What a body may test from a day on: a product, from a division or (None) from everywhere."""
    own = in_order(values) | {"product": product, "division": division}
    row = TestingScope(body=body, **own)
    require(may_keep(by, body.division) and may_keep(by, product.province) and may_keep(by, division))
    check_days(row)
    known = TestingScope.objects.filter(body=body, product=product, division=division, certificate=row.certificate)
    _hold(body, None if known.exists() else version)
    row, is_new = _insert(row, own, known, row.certificate)
    if is_new:
        _count_scope(body)
        payload = {"scope": told(own) | {"product": product.number}}
        subject = body_subject(body, product)
        _write(EventType.TESTING_BODY_AMENDED, subject, payload, by, body.source, row.effective_from)
    return row


@transaction.atomic
def amend_scope(
    scope: TestingScope, *, by: Actor, version: int | None = None, **values: Unpack[ScopeValues]
) -> bool:
    """Correct a scope or end it (`effective_to`). Returns whether anything differed. `version`: of the body."""
    body, own = scope.body, in_order(values)
    _hold(body, version)
    scope.refresh_from_db()
    require(all(may_keep(by, place) for place in (body.division, scope.product.province, scope.division)))
    check_days(TestingScope(**{name: own.get(name, getattr(scope, name)) for name in ScopeValues.__annotations__}))
    changes = _store(scope, own)
    if changes:
        _count_scope(body)
        payload = {"scope": {"product": scope.product.number, "certificate": scope.certificate}} | payload_of(changes)
        subject = body_subject(body, scope.product)
        _write(EventType.TESTING_BODY_AMENDED, subject, payload, by, "", scope.effective_to or scope.effective_from)
    return bool(changes)


def _count_scope(body: TestingBody) -> None:
    body.version += 1
    body.save(update_fields=["version"])


# --- Checks of a product by the parts of its protection requirements ---


@transaction.atomic
def enter_check(product: Product, *, by: Actor, **values: Unpack[CheckValues]) -> CheckItem:
    """What is checked of a product from a day on, and how."""
    own = in_order(values)
    row = CheckItem(product=product, **own)
    require(may_keep(by, product.province))
    Product.objects.select_for_update(of=("self",)).get(pk=product.pk)  # two people enter checks one after the other
    _check_check(row)
    row, is_new = _insert(row, own, same_checks(row), row.text)
    if is_new:
        subject = check_subject(row)
        _write(EventType.CHECK_ITEM_ENTERED, subject, {"values": told(own)}, by, "", row.effective_from)
    return row


@transaction.atomic
def amend_check(item: CheckItem, *, by: Actor, version: int | None = None, **values: Unpack[CheckValues]) -> bool:
    """Correct a check or end it (`effective_to`). Returns whether anything differed."""
    own = in_order(values)
    product = Product.objects.select_for_update(of=("self",)).select_related("province").get(pk=item.product_id)
    _hold(item, version)
    require(may_keep(by, product.province))
    names = CheckValues.__annotations__
    after = CheckItem(pk=item.pk, product=product, **{name: own.get(name, getattr(item, name)) for name in names})
    _check_check(after)
    if same_checks(after).exists():
        raise known_already(after.text)
    changes = _store(item, own)
    if changes:
        subject, on = check_subject(item), item.effective_to or item.effective_from
        _write(EventType.CHECK_ITEM_AMENDED, subject, payload_of(changes), by, "", on)
    return bool(changes)


def _check_check(row: CheckItem) -> None:
    if row.part not in RequirementPart.values:
        raise MoveRefused("wrong_part", _("This is no part of the protection requirements."))
    check_days(row)
