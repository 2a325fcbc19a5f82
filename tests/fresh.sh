#!/usr/bin/env bash
# What a stranger does: clones what is committed into an empty folder, with an empty home, and runs the README's commands
# to the letter: the one that builds the program and reads the example, which changes nothing when it is done again, and
# the one that tests it. Says how long each took.
#
#   tests/fresh.sh            both, with nothing built
#   tests/fresh.sh --quick    both, with what is built in CARGO_TARGET_DIR
#   tests/fresh.sh --first    the first alone; also with --quick
#
# Needs git, Rust by rustup and a C compiler. Of networks only the package registry is reached, by cargo.
set -euo pipefail

quick= first=
for argument in "$@"; do
    case $argument in
    --quick) quick=yes ;;
    --first) first=yes ;;
    *) sed -n '/^#   tests/s/^# *//p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
    esac
done
[[ -z $quick || -n ${CARGO_TARGET_DIR:-} ]] || { echo '--quick needs CARGO_TARGET_DIR' >&2 && exit 2; }

cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(git rev-parse --show-toplevel)
commit=$(git rev-parse HEAD)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git clone --quiet --no-checkout "$root" "$folder/assize"
git -C "$folder/assize" checkout --quiet --detach "$commit"
cd "$folder/assize"

# The toolchain stays where it is, and what else stands in the home is not there.
export RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} CARGO_HOME=${CARGO_HOME:-$HOME/.cargo}
mkdir "$folder/home"
export HOME=$folder/home
unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME ASSIZE_WORKSPACE ASSIZE_REVIEWER ASSIZE_ORDER ORT_DYLIB_PATH
if [[ -n $quick ]]; then
    mkdir -p "$CARGO_TARGET_DIR"
else
    unset CARGO_TARGET_DIR
fi

# Runs the first line of the README that begins like this, in any shell.
run() {
    local line begin=$SECONDS
    line=$(grep --max-count 1 "^$1" README.md) || { echo "README.md has no line that begins: $1" >&2 && return 1; }
    printf '$ %s\n' "$line"
    sh -euc "$line" || { printf 'failed after %d s\n' $((SECONDS - begin)) >&2 && return 1; }
    printf '%d s: %s\n' $((SECONDS - begin)) "${line:0:40}"
}

run 'cargo run '
[[ -d .assize ]] || { echo 'there is no workspace' >&2 && exit 1; }
run 'cargo run ' | tee again
grep 'imported before' again >/dev/null || { echo 'what was imported is imported again' >&2 && exit 1; }
[[ -n $first ]] || run 'cargo test'
