"""LEAF. The OpenAPI schema as something a page can show: operations by subject, what they ask, fields of answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

Words = list[tuple[str, bool]]  # parts of a sentence, and whether each is a code between backticks
DEEP = 4  # levels of fields that are shown; deeper ones repeat what stands elsewhere
FRAME = ("next", "previous", "results", "features")  # of a page: what is told once for all lists


@dataclass(frozen=True)
class Line:
    """A parameter or a field; `codes` are all values that there are."""

    name: str
    kind: str
    words: Words
    codes: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True)
class Operation:
    """One address."""

    key: str
    path: str
    summary: str
    words: Words
    example: str
    media_type: str
    parameters: list[Line]
    fields: list[Line]


@dataclass(frozen=True)
class Subject:
    """Operations on one kind of record."""

    key: str
    title: str
    operations: list[Operation]


def of_schema(schema: Mapping[str, Any]) -> list[Subject]:
    """The subjects in the order of the schema's tags, their operations by address."""
    found: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        operation = methods["get"]
        found.setdefault(operation["tags"][0], []).append(_operation(path, operation, schema))
    return [
        Subject(tag["name"], str(tag["description"]), found[tag["name"]])
        for tag in schema["tags"]
        if tag["name"] in found
    ]


def _operation(path: str, operation: Mapping[str, Any], schema: Mapping[str, Any]) -> Operation:
    media_type, content = next(iter(operation["responses"]["200"]["content"].items()))
    parameters = operation.get("parameters", ())
    return Operation(
        operation["operationId"], path, operation["summary"], _words(operation.get("description")),
        operation["x-example"], media_type,
        [
            Line(one["name"], _kind(one["schema"]), _words(one.get("description")), _codes(one["schema"]),
                 one.get("required", False))
            for one in parameters
        ],
        list(_fields(content["schema"], schema)),
    )  # fmt: skip


def _fields(part: Mapping[str, Any], schema: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[Line]:
    part = _resolved(part, schema)
    if part.get("type") == "array":
        yield from _fields(part["items"], schema, prefix, depth)
        return
    for name, field in part.get("properties", {}).items():
        inner = _resolved(field, schema)
        below = _resolved(inner.get("items", {}), schema) if inner.get("type") == "array" else inner
        if depth == 0 and name in FRAME:
            if name in FRAME[2:]:
                yield from _fields(inner, schema, "", 1)
            continue
        yield Line(prefix + name, _kind(inner), _words(_told(field, inner)), _codes(inner))
        if "properties" in below and not _is_term(below) and depth < DEEP:
            several = "" if below is inner else "[]"
            yield from _fields(below, schema, f"{prefix}{name}{several}.", depth + 1)


def _told(field: Mapping[str, Any], inner: Mapping[str, Any]) -> Any:
    """What is said of a field itself; a record behind a reference only repeats its own name."""
    return field.get("description") if "allOf" in field or inner is field else ""


def _words(text: Any) -> Words:
    return [(part, number % 2 == 1) for number, part in enumerate(str(text or "").split("`")) if part]


def _resolved(part: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference stands for; one with words of its own is wrapped by the generator."""
    for wrapped in part.get("allOf", ())[:1]:
        part = wrapped
    if "$ref" in part:
        found: Mapping[str, Any] = schema["components"]["schemas"][part["$ref"].rpartition("/")[2]]
        return found
    return part


def _is_term(part: Mapping[str, Any]) -> bool:
    return {"code", "zh", "en"} == set(part.get("properties", ()))


def _codes(part: Mapping[str, Any]) -> tuple[str, ...]:
    inner = part.get("items", part)
    return tuple(inner["properties"]["code"]["enum"] if _is_term(inner) else inner.get("enum", ()))


def _kind(part: Mapping[str, Any]) -> str:
    kind = part.get("type", "object")
    if _is_term(part):
        word = _("code with words")
    elif kind == "array":
        word = _("several")
    elif kind == "integer":
        word = _("whole number")
    elif kind == "number":
        word = _("number")
    elif kind == "boolean":
        word = _("yes or no")
    elif kind == "string":
        formats = {"date": _("date"), "date-time": _("date and time"), "uri": _("address")}
        word = formats.get(part.get("format", ""), _("plain text"))
    else:
        word = _("object")
    return _("%(kind)s or nothing") % {"kind": word} if part.get("nullable") else word
