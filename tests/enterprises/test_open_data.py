"""The open data: files that agree with each other, whole at any moment, every field explained, a catalogue."""

import csv
import datetime
import hashlib
import json
import os
import re
import signal
import subprocess
import threading
import weakref

import jsonschema
import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from cms import open_data_tasks
from enterprises.open_sets import DATASETS
from gi_registry import journal, open_files, open_writing
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import JournalEntry
from gi_registry.open_fields import Column, Dataset, Kind, Origin
from products import coverage_rows, product_rows, recognition_rows
from products.models import Announcement, AnnouncementEntry, Product
from products.states import AnnouncementKind
from tests import factories as make

pytestmark = pytest.mark.django_db
ON_POSTGRESQL = connection.vendor == "postgresql"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
BY_NAME = {one.name: one for one in DATASETS}


def note(label="安化黑茶"):
    with transaction.atomic():
        subject = Subject("product", "365", label)
        return journal.record(Event(EventType.PRODUCT_ENTERED, subject, {}), by=Actor.system("test"))


@pytest.fixture(autouse=True)
def root(tmp_path, settings):
    settings.OPEN_DATA_ROOT = tmp_path / "open-data"
    return settings.OPEN_DATA_ROOT


@pytest.fixture
def register():
    """A product with an area, a firm with an evil name, a demonstration firm, a list, an agreement, two entries."""
    province, _prefecture, anhua, _taojiang = make.make_hunan()
    tea = make.make_product(number=365, province=province, name_en="Anhua Dark Tea")
    make.make_area(tea.rights.get(), anhua)
    firm = make.make_enterprise("=HYPERLINK(1)某茶厂", reference="E0001", province=province)
    make.make_authorisation(firm, tea, reference="A0001")
    demo = make.make_enterprise("演示茶厂", reference="E0002", uscc="91000000MA00000000")
    make.make_authorisation(demo, tea, reference="A0002")
    make.make_listed_unit(make.make_poverty_list("hunan-51", size=51), anhua)
    act = Announcement.objects.create(issuer="cnipa", number=475, text="国家知识产权局公告第四七五号")
    AnnouncementEntry.objects.create(announcement=act, right=tea.rights.get(), kind=AnnouncementKind.MARK_USE)
    make.make_agreement_entry(make.make_agreement(), product=tea, match_basis="reviewed")
    note()
    return note()


def numbers(rows):
    column = Column("n", Kind.NUMBER, "数", "number", 1, Origin.OWN)
    return Dataset("numbers", "数", "Numbers", "数", "Numbers", (column,), ("n",), lambda on: rows)


def lines(made, name):
    return [json.loads(line) for line in (made.folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


# --- Fields


def test_every_column_is_explained_in_both_languages():
    faults = [
        f"{one.name}.{column.name}"
        for one in DATASETS
        for column in one.columns
        if not (CHINESE.search(column.zh) and column.en.strip() and not CHINESE.search(column.en))
        or (column.kind == Kind.CODE and not column.values)
    ]
    assert not faults, "no meaning in one of the languages, or a code without values: " + ", ".join(faults)
    for one in DATASETS:
        assert len(set(one.names)) == len(one.names)
        assert set(one.key) <= set(one.names)
        assert "jsonl" in one.formats


def test_lists_that_can_be_downloaded_and_the_open_data_have_the_same_columns():
    assert BY_NAME["products"].names == product_rows.COLUMNS
    assert set(BY_NAME["coverage"].names) == set(coverage_rows.COLUMNS)
    assert set(BY_NAME["agreement-entries"].names) == {*recognition_rows.COLUMNS, "key"}


# --- Files


def test_every_file_holds_the_same_rows_and_fits_its_sum(register):
    made = open_writing.write(DATASETS)

    for file in made.files:
        content = (made.folder / file.name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
        if not file.dataset:
            continue
        told = lines(made, file.dataset)
        assert file.rows == len(told) > 0
        assert list(told[0]) == list(BY_NAME[file.dataset].names)
        match file.format:
            case "csv":
                assert len(list(csv.reader(content.decode("utf-8-sig").splitlines()))) == file.rows + 1
            case "geojson":
                features = json.loads(content)["features"]
                assert [one["properties"] for one in features] == told
            case "xlsx":
                sheet = openpyxl.load_workbook(made.folder / file.name)["data"]
                assert sheet.max_row == file.rows + 1
    assert made.manifest["journal"] == {"sequence": 2, "hash": register.hash}
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=made.folder, capture_output=True)
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count(b": OK") == len(list(made.folder.iterdir())) - 1


def test_names_that_a_spreadsheet_would_compute_stay_names_and_demonstration_stays_out(register):
    made = open_writing.write(DATASETS)

    with (made.folder / "enterprises.csv").open(encoding="utf-8-sig") as file:
        assert [row["name_zh"] for row in csv.DictReader(file)] == ["'=HYPERLINK(1)某茶厂"]
    sheet = openpyxl.load_workbook(made.folder / "enterprises.xlsx")["data"]
    assert (sheet["C2"].value, sheet["C2"].data_type) == ("=HYPERLINK(1)某茶厂", "s")
    assert [row["authorisation"] for row in lines(made, "authorisations")] == ["A0001"]


def test_the_journal_of_the_file_can_be_computed_anew(register):
    import rfc8785

    previous = journal.GENESIS
    for entry in lines(open_writing.write(DATASETS), "journal"):
        told = entry.pop("hash")
        assert entry["previous_hash"] == previous
        assert hashlib.sha256(rfc8785.dumps(entry)).hexdigest() == told
        previous = told
    assert previous == register.hash


@pytest.mark.django_db(transaction=ON_POSTGRESQL)
def test_what_is_stored_meanwhile_is_in_no_file(race_database):
    """The journal named in the manifest and every table are of one moment, and nobody waits for the files."""
    make.make_product(number=1)
    note()

    def elsewhere():
        make.make_product("桃江竹笋", number=2)
        note()
        connection.close()

    def first(on):
        writer = threading.Thread(target=elsewhere)
        writer.start()
        writer.join(timeout=15)
        assert not writer.is_alive(), "somebody who stores has to wait until the files are made"
        return iter([{"n": 1}])

    slow = Dataset("numbers", "数", "Numbers", "数", "Numbers", numbers([]).columns, ("n",), first)
    made = open_writing.write([slow, BY_NAME["products"], BY_NAME["journal"]])

    assert [row["number"] for row in lines(made, "products")] == [1]
    assert [row["sequence"] for row in lines(made, "journal")] == [1]
    assert made.manifest["journal"]["sequence"] == 1
    assert (Product.objects.count(), JournalEntry.objects.count()) == (2, 2)


def test_rows_are_written_as_they_come():
    """A register of any size: never more than a few rows in memory."""

    class Row(dict):
        pass

    most = 0

    def rows():
        nonlocal most
        kept = []
        for number in range(2000):
            row = Row(n=number)
            kept.append(weakref.ref(row))
            yield row
            del row
            most = max(most, sum(1 for one in kept[-50:] if one() is not None))

    open_writing.write([numbers(rows())])
    assert most <= 3


@pytest.mark.parametrize("moment", ["_lines", "_convert", "_onto_the_disk"])
def test_killed_at_any_moment_the_old_files_stay_and_the_next_time_clears_up(root, moment, monkeypatch):
    before = open_writing.write([numbers([{"n": 1}])])
    child = os.fork()
    if not child:
        setattr(open_writing, moment, lambda *_args: os.kill(os.getpid(), signal.SIGKILL))
        open_writing.write([numbers([{"n": 2}])])
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL

    assert [one.stamp for one in open_files.makings()] == [before.stamp]
    assert lines(before, "numbers") == [{"n": 1}]
    assert [entry.name for entry in root.iterdir() if entry.name.startswith(".making")]

    after = open_writing.write([numbers([{"n": 3}])])
    assert open_files.find("latest") == after
    assert not [entry.name for entry in root.iterdir() if entry.name.startswith((".making", ".gone"))]


def test_the_last_seven_stay_and_a_second_one_of_a_day_has_its_own_name(root):
    stamps = [open_writing.write([numbers([{"n": number}])]).stamp for number in range(9)]

    today = timezone.localdate().isoformat()
    assert stamps[:2] + stamps[-1:] == [today, f"{today}-2", f"{today}-9"]
    assert [one.stamp for one in open_files.makings()] == stamps[:1:-1]
    (root / "2099-01-01-x").mkdir()
    assert open_files.find("latest").stamp == f"{today}-9"


def test_two_at_once_are_told_apart(root):
    with open_writing._alone(_there(root)), pytest.raises(CommandError, match="another process"):
        call_command("write_open_data")
    assert open_files.makings() == []


def _there(folder):
    folder.mkdir(parents=True)
    return folder


def test_the_worker_makes_them_once_a_night_and_soon_after_the_first_start():
    morning = datetime.datetime(2026, 11, 22, 1, 30, tzinfo=datetime.UTC)  # 9:30 in China
    for hours in (0, 1, 12):
        open_data_tasks.queue_files(morning + datetime.timedelta(hours=hours))
    waiting = DBTaskResult.objects.get()
    assert waiting.run_after > timezone.now(), "not while the server starts"

    open_data_tasks.queue_files(morning + datetime.timedelta(hours=17))
    assert DBTaskResult.objects.count() == 2
    open_data_tasks.write_open_data.func()
    assert len(open_files.makings()) == 1


# --- Pages


def test_the_page_tells_what_there_is_when_and_at_which_entry(client, register):
    page = client.get("/en/open-data/").text
    assert "not made yet" in page
    assert "/api/v1/changes/?since=0'" in page, "the example can be tried"
    made = open_writing.write(DATASETS)
    html = client.get("/en/open-data/").text
    assert "at entry 2 of the journal" in html
    for file in made.files:
        assert f"/open-data/files/{made.stamp}/{file.name}" in html
        assert file.sha256 in html or not file.dataset
    assert "has not yet confirmed a licence" in html


def test_the_operators_licence_and_contact_are_told(client, settings, register):
    settings.DATA_LICENCE, settings.DATA_CONTACT = "https://licence.example/own/", "mailto:data@register.example"
    made = open_writing.write(DATASETS)
    html = client.get("/en/open-data/").text
    assert 'href="https://licence.example/own/" rel="license"' in html
    assert 'href="mailto:data@register.example"' in html
    catalogue = json.loads((made.folder / "catalogue.jsonld").read_text(encoding="utf-8"))
    told = {one["dct:identifier"]: one for one in catalogue["dcat:dataset"]}
    assert told["products"]["dct:license"] == {"@id": "https://licence.example/own/"}
    assert told["divisions"]["dct:license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}
    assert told["products"]["dcat:contactPoint"]["vcard:hasEmail"] == {"@id": "mailto:data@register.example"}


@pytest.mark.parametrize("language", ["", "/en"])
def test_every_field_stands_on_its_page_with_its_values(client, language):
    html = client.get(f"{language}/open-data/fields/").text
    for one in DATASETS:
        assert f'id="{one.name}"' in html
        for column in one.columns:
            assert f'<span class="code">{column.name}</span>' in html
    assert ("受保护：有批准记录" if not language else "protected: approval on record") in html


def test_a_file_can_be_fetched_whole_in_part_or_not_again(client, register):
    made = open_writing.write(DATASETS)
    content = (made.folder / "products.csv").read_bytes()
    for stamp in ("latest", made.stamp):
        whole = client.get(f"/open-data/files/{stamp}/products.csv", headers={"accept-encoding": "gzip"})
        assert whole.getvalue() == content
        assert whole["Access-Control-Allow-Origin"] == "*"
        assert whole["Content-Disposition"] == f'attachment; filename="products-{made.stamp}.csv"'
        assert ("immutable" in whole["Cache-Control"]) == (stamp != "latest")
    tag, address = whole["ETag"], f"/open-data/files/{made.stamp}/products.csv"
    assert tag == f'"{hashlib.sha256(content).hexdigest()}"'
    assert client.get(address, headers={"if-none-match": tag}).status_code == 304
    part = client.get(address, headers={"range": "bytes=10-19", "if-range": tag})
    assert (part.status_code, part.getvalue(), part["Content-Length"]) == (206, content[10:20], "10")
    other = client.get(address, headers={"range": "bytes=10-19", "if-range": '"another"'})
    assert (other.status_code, other.getvalue()) == (200, content)
    beyond = client.get(address, headers={"range": f"bytes={len(content)}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(content)}")
    sums = client.get("/open-data/files/latest/SHA256SUMS").getvalue().decode()
    assert f"{hashlib.sha256(content).hexdigest()}  products.csv\n" in sums


@pytest.mark.parametrize(
    "path", ["latest/products.pdf", "2020-01-01/products.csv", "latest/..%2f.lock", "latest/.lock", "sets/products.csv"]
)
def test_what_is_no_file_is_not_found(client, path, register):
    open_writing.write([numbers([{"n": 1}])])
    assert client.get(f"/open-data/files/{path}").status_code == 404


# --- The catalogue

RESOURCE = {"type": "object", "required": ["@id"], "properties": {"@id": {"pattern": "^(https?|mailto|spdx):"}}}
BOTH = {
    "type": "array", "minItems": 2,
    "items": {"type": "object", "required": ["@language", "@value"], "properties": {"@value": {"minLength": 1}}},
}  # fmt: skip
DISTRIBUTION = {
    "type": "object",
    "required": [
        "@type", "dcat:accessURL", "dcat:downloadURL", "dct:format", "dcat:byteSize", "spdx:checksum", "dct:rights",
    ],
    "properties": {
        "@type": {"const": "dcat:Distribution"},
        "dcat:accessURL": RESOURCE,
        "dcat:mediaType": RESOURCE,
        "spdx:checksum": {
            "required": ["@type", "spdx:algorithm", "spdx:checksumValue"],
            "properties": {"spdx:checksumValue": {"properties": {"@value": {"pattern": "^[0-9a-f]{64}$"}}}},
        },
    },
}  # fmt: skip
SHAPE = {
    "type": "object",
    "required": ["@context", "@id", "@type", "dct:title", "dct:description", "dct:publisher", "dcat:dataset"],
    "properties": {
        "@type": {"const": "dcat:Catalog"},
        "dct:title": BOTH,
        "dct:description": BOTH,
        "dct:conformsTo": RESOURCE,
        "dcat:dataset": {
            "type": "array",
            "minItems": len(DATASETS),
            "items": {
                "required": [
                    "@id", "dct:title", "dct:description", "dct:identifier", "dct:accrualPeriodicity", "dct:temporal",
                    "dct:conformsTo", "dct:rights", "dcat:distribution",
                ],
                "properties": {
                    "dct:title": BOTH,
                    "dct:accrualPeriodicity": RESOURCE,
                    "dct:license": RESOURCE,
                    "dcat:distribution": {"type": "array", "minItems": 1, "items": DISTRIBUTION},
                },
            },
        },
    },
}  # fmt: skip


def test_the_catalogue_has_the_shape_that_harvesters_ask_for(client, register):
    assert client.get("/open-data/catalogue.jsonld").status_code == 404
    made = open_writing.write(DATASETS)
    answer = client.get("/open-data/catalogue.jsonld")
    assert answer["Content-Type"].startswith("application/ld+json")
    told = json.loads(answer.getvalue())
    jsonschema.validate(told, SHAPE)
    addresses = [file["dcat:downloadURL"]["@id"] for one in told["dcat:dataset"] for file in one["dcat:distribution"]]
    assert len(addresses) == sum(1 for file in made.files if file.dataset)
    prefixes = {key.partition(":")[0] for key in re.findall(r'"([a-z]+:[A-Za-z]+)"', answer.getvalue().decode())}
    assert prefixes <= set(told["@context"]) | {"mailto", "spdx"}
    for address in addresses[:3]:
        assert client.get(address.removeprefix("http://127.0.0.1:8000")).status_code == 200
