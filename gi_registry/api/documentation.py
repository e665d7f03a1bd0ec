"""LEAF. The OpenAPI schema as something a page can show: operations by tag, their parameters, the fields of answers."""

from typing import Any


def of_schema(schema: dict[str, Any]) -> dict[str, Any]:
    return schema
