"""The file of a backup by itself: what it holds, what it refuses, and which older ones stay."""

import json
import os
import re
import tarfile

import pytest
from django.core.management import CommandError, call_command

from gi_registry import backing_up, backup_archive, restore_plan
from gi_registry.backup_archive import BackupFault


def archive(folder, pieces, told=None):
    """A plain archive with these members, and a manifest that may tell other things of them."""
    file = folder / "one.tar"
    backup_archive.write(file, pieces, lambda contents: contents.manifest(kind="register") | (told or {}), [])
    return file


def unpack(file, folder):
    return backup_archive.read(file, [], folder, ("private",))


def test_an_archive_is_an_ordinary_tar_whose_pieces_are_joined(tmp_path, monkeypatch):
    monkeypatch.setattr(backup_archive, "PIECE", 10)
    long_name = "private/" + "地理标志" * 12 + "/" + "长" * 60 + "/" + "file.pdf"
    (tmp_path / "file").write_bytes(b"x" * 1000)
    pieces = backup_archive.pieces_of([b"0123456", b"789abc", b"def"], "database")
    file = archive(tmp_path, [*pieces, (long_name, tmp_path / "file")])
    with tarfile.open(file) as tar:
        assert tar.getnames()[1:3] == ["database/00000", "database/00001"]
    manifest = unpack(file, tmp_path / "out")
    assert (tmp_path / "out" / "database").read_bytes() == b"0123456789abcdef"
    assert (tmp_path / "out" / "files" / long_name).read_bytes() == b"x" * 1000
    assert manifest["members"][long_name][0] == 1000


@pytest.mark.parametrize(
    ("members", "manifest", "words"),
    [
        ([], {"format": 2}, "has format 2, this software reads format 1"),
        ([("private/a", b"a")], {"members": {}}, "is missing in"),
        ([], {"members": {"private/gone": [1, "0"]}}, "is missing in"),
        (
            [("private/a", b"a")],
            {"members": {"format.json": [13, "0"], "private/a": [1, "0"]}},
            "is changed in",
        ),
        ([("../keys/secret_key", b"a")], {}, "no file of a backup"),
        ([("private/../../a", b"a")], {}, "no file of a backup"),
        ([("keys/secret_key", b"a")], {}, "no file of a backup"),
    ],
)
def test_an_archive_that_does_not_hold_what_it_tells_is_refused(tmp_path, members, manifest, words):
    file = archive(tmp_path, members, manifest)
    with pytest.raises(BackupFault, match=re.escape(words)):
        unpack(file, tmp_path / "out" / "deep")
    assert not (tmp_path / "out" / "keys").exists()


def test_a_changed_byte_of_a_plain_archive_is_found(tmp_path):
    file = archive(tmp_path, [("private/a", b"a" * 100_000)])
    content = file.read_bytes()
    file.write_bytes(content.replace(b"aaaa", b"aaab", 1))
    with pytest.raises(BackupFault, match="private/a is changed"):
        unpack(file, tmp_path / "out")


def test_a_file_that_is_erased_meanwhile_is_left_out(tmp_path):
    contents, _digest = backup_archive.write(
        tmp_path / "a", [("private/a", tmp_path / "gone")], lambda contents: contents.manifest(), []
    )
    assert contents.gone == ["private/a"]
    assert list(contents.members) == ["format.json", "manifest.json"]


def test_a_file_that_shrinks_stops_the_backup(tmp_path, monkeypatch):
    file, size = tmp_path / "b", os.fstat
    file.write_bytes(b"x" * 600_000)
    monkeypatch.setattr(backup_archive.os, "fstat", lambda handle: (size(handle), file.write_bytes(b""))[0])
    with pytest.raises(BackupFault, match="private/b became shorter"):
        backup_archive.write(tmp_path / "c", [("private/b", file)], lambda contents: contents.manifest(), [])
    assert not list(tmp_path.glob("c*"))


# --- Which ones stay, and who may make them ---


def test_the_newest_of_each_day_and_month_is_kept():
    stamps = [
        f"2026{month:02}{day:02}T0{hour}0000Z"
        for month in (1, 2, 3)
        for day in (1, 15, 20)
        for hour in (1, 2)
    ]
    assert backing_up.kept(stamps, 2) == {
        "20260120T020000Z", "20260220T020000Z", "20260320T020000Z", "20260315T020000Z"
    }  # fmt: skip
    assert backing_up.kept(stamps, 1, 1) == {"20260320T020000Z"}
    assert backing_up.kept([], 7) == set()


def test_only_our_own_older_backups_are_deleted(tmp_path):
    names = ["register-20260101T010000Z.age", "register-20260101T020000Z.age", "register-20260102T010000Z.age",
             "register-20260102T010000Z.json", "keys-20250101T010000Z.age", "notes.txt"]  # fmt: skip
    for name in names:
        (tmp_path / name).touch()
    assert backing_up._thin_out(tmp_path, 1) == [names[0], names[1]]
    assert {file.name for file in tmp_path.iterdir()} == set(names[2:])


def test_production_makes_no_backup_that_anybody_can_read(settings, tmp_path):
    settings.GI_HOME, settings.PRODUCTION = tmp_path, True
    with pytest.raises(BackupFault, match="In production a backup is encrypted"):
        backing_up.make(tmp_path, encrypted=False)
    assert json.loads((tmp_path / "backups" / "last.json").read_text())["ok"] is False


# --- The plan of a restore ---


@pytest.mark.parametrize("done", range(5))
def test_a_plan_that_was_cut_off_after_any_step_is_completed(tmp_path, monkeypatch, done):
    staging, once, calls = tmp_path / "restore-1", os.rename, []
    for name in ("new", "old"):
        (staging / name).mkdir(parents=True)
    for folder, word in ((tmp_path, "old"), (staging / "new", "new")):
        for name in ("media", "private"):
            (folder / name).write_text(word)
    names = ("media", "private")
    away = [(tmp_path / name, staging / "old" / name) for name in names]
    back = [(staging / "new" / name, tmp_path / name) for name in names]
    restore_plan.write(tmp_path, staging, [*away, *back])

    def rename(source, target):
        if len(calls) == done:
            raise KeyboardInterrupt
        calls.append(source)
        once(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(restore_plan.os, "rename", rename)
        try:
            restore_plan.carry_out(tmp_path)
        except KeyboardInterrupt:
            assert (tmp_path / restore_plan.NAME).exists()
    restore_plan.finish(tmp_path)
    assert [(tmp_path / name).read_text() for name in names] == ["new", "new"]
    assert [(staging / "old" / name).read_text() for name in names] == ["old", "old"]
    assert not (tmp_path / restore_plan.NAME).exists()


def test_a_private_key_goes_neither_beside_what_it_protects_nor_over_another_file(settings, tmp_path):
    settings.GI_HOME = tmp_path / "home"
    settings.GI_HOME.mkdir()
    with pytest.raises(CommandError, match="lies in GI_HOME, beside what it protects"):
        call_command("backup_key", str(settings.GI_HOME / "key"))
    (tmp_path / "there").touch()
    with pytest.raises(CommandError, match="is there already; a key is never overwritten"):
        call_command("backup_key", str(tmp_path / "there"))
    assert backing_up.recipients() == []
    call_command("backup_key", str(tmp_path / "key"))
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "key").read_text().startswith("AGE-SECRET-KEY-1")
    assert [key[:4] for key in backing_up.recipients()] == ["age1"]
