"""Rows of the permission matrix: random inspections, inspectors and credit grades at the desk."""

from tests.inspection_world import fix, make_firms, make_inspection, make_inspector
from tests.matrix import DESK, HERE, PLANNERS, PROVINCIAL, Row

KEEPERS = PROVINCIAL | {"officer"}  # each in the own province
INSIDE = HERE - {"reviewer"}  # may read what belongs to the province as a whole
REVIEWED = {"reviewer"}

ROWS: dict[str, Row] = {
    "desk_inspections": Row(DESK, None),
    "desk_inspection_draws": Row(DESK, None),
    "desk_inspection_new": Row(KEEPERS, KEEPERS),
    "desk_inspection_draw": Row(INSIDE, None, "inspection draw"),
    "desk_inspection_draw_step": Row(PLANNERS, PLANNERS, "inspection draw step"),
    "desk_inspection": Row(HERE, None, "inspection"),
    "desk_inspection_step": Row(REVIEWED, REVIEWED, "inspection step"),
    "desk_inspectors": Row(DESK, None),
    "desk_inspector_new": Row(KEEPERS, KEEPERS),
    "desk_inspector": Row(HERE, None, "inspector"),
    "desk_inspector_edit": Row(PLANNERS, PLANNERS, "inspector"),
    "desk_inspector_conflict": Row(PLANNERS, PLANNERS, "inspector"),
    "desk_inspector_conflict_end": Row(None, PLANNERS, "inspector conflict"),
    "desk_grades": Row(DESK, None),
    "desk_grade": Row(HERE, PLANNERS, "inspection enterprise"),
}


def keys(world) -> dict[str, list]:
    """A draw of Hunan that waits, an inspection at Anhua to be recorded, an inspector of the prefecture."""
    inspection = make_inspection(world, "drawn")
    enterprise = inspection.authorisation.enterprise
    enterprise.province = world.county  # so that the reviewer of the prefecture watches over it
    enterprise.save()
    make_firms(world, 1)
    person = make_inspector(world)
    conflict = person.conflicts.create(enterprise=enterprise, reason="A cousin.")
    waiting = fix(world, 1)
    draw = inspection.draw.reference
    return {
        "inspection draw": [waiting.reference],
        "inspection draw step": [waiting.reference, "cancel"],
        "inspection": [draw, inspection.place],
        "inspection step": [draw, inspection.place, "record"],
        "inspector": [person.code],
        "inspector conflict": [person.code, conflict.pk],
        "inspection enterprise": [enterprise.key],
    }
