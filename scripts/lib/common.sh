# Shared by the scripts: where we are, how we speak, what must be there. Sourced, not run.

set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}

if [ -t 1 ]; then BOLD=$'\e[1m' DIM=$'\e[2m' PLAIN=$'\e[0m'; else BOLD='' DIM='' PLAIN=''; fi

say() { printf '%s==> %s%s\n' "$BOLD" "$*" "$PLAIN"; }
note() { printf '%s%s%s\n' "$DIM" "$*" "$PLAIN"; }
die() {
  printf 'error: %s\n' "$1" >&2
  shift
  for hint in "$@"; do printf 'hint: %s\n' "$hint" >&2; done
  exit 1
}

# need_cargo: the toolchain, which nothing here installs behind anybody's back
need_cargo() {
  command -v cargo >/dev/null || die "cargo is not on PATH" \
    "install Rust with rustup; rust-toolchain.toml pins the version"
  command -v cc >/dev/null || need_debian cc gcc
}

# need_debian COMMAND PACKAGE…: installs when root on Debian, else says what is missing
need_debian() {
  local command=$1
  shift
  command -v "$command" >/dev/null && return
  install_debian "$@"
  command -v "$command" >/dev/null || die "\`$command\` is still missing after installing $*"
}

install_debian() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    note "installing $* (Debian)"
    if [ -z "${APT_UPDATED:-}" ]; then
      apt-get update -qq
      APT_UPDATED=1
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  else
    die "missing: $*" "on Debian: sudo apt-get install --no-install-recommends $*"
  fi
}

# build_gleaner: the binary in the one fast profile; its path in $GLEANER. One that is named already is taken as it is.
build_gleaner() {
  [ -z "${GLEANER:-}" ] || return 0
  need_cargo
  # the whole workspace's features, so that nothing is compiled twice
  (cd "$ROOT" && cargo build --locked --workspace --bin gleaner)
  GLEANER=${CARGO_TARGET_DIR:-$ROOT/target}/debug/gleaner
  export GLEANER
}
