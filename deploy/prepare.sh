#!/bin/sh
# Everything between new code and services that may be started: sh deploy/prepare.sh. It can be run again at any time.
# The database keeps working for the version that still runs meanwhile (docs/migrations.md).
set -eu
python manage.py check --deploy --fail-level ERROR
python manage.py migrate --verbosity 1
python manage.py load_reference
python manage.py create_site
python manage.py create_content
if [ -d /srv/static ]; then
  cp -R /srv/static/. "$GI_HOME/static/" # in a container they were collected when the image was built
else
  python manage.py collectstatic --noinput --verbosity 0
fi
