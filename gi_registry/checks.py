"""Own system checks, numbered, for what would harm in use."""

import re
from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from gi_registry import places
from gi_registry.roles import RULES, Role


@register(Tags.security, deploy=True)
def production_database(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """gi.E001: a register that several servers write to needs a database server."""
    if settings.PRODUCTION and settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return [Error("Production runs on PostgreSQL.", hint="Set DATABASE_URL=postgres://…", id="gi.E001")]
    return []


@register(Tags.security, deploy=True)
def public_address(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """gi.E002: QR codes carry the site's address; it must be the real one."""
    if settings.PRODUCTION and not settings.SITE_URL.startswith("https://"):
        return [Error("GI_SITE_URL must be the public https address.", id="gi.E002")]
    return []


@register()
def roles_are_described(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """gi.E003: each role has a rule."""
    missing = [role for role in Role if role not in RULES]
    return [Error(f"The role {role} has no rule in roles.py.", id="gi.E003") for role in missing]


@register(Tags.security)
def label_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """gi.W004: keys of label codes that lie beside the database protect nothing from who takes both."""
    if settings.PRODUCTION and settings.LABEL_KEYS_OWN:
        return [
            Warning(
                "The keys of label codes were made by the register itself and lie in GI_HOME, beside the database.",
                hint="Set GI_MASTER_KEYS and GI_ORDER_KEY (docs/operations.md) before the first batch is issued.",
                id="gi.W004",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def editor_address(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """gi.W015: the page editor is where everybody looks for it first."""
    if settings.PRODUCTION and settings.CMS_PATH == "cms/" and settings.CMS_URL == settings.SITE_URL:
        return [
            Warning(
                "The page editor has its usual address on the public host.",
                hint="Give it a host of its own (GI_CMS_URL) or an address that nobody guesses (GI_CMS_PATH).",
                id="gi.W015",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def hosts_apart(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """gi.E016: hosts for work are real https addresses, without a path."""
    wrong = [url for url in (settings.DESK_URL, settings.CMS_URL) if not re.fullmatch(r"https://[^/?#]+", url)]
    if settings.PRODUCTION and settings.OWN_HOSTS and wrong:
        said = "GI_DESK_URL and GI_CMS_URL must be https addresses without a path."
        return [Error(said, hint=", ".join(wrong), id="gi.E016")]
    return []


@register()
def table_of_networks(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """gi.W005: without its table of networks the register knows no province of any scan."""
    fault = places.table_fault()
    return [Warning(fault, hint="Make it with manage.py build_ip_table.", id="gi.W005")] if fault else []


@register()
def address_fits_symbols(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """gi.E006: the address in label symbols is written in capitals, digits and a few signs."""
    unfit = set(settings.SITE_URL.upper()) - set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    if unfit:
        return [Error(f"GI_SITE_URL holds {' '.join(sorted(unfit))}, which no label symbol can.", id="gi.E006")]
    return []
