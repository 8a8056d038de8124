#!/bin/sh
# A job of any CI, or of cron, with nothing but a shell: gets what is missing, renews what is due, and says by its exit code what a
# person has to do. Needs domainctl on PATH, and the environment of docs/guide/ci.md.
set -eu

code=0
domainctl issue --from-file "${1:-names.txt}" || code=$?
later=0
domainctl run --once || later=$?
[ "$code" -ne 0 ] || code=$later

case $code in
  0) ;;
  3) echo 'renew: DNS records are not right yet: domainctl verify says which, and who has to make them' >&2 ;;
  5)
    echo 'renew: the CA cannot serve now; the next run goes on' >&2
    code=0
    ;;
  *) echo "renew: failed with exit code $code; domainctl doctor looks for the reason" >&2 ;;
esac
exit "$code"
