import pytest
from enterprises import states, supervision, announcing, workflow, clocks
from enterprises.application_models import MarkApplication as MA
from tests.enterprises import test_case_model as m
pytestmark = pytest.mark.django_db
P = property
def no_lock(mp):
    from enterprises.models import Authorisation
    mp.setattr(announcing, "_change", lambda f, a, on, by: None)
MUT = {
 "reply never late": lambda mp: mp.setattr(MA, "reply_is_late", P(lambda s: True)),
 "change of an ended one": lambda mp: mp.setattr(announcing, "OVER", frozenset()),
 "change without effect": no_lock,
}
@pytest.mark.parametrize("name", MUT)
def test_mutant(name, monkeypatch):
    MUT[name](monkeypatch)
    with pytest.raises(BaseException) as e:
        m.test_the_register_does_what_the_model_says()
    print("\nKILLED", name, type(e.value).__name__, str(e.value)[:120].replace("\n", " "))
