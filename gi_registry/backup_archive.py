"""LEAF. The file of a backup: a tar, every member hashed, encrypted for the holders of some keys (age).

Format 1: `format.json` first, `manifest.json` last (name, bytes and SHA-256 of every member before it, and what the
maker says of the whole); between them `database/00000` … (pieces of one stream) and files under their own names.
Written and read as a stream: memory does not grow with the backup.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import pyrage  # type: ignore[import-untyped]

FORMAT = 1
PIECE = 4 * 1024 * 1024  # bytes of a member that comes from a stream
BLOCK = 512  # of a tar
_READ = 256 * 1024
_AGE = b"age-encryption.org/"
_NO_ROOM = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


class BackupFault(Exception):
    """Why a backup cannot be made or read, in words for the operator."""


@dataclass
class Contents:
    """What went into an archive, or came out of it: name -> (bytes, SHA-256)."""

    members: dict[str, tuple[int, str]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)

    def manifest(self, **more: Any) -> dict[str, Any]:
        """The last member: every other one, and what the maker says of the whole."""
        return {
            "format": FORMAT,
            "members": {name: list(told) for name, told in self.members.items()},
            **more,
        }


# --- Writing ---


def pieces_of(stream: Iterable[bytes], name: str) -> Iterator[tuple[str, bytes]]:
    """Members of at most PIECE bytes (`name/00000` …): a tar wants sizes first, and a stream has none."""
    buffer, number = bytearray(), 0
    for chunk in stream:
        buffer += chunk
        while len(buffer) >= PIECE:
            yield f"{name}/{number:05}", bytes(buffer[:PIECE])
            del buffer[:PIECE]
            number += 1
    if buffer:
        yield f"{name}/{number:05}", bytes(buffer)


def _tar(
    pieces: Iterable[tuple[str, bytes | Path]], contents: Contents, last: Callable[[], bytes]
) -> Iterator[bytes]:
    """The bytes of the tar; fills `contents` on the way and asks for the last member when all others are in."""
    yield from _member("format.json", json.dumps({"format": FORMAT}).encode(), contents)
    for name, content in pieces:
        try:
            yield from _member(name, content, contents)
        except FileNotFoundError:  # removed since the folder was listed
            contents.gone.append(name)
    yield from _member("manifest.json", last(), contents)
    yield bytes(2 * BLOCK)


def _member(name: str, content: bytes | Path, contents: Contents) -> Iterator[bytes]:
    stream: BinaryIO = io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
    with stream:
        size = len(content) if isinstance(content, bytes) else os.fstat(stream.fileno()).st_size
        header = tarfile.TarInfo(name)
        header.size, header.mode = size, 0o600
        yield header.tobuf(tarfile.PAX_FORMAT)
        digest, left = hashlib.sha256(), size
        while left:
            chunk = stream.read(min(_READ, left))
            if not chunk:
                raise BackupFault(f"{name} became shorter while it was copied.")
            digest.update(chunk)
            left -= len(chunk)
            yield chunk
        yield bytes(-size % BLOCK)
    contents.members[name] = (size, digest.hexdigest())


class _Source(io.RawIOBase):
    """What a generator yields, to be read; keeps the fault of the generator, which pyrage turns into words."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks, self.rest, self.fault = chunks, b"", None

    fault: BaseException | None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            while not self.rest:
                self.rest = next(self.chunks)
        except StopIteration:
            return b""
        except BaseException as fault:
            self.fault = fault
            raise
        size = len(self.rest) if size < 0 else size
        told, self.rest = self.rest[:size], self.rest[size:]
        return told


class _Target(io.RawIOBase):
    """A file that is hashed while it is written; keeps the fault of the disk."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.digest, self.fault = stream, hashlib.sha256(), None

    fault: BaseException | None

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        try:
            count = self.stream.write(data)
        except OSError as fault:
            self.fault = fault
            raise
        self.digest.update(data)
        return count


def write(
    target: Path, pieces: Iterable[tuple[str, bytes | Path]], last: Callable[[Contents], dict[str, Any]],
    recipients: list[str],
) -> tuple[Contents, str]:  # fmt: skip
    """Write an archive and return what is in it and its SHA-256. Raises BackupFault.

    `last` gives the manifest when everything else is in. Without recipients the archive is a plain tar. The file
    appears under its name when it is whole, on the disk and read again; until then it is `NAME.part`.
    """
    part, contents = target.with_name(f"{target.name}.part"), Contents()
    source = _Source(_tar(pieces, contents, lambda: json.dumps(last(contents)).encode()))
    try:
        keys = [pyrage.x25519.Recipient.from_str(text) for text in recipients]
    except pyrage.RecipientError as fault:
        raise BackupFault(f"A key in GI_BACKUP_RECIPIENTS is none: {fault}.") from fault
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "wb") as stream:
            sink = _Target(stream)
            try:
                if keys:
                    pyrage.encrypt_io(source, sink, keys)
                else:
                    shutil.copyfileobj(source, sink, _READ)
            except pyrage.EncryptError as fault:
                raise source.fault or sink.fault or BackupFault(str(fault)) from fault
            stream.flush()
            os.fsync(stream.fileno())
        digest = sink.digest.hexdigest()
        if sha256_of(part) != digest:
            raise BackupFault(
                f"{part.name} reads back otherwise than it was written: the disk is not to be trusted."
            )
        os.replace(part, target)
        sync_folder(target.parent)
    except OSError as fault:
        part.unlink(missing_ok=True)
        if fault.errno in _NO_ROOM:
            raise BackupFault(
                f"There is no room for the backup in {target.parent}; nothing else was touched."
            ) from fault
        raise BackupFault(f"The backup cannot be written: {fault}.") from fault
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return contents, digest


def sha256_of(file: Path) -> str:
    """SHA-256 of a file, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- Reading ---


def read(archive: Path, identities: list[str], into: Path, allowed: tuple[str, ...]) -> dict[str, Any]:
    """Take an archive apart below `into` and return its manifest. Raises BackupFault.

    The pieces of a stream are put together (`into/database`), files go below `into/files`. Only members below one of
    the `allowed` folders are taken. Every size and SHA-256 is compared with the manifest before this returns.
    """
    with _opened(archive, identities) as stream:
        try:
            contents, manifest = _unpack(stream, into, allowed)
        except (tarfile.TarError, json.JSONDecodeError) as fault:
            raise BackupFault(
                f"{archive.name} is damaged or cut short: {fault}. Nothing was changed."
            ) from fault
        except OSError as fault:
            if fault.errno in _NO_ROOM:
                raise BackupFault(
                    f"There is no room to unpack the backup in {into}. Nothing was changed."
                ) from fault
            raise
    told = {name: tuple(value) for name, value in manifest.get("members", {}).items()}
    for name in sorted(told.keys() | contents.members.keys()):
        if told.get(name) != contents.members.get(name):
            state = "changed" if name in told and name in contents.members else "missing"
            raise BackupFault(f"{name} is {state} in {archive.name}. Nothing was changed.")
    return manifest


def _unpack(stream: BinaryIO, into: Path, allowed: tuple[str, ...]) -> tuple[Contents, dict[str, Any]]:
    contents, manifest = Contents(), None
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for header in tar:
            source = tar.extractfile(header)
            parts = PurePosixPath(header.name).parts
            known = (
                parts[:1] == ("database",)
                or parts[0] in allowed
                or header.name in ("format.json", "manifest.json")
            )
            if source is None or not known or ".." in parts or header.name.startswith("/"):
                raise BackupFault(
                    f"The archive holds {header.name!r}, no file of a backup. Nothing was changed."
                )
            if header.name in ("format.json", "manifest.json"):
                content = source.read()
                told = json.loads(content)
                if told.get("format") != FORMAT:
                    raise BackupFault(
                        f"The backup has format {told.get('format')}, this software reads format {FORMAT}: "
                        "restore it with the version that made it, or a newer one. Nothing was changed."
                    )
                if header.name == "manifest.json":
                    manifest = told
                else:
                    contents.members[header.name] = (len(content), hashlib.sha256(content).hexdigest())
                continue
            target, mode = into.joinpath("files", *parts), "xb"
            if parts[0] == "database":
                target, mode = into / "database", "ab"
            target.parent.mkdir(parents=True, exist_ok=True)
            contents.members[header.name] = _copy(source, target, mode)
    if manifest is None:
        raise BackupFault("The archive has no manifest: it is cut short, or no backup. Nothing was changed.")
    return contents, manifest


def _copy(source: Any, target: Path, mode: str) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with target.open(mode) as stream:
        while chunk := source.read(_READ):
            digest.update(chunk)
            size += len(chunk)
            stream.write(chunk)
    return size, digest.hexdigest()


@contextlib.contextmanager
def _opened(archive: Path, identities: list[str]) -> Iterator[BinaryIO]:
    """The tar inside, to be read while another thread decrypts."""
    try:
        file = archive.open("rb")
    except OSError as fault:
        raise BackupFault(f"{archive} cannot be read: {fault.strerror}.") from fault
    with file:
        encrypted = file.read(len(_AGE)) == _AGE
        file.seek(0)
        if not encrypted:
            yield file
            return
        if not identities:
            raise BackupFault(f"{archive.name} is encrypted: name the file of the private key with --key.")
        try:
            keys = [pyrage.x25519.Identity.from_str(text) for text in identities]
        except pyrage.IdentityError as fault:
            raise BackupFault(
                "The file named with --key holds no private key (AGE-SECRET-KEY-1…)."
            ) from fault
        reading, writing = os.pipe()
        faults: list[Exception] = []

        def decrypt() -> None:
            with open(writing, "wb") as target:
                try:
                    pyrage.decrypt_io(file, target, keys)
                except (pyrage.DecryptError, OSError) as fault:
                    faults.append(fault)  # before the pipe is closed: who reads its end finds the reason

        thread = threading.Thread(target=decrypt)
        thread.start()
        try:
            with open(reading, "rb") as stream:
                try:
                    yield stream
                    while stream.read(_READ):  # only the last bytes prove that nothing was cut off
                        pass
                except (BackupFault, tarfile.TarError) as fault:
                    if faults:  # asked before our end is closed, which the other thread would meet too
                        raise _explained(archive, faults[0]) from fault
                    raise
        finally:
            thread.join()
        if faults:
            raise _explained(archive, faults[0])


def _explained(archive: Path, fault: Exception) -> BackupFault:
    if "No matching keys" in str(fault):
        return BackupFault(
            f"The private key does not open {archive.name}: it was made for another one. Nothing was changed."
        )
    return BackupFault(f"{archive.name} is damaged or cut short ({fault}). Nothing was changed.")
