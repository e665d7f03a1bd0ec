"""WSGI entry point of the register."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from gi_registry import figure_files, timeouts

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gi_registry.settings")
# Before anything counts: several processes of one server tell their sum (gi_registry/figures.py).
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", figure_files.folder(settings.GI_HOME))
application = get_wsgi_application()
timeouts.limit_pages()
# What is loaded now stays for good: the collector need not walk over it again in the middle of an answer, which
# would add a third to the time of a large count of coverage.
gc.collect()
gc.freeze()
