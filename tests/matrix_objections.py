"""Objections in the permission matrix: the officer works, the reviewer of the place answers, the auditor reads."""

from enterprises import objection_files
from products.objection_models import ObjectionFile
from products.objection_states import ObjectionState
from tests.matrix import DESK, Row
from tests.objection_world import make_objection

READERS = {"officer", "reviewer", "approver", "auditor"}
ROWS = {
    "desk_objections": Row(DESK, None),
    "desk_objection": Row(READERS, None, "objection"),
    "desk_objection_file": Row(READERS, None, "objection file"),
    "desk_objection_step": Row({"officer", "reviewer"}, {"officer", "reviewer"}, "objection step"),
}


def keys(world) -> dict[str, list]:
    """An admitted objection to a case of Anhua, which waits for the answer of the applicant."""
    objection = make_objection(world, ObjectionState.ADMITTED)
    file = ObjectionFile.objects.create(
        objection=objection, title="Map", name="map.pdf", media_type="application/pdf", size=8, sha256="0" * 64
    )
    objection_files.folder().mkdir(parents=True, exist_ok=True)
    (objection_files.folder() / file.name).write_bytes(b"%PDF-1.4")
    return {
        "objection": [objection.reference],
        "objection file": [objection.reference, file.pk],
        "objection step": [objection.reference, "answer"],
    }
