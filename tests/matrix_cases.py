"""Who may open and send what about protection cases at the desk: the rows of the permission matrix."""

from enterprises import case_papers
from products.case_models import CasePaper
from products.case_states import CaseState as S
from tests.case_world import World
from tests.matrix import DESK, HERE, Row
from tests.protection_world import make_case

PREPARING = {"reviewer", "officer"}  # a case of Anhua
PREPARERS = PREPARING | {"reviewer_elsewhere"}
OFFICER = {"officer"}

ROWS: dict[str, Row] = {
    "desk_cases": Row(DESK, None),
    "desk_case_new": Row(PREPARERS, PREPARERS),
    "desk_case_past": Row(OFFICER, OFFICER),
    "desk_case_announce": Row(OFFICER, OFFICER, "case announcement"),
    "desk_case": Row(HERE, None, "case"),
    "desk_case_step_form": Row(PREPARING, PREPARING, "case step"),
    "desk_case_discard": Row(PREPARING, PREPARING, "case draft"),
    "desk_case_move": Row({"approver"}, {"approver"}, "case move"),
    "desk_case_review": Row(OFFICER, OFFICER, "case"),
    "desk_case_paper": Row(HERE, None, "case paper"),
    "desk_case_paper_remove": Row(None, PREPARING, "case draft paper"),
}


def keys(world: World) -> dict[str, list]:
    """What the addresses name: a draft, and a case before the province, both of Anhua."""
    draft, sent = make_case(world, S.DRAFT), make_case(world, S.PROVINCIAL)
    case_papers.folder().mkdir(parents=True, exist_ok=True)
    for name in CasePaper.objects.values_list("name", flat=True):
        (case_papers.folder() / name).write_bytes(b"%PDF-1.4")
    return {
        "case": [sent.reference],
        "case draft": [draft.reference],
        "case step": [draft.reference, "name"],
        "case move": [sent.reference, "give_opinion"],
        "case announcement": ["recognise"],
        "case paper": [sent.reference, sent.papers.first().pk],
        "case draft paper": [draft.reference, draft.papers.first().pk],
    }
