"""Pages that the suite renders, kept for who looks at them afterwards (`tests/every_template.py`).

Thousands of tests ask for pages in every state they can be in. The first page with a template that this process has
not rendered before is kept, with the names of the templates that made it.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from django.test.client import Client

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".pytest_cache" / "pages"
TEMPLATES = ROOT / "templates"

_known: set[str] = set()


def start_anew() -> None:
    """Forget the pages of earlier runs."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)


def remember_what_clients_get() -> None:
    """From now on every answer to a test client is looked at."""
    plain = Client.request

    def request(self: Client, **asked: Any) -> Any:
        response = plain(self, **asked)
        _keep(response)
        return response

    Client.request = request  # type: ignore[method-assign]


def _keep(response: Any) -> None:
    if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
        return
    names = {str(name) for name in (template.name for template in response.templates) if name}
    if not names - _known or response.get("Content-Encoding") or b"</html>" not in response.content:
        return
    _known.update(names)
    file = FOLDER / f"{os.getpid()}-{len(_known)}"
    file.with_suffix(".html").write_bytes(response.content)
    file.with_suffix(".json").write_text(json.dumps([response.wsgi_request.get_full_path(), sorted(names)]))
