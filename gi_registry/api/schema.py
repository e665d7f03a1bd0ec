"""LEAF. How the views of the API stand in its OpenAPI schema: each view says what it asks and answers, once."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse

from gi_registry.api import problems
from gi_registry.api.api_settings import ADDRESS

UNCHANGED = _("Nothing has changed since the answer whose ETag or date was sent along")


class Schema(AutoSchema):
    """Reads the attributes of an `ApiView`."""

    def get_operation_id(self) -> str:
        return str(self.view.operation)

    def get_tags(self) -> list[str]:
        return [self.view.tag]

    def get_summary(self) -> str:
        return str(self.view.summary)

    def get_description(self) -> str:
        return str(self.view.description)

    def get_override_parameters(self) -> list[Any]:
        return [*self.view.asks(), *self.view.in_path]

    def get_extensions(self) -> dict[str, str]:
        return {"x-example": ADDRESS + self.view.example}

    def get_request_serializer(self) -> None:
        return None

    def get_response_serializers(self) -> dict[Any, Any]:
        view = self.view
        found: dict[Any, Any] = {
            (200, media_type): OpenApiResponse(view.answers, description=str(view.summary))
            for media_type in [one.media_type for one in view.renderer_classes]
        }
        found[304] = OpenApiResponse(description=str(UNCHANGED))
        if view.moved:
            found[301] = OpenApiResponse(description=str(view.moved))
        for code in [400, 401, *([404] if "{" in self.path else []), 405, 406, 429]:
            found[code, problems.MEDIA_TYPE] = OpenApiResponse(
                problems.Problem, description=str(problems.KINDS[code][1])
            )
        found.update(view.more_answers)
        return found


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The optional key, in either of its two headers."""

    target_class = "gi_registry.api.keys.KeyAuthentication"
    name = ["apiKey", "apiKeyAuthorization"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        return [
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            {
                "type": "apiKey", "in": "header", "name": "Authorization",
                "description": str(_("The word Api-Key, a blank, and the key")),
            },
        ]  # fmt: skip

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        return [{name: []} for name in self.name]


def only_ours(endpoints: list[tuple[str, str, str, Any]], **_more: Any) -> list[tuple[str, str, str, Any]]:
    """Hook of the generator: the editor has an interface of its own, which is not public."""
    return [one for one in endpoints if one[0].startswith(ADDRESS) and hasattr(one[3].cls, "operation")]
