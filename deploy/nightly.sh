#!/bin/sh
# The chores of the night, one after the other: sh deploy/nightly.sh. One that fails hinders no other; the status at
# the end says whether any did. Other commands may be named instead: sh deploy/nightly.sh verify_journal
[ "$#" -gt 0 ] || set -- "backup --keep 14" clearsessions forget_visitors check_register verify_journal
failed=""
for chore in "$@"; do
  python manage.py $chore || failed="$failed $chore"
done
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
