"""The rows of the permission matrix for demonstration zones: prepared in the territory, decided on by the officer."""

from tests.matrix import DESK, HERE, ISSUERS, PROVINCIAL, Row
from tests.zone_world import make_zone

PREPARING = {"reviewer", "reviewer_elsewhere"} | PROVINCIAL  # each in the own territory

ROWS: dict[str, Row] = {
    "desk_zones": Row(DESK, None),
    "desk_zone_new": Row(PREPARING, PREPARING),
    "desk_zone_historic": Row({"officer"}, {"officer"}),
    "desk_zone": Row(HERE, None, "zone"),
    "desk_zone_edit": Row(ISSUERS, ISSUERS, "zone"),
    "desk_zone_step": Row({"approver"}, {"approver"}, "zone step"),
    "desk_zone_summary": Row(ISSUERS, ISSUERS, "zone summary"),
}


def keys(world):
    """A zone of Anhua that is prepared, and one that is being built."""
    prepared, built = make_zone(world), make_zone(world, "building")
    return {
        "zone": [prepared.reference],
        "zone step": [prepared.reference, "recommend"],
        "zone summary": [built.reference, built.build_from.year],
    }
