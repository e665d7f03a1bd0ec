"""LEAF. Fields of records: stable codes with their words in both languages, dates, and the frame of a page.

A serializer states the shape of an answer, for the schema and for what is sent; it reads mappings and rows alike.
"""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from gi_registry import partial_dates

LANGUAGES = {"zh": "zh-hans", "en": "en"}
# What a parameter may look like, by its name.
EXAMPLES: dict[str, Any] = {
    "q": "安化黑茶", "province": "430000", "category": "tea", "track": "gi_product", "status": "protected",
    "year": "2010", "agreement": "any", "list": "national-832", "as_of": "2021-03-01", "product": "365",
    "enterprises": "1", "sort": "newest", "country": "FR", "side": "outbound", "level": "county",
}  # fmt: skip


@cache
def words(choices: type[TextChoices], value: str) -> dict[str, str]:
    """The label of a value in both languages."""
    labels = {}
    for name, language in LANGUAGES.items():
        with override(language):
            labels[name] = str(choices(value).label)
    return labels


class Term(serializers.Field):
    """A stable code with its words in Chinese and English; null where nothing is on record."""

    def __init__(self, choices: type[TextChoices], **options: Any) -> None:
        self.choices = choices
        super().__init__(read_only=True, **options)

    def to_representation(self, value: str) -> dict[str, str] | None:
        return {"code": str(value), **words(self.choices, str(value))} if value else None


class TermSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """How a `Term` stands in the schema."""

    target_class = Term

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "code": {"type": "string", "enum": list(self.target.choices.values)},
                "zh": {"type": "string"},
                "en": {"type": "string"},
            },
            "required": ["code", "zh", "en"],
            "additionalProperties": False,
        }


class PartialDate(serializers.CharField):
    """An ISO date as exactly as it is known: 2014-07-03, 2014-07 or 2014; null where none is known."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", _("As exactly as it is known: day, month or year"))
        super().__init__(allow_null=True, **options)

    def to_representation(self, value: str) -> str | None:
        return str(value) or None


class Name(serializers.Serializer):
    """A name in Chinese and English."""

    zh = serializers.CharField(source="name_zh")
    en = serializers.CharField(source="name_en", allow_blank=True)


class Place(serializers.Serializer):
    """A division by its GB/T 2260 code."""

    code = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField(allow_blank=True)


def page_address(record: Any) -> str:
    """The public page of a record, in Chinese; it offers English."""
    with override(settings.LANGUAGE_CODE):
        return f"{settings.SITE_URL}{record.get_absolute_url()}"


def partial(on: datetime.date | None, precision: str) -> str | None:
    """A date as exactly as it is known; None for none."""
    return partial_dates.iso(on, precision) if on and precision else None


_pages: dict[str, type[serializers.Serializer]] = {}


def page_of(item: type[serializers.Serializer], **more: serializers.Field) -> type[serializers.Serializer]:
    """The serializer of a page of some records; `more` are fields beside the list."""
    name = f"PageOf{item.__name__}"
    if name in _pages:  # one class, and one component of the schema, however many lists there are
        return _pages[name]
    link = {"allow_null": True, "help_text": _("Address of the page with the cursor set; `null` at the end")}
    _pages[name] = type(
        name,
        (serializers.Serializer,),
        {
            "__doc__": f"One page: {item.__doc__}",
            "next": serializers.URLField(**link),
            "previous": serializers.URLField(**link),
            **more,
            "results": item(many=True),
        },
    )
    return _pages[name]


# --- parameters


def parameters_of(
    asked: Any, *, without: tuple[str, ...] = ("format",), **words: Any
) -> list[OpenApiParameter]:
    """The parameters that a FilterSet or form of the pages reads. `words`: further descriptions by name."""
    filters = getattr(asked, "base_filters", None)
    fields = {name: one.field for name, one in filters.items()} if filters else dict(asked.base_fields)
    return [_parameter(name, field, words.get(name)) for name, field in fields.items() if name not in without]


def in_path(name: str, description: str | Promise, kind: Any = OpenApiTypes.STR) -> OpenApiParameter:
    """A part of an address."""
    return OpenApiParameter(name, kind, location=OpenApiParameter.PATH, description=description)


NUMBER = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
CODE = {"type": "string", "pattern": "^[0-9]{6}$"}


def parameter(name: str, description: str | Promise, kind: Any = OpenApiTypes.STR, **more: Any) -> OpenApiParameter:
    """One parameter of a query."""
    return OpenApiParameter(name, kind, description=description, **more)


def _parameter(name: str, field: Any, words: Any) -> OpenApiParameter:
    several = isinstance(field, forms.MultipleChoiceField)
    open_ended = isinstance(field, forms.ModelChoiceField)
    known = [] if open_ended else [str(value) for value, _label in getattr(field, "choices", ()) if value]
    example = EXAMPLES.get(name)
    examples = [OpenApiExample(name, value=[example] if several else example)] if example else []
    return OpenApiParameter(
        name,
        OpenApiTypes.DATE if isinstance(field, forms.DateField) else OpenApiTypes.STR,
        description=words or field.label,
        enum=known or None,
        many=several,
        explode=True if several else None,
        examples=examples,
    )
