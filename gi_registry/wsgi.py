"""WSGI entry point of the register."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from gi_registry import timeouts

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gi_registry.settings")
application = get_wsgi_application()
timeouts.limit_pages()
# What is loaded now stays for good: the collector need not walk over it again in the middle of an answer, which
# would add a third to the time of a large count of coverage.
gc.collect()
gc.freeze()
