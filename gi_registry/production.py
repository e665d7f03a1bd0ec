"""LEAF. Parts of the settings that have rules of their own: databases, caches, the store of media, purging a CDN.

`settings.py` reads the environment and hands the values over; nothing here reads anything but files of the code.
"""

from __future__ import annotations

import hashlib
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

SQLITE = {
    # Writers queue at BEGIN instead of failing half-way; readers go on beside them.
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA cache_size=-32000; PRAGMA mmap_size=268435456; "
    # Scans write little and often: 32 MB of them are brought into the file together, not every 4 MB.
    "PRAGMA wal_autocheckpoint=8000;",
    "timeout": 20,
}
APPS = ("cms", "enterprises", "products", "gi_registry")
REDIS_WAIT = 0.25  # seconds for a connection, and for an answer
CONNECT_WAIT = {"default": 5, "replica": 2}  # seconds; a replica that is away is not waited for
# When the network to the database is cut nothing says so: without these a question waits for a quarter of an hour.
# After five seconds without a sign from the other machine the connection is given up. In ms, s, s and tries.
CUT_OFF = {"tcp_user_timeout": 5_000, "keepalives_idle": 3, "keepalives_interval": 1, "keepalives_count": 2}


def database(given: dict[str, Any], alias: str, *, pooler: bool) -> dict[str, Any]:
    """An entry of DATABASES out of what the address says. `pooler`: pgbouncer in transaction mode stands between."""
    if given["ENGINE"].endswith("sqlite3"):
        given["OPTIONS"] = dict(SQLITE)
    else:
        options = given.setdefault("OPTIONS", {})
        for name, value in {"connect_timeout": CONNECT_WAIT[alias], **CUT_OFF}.items():
            options.setdefault(name, value)
        if pooler:  # a connection is another one after each transaction: nothing may be kept in it
            given["DISABLE_SERVER_SIDE_CURSORS"] = True
        else:
            # Our questions take milliseconds; compiling one, which PostgreSQL does when it thinks it large, takes
            # half a second.
            options.setdefault("options", "-c jit=off")
    return given | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}


def replica(given: dict[str, Any], *, pooler: bool) -> dict[str, Any]:
    """DATABASES["replica"]: tests see the primary in its place."""
    return database(given, "replica", pooler=pooler) | {"TEST": {"MIRROR": "default"}}


def caches(redis_url: str, throttle_url: str, code: Path) -> dict[str, dict[str, Any]]:
    """CACHES: in each process, or in Redis for all of them. Each has a prefix of its own.

    What "default" holds are Python objects; after a deployment the classes may be others, so its prefix names the
    code in `code`. Sessions have a cache of their own, which never answers from elsewhere while Redis is away.
    """
    found: dict[str, dict[str, Any]] = {
        "default": _in_process("default", 10_000),
        "throttle": _in_process("throttle", 50_000),
    }
    if throttle_url.startswith(("redis", "unix")):
        found["throttle"] = _in_redis("SharedCache", throttle_url, "throttle")
    if redis_url:
        found["default"] = _in_redis("SharedCache", redis_url, f"default-{release(code)}")
        found["sessions"] = _in_redis("WatchedCache", redis_url, "session")
    return found


def _in_process(name: str, most: int) -> dict[str, Any]:
    backend = "django.core.cache.backends.locmem.LocMemCache"
    return {"BACKEND": backend, "LOCATION": name, "OPTIONS": {"MAX_ENTRIES": most}}


def _in_redis(kind: str, url: str, prefix: str) -> dict[str, Any]:
    waits = {"socket_timeout": REDIS_WAIT, "socket_connect_timeout": REDIS_WAIT}
    return {
        "BACKEND": f"gi_registry.shared_cache.{kind}", "LOCATION": url, "KEY_PREFIX": f"gi-{prefix}", "OPTIONS": waits,
    }  # fmt: skip


def release(code: Path) -> str:
    """A short name of this state of the code: the same on every server that runs it."""
    seal = hashlib.blake2b(digest_size=6)
    files = [code / "requirements.txt", *(file for app in APPS for file in sorted((code / app).rglob("*.py")))]
    for file in filter(Path.is_file, files):
        seal.update(file.relative_to(code).as_posix().encode() + b"\0" + file.read_bytes())
    return seal.hexdigest()


def media_storage(bucket: str, *, endpoint: str, region: str, prefix: str, media_url: str) -> dict[str, Any]:
    """STORAGES["default"]: a folder, or with `bucket` a store that speaks S3. Only media of editors go there.

    Keys come from where every AWS tool looks for them (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, roles).
    """
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    address = urlsplit(media_url)
    if address.scheme not in ("http", "https") or not address.netloc:
        raise ImproperlyConfigured("With GI_S3_BUCKET, GI_MEDIA_URL must be the address where browsers get the media.")
    if not (find_spec("storages") and find_spec("boto3")):
        raise ImproperlyConfigured("GI_S3_BUCKET needs the packages of requirements-s3.txt; they are not installed.")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": endpoint or None,
            "region_name": region or None,
            "location": prefix.strip("/"),
            "custom_domain": (address.netloc + address.path).rstrip("/"),
            "url_protocol": f"{address.scheme}:",
            "querystring_auth": False,
            "default_acl": None,  # who may read is a rule of the bucket, not of each file
            "file_overwrite": False,
            "object_parameters": {"CacheControl": "public, max-age=86400"},
        },
    }


def purging(kind: str, target: str, token: str, hosts: list[str]) -> dict[str, Any]:
    """WAGTAILFRONTENDCACHE: how changed addresses are taken out of a CDN; {} where there is none.

    `kind`: http (a cache that takes PURGE at the address `target`), cloudflare (zone `target` with a `token`) or
    cloudfront (distribution `target`, keys as for S3).
    """
    ways = {
        "": {},
        "http": {"BACKEND": "HTTPBackend", "LOCATION": target},
        "cloudflare": {"BACKEND": "CloudflareBackend", "ZONEID": target, "BEARER_TOKEN": token},
        "cloudfront": {"BACKEND": "CloudfrontBackend", "DISTRIBUTION_ID": target},
    }
    if kind not in ways:
        raise ImproperlyConfigured("GI_CDN_BACKEND must be http, cloudflare or cloudfront, or empty.")
    if not kind:
        return {}
    if not target or (kind == "cloudflare" and not token):
        raise ImproperlyConfigured("GI_CDN_BACKEND needs GI_CDN_TARGET, and cloudflare needs GI_CDN_TOKEN too.")
    if kind == "cloudfront" and not find_spec("boto3"):
        raise ImproperlyConfigured("GI_CDN_BACKEND=cloudfront needs the packages of requirements-s3.txt.")
    way = ways[kind]
    return {"cdn": way | {"BACKEND": f"wagtail.contrib.frontend_cache.backends.{way['BACKEND']}", "HOSTNAMES": hosts}}


def cms_path(text: str) -> str:
    """Where the editor is, as "cms/". Raises ImproperlyConfigured for what is no plain path."""
    path = text.strip("/")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*", path) or len(path) < 3:
        raise ImproperlyConfigured("GI_CMS_PATH must be small letters, digits and hyphens, three or more: cms-7f3a/")
    if path.split("/")[0] in TAKEN:
        raise ImproperlyConfigured(f"GI_CMS_PATH begins with {path.split('/')[0]}, which is another address.")
    return f"{path}/"


# First pieces of addresses that are a contract.
TAKEN = frozenset(
    {
        "account", "announcements", "api", "authorisations", "cases", "coverage", "desk", "documents", "enterprises",
        "find", "follow", "healthz", "label-photos", "log", "media", "metrics", "news", "objections", "open-data",
        "portal", "products", "readyz", "recognition", "regions", "report", "search", "static", "styleguide",
        "text-size", "verify",
    }
)  # fmt: skip
