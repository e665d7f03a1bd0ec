import dataclasses, pytest
from enterprises import states, supervision, announcing, workflow, clocks
from gi_registry import moves, journal
from tests.enterprises import test_case_model as m
pytestmark = pytest.mark.django_db

def setmove(name, **kw):
    return lambda mp: [object.__setattr__(getattr(states, name), k, v) for k, v in kw.items()]

MUT = {
 "four eyes gone": lambda mp: mp.setattr(states, "four_eyes", lambda f, by: None),
 "proposer may decide": lambda mp: [mp.setitem(states.DECIDE_STOP.__dict__, "guard", lambda c, by: None)],
 "withdraw approved": lambda mp: mp.setitem(states.WITHDRAW.__dict__, "sources", states.OPEN),
 "failed sites approved": lambda mp: mp.setattr(workflow.MarkApplication, "sites_failed", property(lambda s: [])),
 "clocks stay": lambda mp: mp.setattr(workflow, "timezone", workflow.timezone) or mp.setattr(states, "WITHOUT_FAULT", states.WITHOUT_FAULT) or mp.setattr(supervision, "WITHOUT_FAULT", frozenset()),
 "duplicates approved": lambda mp: mp.setattr(workflow.MarkApplication, "duplicates_live", property(lambda s: False)),
 "defects twice": lambda mp: mp.setitem(states.NOTIFY_DEFECTS.__dict__, "guard", states.counts_as_accepted),
 "late not noticed": lambda mp: mp.setattr(workflow.MarkApplication, "is_deemed_accepted", property(lambda s: False)),
 "territory ignored": lambda mp: mp.setattr("gi_registry.territory.may", lambda a, p, d: a.has(p)),
 "no journal of site check": lambda mp: mp.setattr(workflow, "_record", lambda *a, **k: None),
 "province decides everywhere": lambda mp: mp.setattr(workflow.MarkApplication, "decided_by", property(lambda s: "province")),
 "product may be gone": lambda mp: mp.setattr(workflow.MarkApplication, "product_in_force", property(lambda s: True)),
}

@pytest.mark.parametrize("name", MUT)
def test_mutant(name, monkeypatch):
    MUT[name](monkeypatch)
    with pytest.raises(BaseException) as e:
        m.test_the_register_does_what_the_model_says()
    print(name, "KILLED by", type(e.value).__name__, str(e.value)[:120].replace("\n", " "))
