"""LEAF. What each process counts of its own work, for `/metrics`: requests, answers about labels, uploads.

Counting costs a few millionths of a second and no query. With several processes of the server each writes its counts
into a file of its own below `PROMETHEUS_MULTIPROC_DIR`, which `wsgi.py` names; any of them then tells the sum.
"""

from __future__ import annotations

from prometheus_client import Counter, Histogram, values

# Areas of the site by the first part of an address: few, and none of them names a person, label or file.
AREAS = {
    "v": "label", "V": "label", "label-photos": "label", "verify": "verify", "api": "api", "open-data": "open-data",
    "portal": "portal", "desk": "desk", "account": "account", "report": "report", "static": "file",
    "media": "file", "documents": "file", "healthz": "operation", "readyz": "operation", "metrics": "operation",
}  # fmt: skip

REQUESTS = Counter("gi_requests", "Requests by area of the site and status.", ["area", "status"])
SECONDS = Histogram(
    "gi_request_seconds", "Time to answer by area of the site, in seconds.", ["area"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
SCANS = Counter("gi_label_answers", "Answers about labels by what was answered.", ["answer"])
UPLOADS = Counter("gi_uploads", "Files that people sent, by what became of them.", ["outcome"])


# Whether this process shares its counts with others of the same server.
SEVERAL_PROCESSES = values.ValueClass is not values.MutexValue


def area_of(path: str, editor: str = "cms") -> str:
    """The area that an address lies in; `page` for all public pages. `editor`: where the page editor is."""
    parts = path.split("/", 3)
    first = parts[2] if len(parts) > 2 and parts[1] == "en" else parts[1] if len(parts) > 1 else ""
    return "editor" if first == editor else AREAS.get(first, "page")
