"""Whether the web service of this container answers: exit status 0, or 1. Docker asks every quarter of a minute."""

import os
import sys
import urllib.request

HOST = os.environ["GI_ALLOWED_HOSTS"].split(",")[0]

try:
    question = urllib.request.Request("http://127.0.0.1:8000/healthz", headers={"Host": HOST})
    with urllib.request.urlopen(question, timeout=4) as answer:
        sys.exit(answer.status != 200)
except OSError as fault:
    sys.exit(f"no answer: {fault}")
