#!/usr/bin/env bash
# Runs the command that the inputs describe. Nothing of them is evaluated by the shell.
set -uo pipefail

export DOMAINCTL_OUTPUT=github
[ -z "${INPUT_STATE:-}" ] || export DOMAINCTL_STATE=$INPUT_STATE
[ -z "${INPUT_CONFIG:-}" ] || export DOMAINCTL_CONFIG=$INPUT_CONFIG
[ -z "${INPUT_PROVIDER:-}" ] || export DOMAINCTL_PROVIDER=$INPUT_PROVIDER

command=${INPUT_COMMAND:-}
read -r -d '' -a words <<< "${command//$'\r'/ }" || true
while IFS= read -r line || [ -n "$line" ]; do
  line=${line%$'\r'}
  [ -z "$line" ] || words+=("$line")
done <<< "${INPUT_ARGUMENTS:-}"

if [ "${#words[@]}" -eq 0 ]; then
  echo "::error title=domainctl::The input command is empty."
  exit 2
fi

if [ -n "${INPUT_NAMES:-}" ]; then
  # On standard input a name is a name, whatever it begins with.
  printf '%s\n' "$INPUT_NAMES" | "$DOMAINCTL_BIN" "${words[@]}" --from-file -
else
  "$DOMAINCTL_BIN" "${words[@]}" < /dev/null
fi
code=$?

# Not split by the shell, which would take a * for the names of files.
read -r -d '' -a accepted <<< "${INPUT_ACCEPT:-}" || true
for one in ${accepted[@]+"${accepted[@]}"}; do
  [ "$code" != "${one%$'\r'}" ] || exit 0
done
exit "$code"
