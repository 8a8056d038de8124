#!/bin/sh
# Installs what the lab needs: name servers and tools from Debian, Pebble by Go into .lab/bin,
# what our packages are installed with by npm into .lab/packages.
# --bench: also what the bench measures against, and the old Pebble that one of the clients there wants. --moto: also moto, a
# mock of AWS, from PyPI into .lab/moto. Does nothing when all is there.
set -eu
cd "$(dirname "$0")/.."

packages='bind9 bind9-dnsutils bind9-utils knot knot-dnsutils pdns-server pdns-backend-lmdb unbound pgbouncer iproute2 openssl util-linux mount ca-certificates'
# The clients that judge the sandbox's CA.
packages="$packages lego certbot dehydrated uacme curl"
# Where certificates are deployed.
packages="$packages nginx-light haproxy"
# What completes command lines.
packages="$packages zsh fish"
# What records all that a run does to its files, for the power cuts.
packages="$packages strace"
# What a first user's terminal is made of.
packages="$packages tmux"
# What judges PKCS#12 files; any Java will do, and Debian has no smaller package with keytool (44 MB).
command -v keytool > /dev/null || packages="$packages default-jre-headless"
moto=
lego=
for option; do
  case "$option" in
    --bench)
      packages="$packages pebble dnsperf"
      lego=$(cat bench/lego.version)
      ;;
    --moto)
      moto=$(cat lab/moto.version)
      packages="$packages python3-venv"
      ;;
    *) echo "lab-install: unknown option $option (there are --bench and --moto)" >&2; exit 2 ;;
  esac
done

fail() {
  echo "lab-install: $1" >&2
  exit 1
}

# Debian starts a server as soon as it is installed, unless this file says no (invoke-rc.d(8)).
install_packages() {
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM HUP
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
  fi
  echo "lab-install: installing $*"
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  if ! { apt-get -q update && apt-get -q -y --no-install-recommends install "$@"; } > "$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail 'apt-get failed (its last lines are above)'
  fi
  rm -f "$log"
}

prepare_go() {
  command -v go > /dev/null || fail "$1 is built by Go 1.24 or newer, and there is no go on the PATH"
  echo "lab-install: building $1"
  # Without a home, Go has no place for its caches.
  if [ -z "${HOME-}" ]; then
    export GOPATH="$PWD/.lab/go" GOCACHE="$PWD/.lab/go/cache" GOFLAGS="${GOFLAGS-} -modcacherw"
  fi
  mkdir -p .lab/bin
}

install_pebble() {
  prepare_go "Pebble $version"
  rm -f .lab/bin/pebble.version
  GOBIN="$PWD/.lab/bin" go install "github.com/letsencrypt/pebble/v2/cmd/pebble@$version" || fail 'go install failed'
  echo "$version" > .lab/bin/pebble.version
}

# Debian's lego is built without Cloudflare. Its own go.mod has replacements, which `go install` of a version refuses, so it is
# built as a dependency of a module that has nothing else.
install_lego() {
  prepare_go "lego $lego"
  bin=$PWD/.lab/bin
  rm -f "$bin/lego.version"
  module=$(mktemp -d)
  printf 'module lab\n\nrequire github.com/go-acme/lego/v4 %s\n' "$lego" > "$module/go.mod"
  (cd "$module" && GOFLAGS="${GOFLAGS-} -mod=mod" go build -o "$bin/lego" github.com/go-acme/lego/v4/cmd/lego) || {
    rm -rf "$module"
    fail 'go build failed'
  }
  rm -rf "$module"
  echo "$lego" > "$bin/lego.version"
}

install_moto() {
  echo "lab-install: installing moto $moto into .lab/moto"
  rm -rf .lab/moto
  python3 -m venv .lab/moto || fail 'Python 3 with venv is missing (Debian packages python3 and python3-venv)'
  .lab/moto/bin/pip install --quiet --disable-pip-version-check "moto[server,route53]==$moto" || fail 'pip install failed'
  echo "$moto" > .lab/moto/moto.version
}

command -v dpkg-query > /dev/null || fail "this is not Debian; install by other means: $packages"
missing=
for package in $packages; do
  case "$(dpkg-query -W -f '${Status}' "$package" 2> /dev/null || true)" in
    *' ok installed') ;;
    *) missing="$missing $package" ;;
  esac
done
if [ -n "$missing" ]; then
  [ "$(id -u)" = 0 ] || fail "run as root: apt-get update && apt-get install --no-install-recommends$missing"
  # shellcheck disable=SC2086 # one word for each package
  install_packages $missing
fi

version=$(cat lab/pebble.version)
if [ ! -x .lab/bin/pebble ] || [ "$(cat .lab/bin/pebble.version 2> /dev/null || true)" != "$version" ]; then
  install_pebble
fi

if [ -n "$lego" ] && { [ ! -x .lab/bin/lego ] || [ "$(cat .lab/bin/lego.version 2> /dev/null || true)" != "$lego" ]; }; then
  install_lego
fi

if [ -n "$moto" ] && [ "$(cat .lab/moto/moto.version 2> /dev/null || true)" != "$moto" ]; then
  install_moto
fi

node scripts/lab-packages.mjs
