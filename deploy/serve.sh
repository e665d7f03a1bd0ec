#!/bin/sh
# The web service: sh deploy/serve.sh ADDRESS PORT. A worker process that dies is started again by itself; SIGTERM lets
# answers under way be finished. GI_WEB_WORKERS: processes, about one for each core; each takes some 200 MB.
exec python -m granian --interface wsgi --host "$1" --port "$2" --workers "${GI_WEB_WORKERS:-2}" --blocking-threads 2 \
  --no-ws --respawn-failed-workers --workers-kill-timeout 30 gi_registry.wsgi:application
