import time
import pytest
from tests.journeys.reading_world import everything
@pytest.fixture
def reading(db):
    return everything()
def test_x(client, reading, db):
    t=time.time()
    for a in reading.addresses:
        for p in ("","/en"):
            r = client.get(p+a)
            print(p+a, r.status_code, r.get("Location",""), dict(r.cookies).keys() or "")
    for n,a in reading.labels.items():
        print(n, client.get(a).status_code)
    print("get", time.time()-t)
    assert 0
