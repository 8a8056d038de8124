#!/usr/bin/env bash
# Whether there is a Node that domainctl runs on.
set -euo pipefail

found=false
supported='const [major, minor] = process.versions.node.split(".").map(Number)
process.exit((major === 22 && minor >= 22) || (major === 24 && minor >= 15) || major >= 26 ? 0 : 1)'
if command -v node > /dev/null && command -v npm > /dev/null && node -e "$supported"; then
  found=true
fi
echo "found=$found" >> "$GITHUB_OUTPUT"
