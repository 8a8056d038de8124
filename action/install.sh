#!/usr/bin/env bash
# Installs one exact version of domainctl from the registry of npm into a folder of its own, once a job.
set -euo pipefail

version=${INPUT_VERSION:-}
exact='^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$'
if ! [[ $version =~ $exact ]]; then
  echo "::error title=domainctl::The input version has to be one exact version, such as 1.4.2."
  exit 2
fi

folder=$RUNNER_TEMP/domainctl-$version
if ! [ -x "$folder/node_modules/.bin/domainctl" ]; then
  mkdir -p "$folder"
  # In a folder of its own no .npmrc and no package.json of the checkout has a say.
  (cd "$folder" && npm install --prefix "$folder" --no-save --ignore-scripts --no-audit --no-fund --loglevel error "domainctl@$version")
fi
echo "bin=$folder/node_modules/.bin/domainctl" >> "$GITHUB_OUTPUT"
# Later steps of the job have the command as well.
echo "$folder/node_modules/.bin" >> "$GITHUB_PATH"
