"""The words of the permission matrix: people, groups of them, and the shape of a row.

A part of the register whose rows do not stand in the test itself offers them as `ROWS`, and as `keys(world)` what its
addresses name, in a module of its own that `tests/enterprises/test_permission_matrix.py` lists.
"""

from dataclasses import dataclass

from tests.case_world import OFFICIALS

PEOPLE = ["anonymous", "owner", "colleague", "outsider", *OFFICIALS]
MEMBERS = {"owner", "colleague"}
ENTERPRISES = MEMBERS | {"outsider"}
OWNERS = {"owner", "outsider"}
SIGNED_IN = set(PEOPLE) - {"anonymous"}
WORKING = {"reviewer", "approver", "officer"}  # on a file of Anhua
HERE = WORKING | {"auditor"}  # may read a file of Anhua
DESK = HERE | {"reviewer_elsewhere", "approver_elsewhere"}
ISSUERS = {"reviewer", "approver"}  # of labels in Anhua
KEEPERS = DESK - {"auditor"}  # of candidates, trainings and projects, each in the own territory
PROVINCIAL = {"approver", "approver_elsewhere"}
PLANNERS = {"approver", "officer"}  # of a plan of Hunan
NOBODY: set[str] = set()


@dataclass(frozen=True)
class Row:
    """One address: who may GET it, who may POST to it (None: not offered), and what it names.

    `begins`: who acts for no enterprise is led to the first steps instead of a 404. `data`: what is sent. `anybody`:
    no sign-in is asked for (the link of an invitation; the token of this test is none).
    """

    get: set[str] | None
    post: set[str] | None
    key: str = ""
    begins: bool = False
    data: str = ""
    anybody: bool = False
