#!/bin/sh
# Issues a certificate, deploys it to a folder, proves it by a handshake, and renews it:
#   domainctl sandbox exec --serve deployed -- sh pipeline.sh
set -eu

name=${1:-shop.example.test}
folder=deployed/$name

deploy() {
  domainctl export "$name" --out "$folder"
}

# Serial number of the certificate that a client is shown.
serial() {
  domainctl sandbox handshake "$name" --json | sed -n 's/.*"serial": "\([^"]*\)".*/\1/p'
}

domainctl issue "$name" --wildcard --provider rfc2136 --accept-tos
deploy
domainctl sandbox handshake "$name" "www.$name"
first=$(serial)

# A second run has nothing to do, and burns no order at the CA.
domainctl issue "$name"
[ "$(serial)" = "$first" ]

domainctl renew "$name" --force
deploy
second=$(serial)
if [ -z "$second" ] || [ "$second" = "$first" ]; then
  echo "pipeline: the server still shows certificate $first" >&2
  exit 1
fi
echo "pipeline: $name went from certificate $first to $second"
