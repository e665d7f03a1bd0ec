"""Permission matrix: standards, testing bodies and checks at the desk. All of them are of Hunan."""

import datetime

from products import systems
from tests.matrix import DESK, PLANNERS, PROVINCIAL, Row

KEEPING = PLANNERS  # the approver of Hunan, and the officer
ENTERING = PROVINCIAL | {"officer"}

ROWS: dict[str, Row] = {
    "desk_systems": Row(DESK, None),
    "desk_standard_new": Row(ENTERING, ENTERING),
    "desk_standard": Row(DESK, KEEPING, "systems standard"),
    "desk_bodies": Row(DESK, None),
    "desk_body_new": Row(ENTERING, ENTERING),
    "desk_body": Row(DESK, KEEPING, "systems body"),
    "desk_scope_new": Row(KEEPING, KEEPING, "systems body"),
    "desk_scope": Row(KEEPING, KEEPING, "systems scope"),
    "desk_checked": Row(DESK, None),
    "desk_checks": Row(DESK, None, "systems product"),
    "desk_check_new": Row(KEEPING, KEEPING, "systems product"),
    "desk_check": Row(KEEPING, KEEPING, "systems check"),
}


def keys(world):
    """What the addresses name."""
    by, since = world.actor("approver"), datetime.date(2020, 1, 1)
    standard = systems.enter_standard(
        by=by, number="DB43/T 1-2020", title="地理标志产品 安化黑茶", kind="local", division=world.province, source="x"
    )
    body = systems.enter_body(by=by, name_zh="湖南省某检验所", division=world.province, source="x")
    scope = systems.enter_scope(
        body, by=by, product=world.product, division=world.county, certificate="CMA 1", effective_from=since
    )
    check = systems.enter_check(world.product, by=by, part="traits", text="水分≤12%", effective_from=since)
    return {
        "systems standard": [standard.pk],
        "systems body": [body.pk],
        "systems scope": [body.pk, scope.pk],
        "systems product": [world.product.number],
        "systems check": [world.product.number, check.pk],
    }
