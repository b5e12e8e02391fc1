#!/bin/sh
# Prints the path of the Python to make .venv with; without one, says so in one sentence and ends with 1.
#
# Looked at: python3.13, python3.12, python3.11, python3 and python in every folder of PATH, then pyenv's
# versions. Taken: the first in the order of `rank` whose `-m venv` gives an environment with a working pip.
# PYTHON=... in the environment is taken instead of a search, and checked alike.
set -u

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

# MAJOR MINOR PATCH -> how well it suits, 0: not at all.
# 3.12.0 to 3.12.3 can crash when a thread ends (python/cpython issue 119585), so everything else comes first.
rank() {
    case "$1.$2" in
        3.13) echo 5 ;;
        3.12) if [ "$3" -ge 4 ]; then echo 4; else echo 1; fi ;;
        3.11) echo 3 ;;
        3.14) echo 2 ;;
        *) echo 0 ;;
    esac
}

# PYTHON -> "MAJOR MINOR PATCH"; fails for a broken shim, for Python 2 and for what is not CPython with its lock.
version() {
    "$1" -c 'import sys
ours = sys.implementation.name == "cpython" and "t" not in sys.abiflags
print(*sys.version_info[:3]) if ours else sys.exit(1)' </dev/null 2>/dev/null
}

makes_environments() {
    rm -rf "$scratch/venv"
    "$1" -m venv "$scratch/venv" </dev/null >/dev/null 2>&1 &&
        "$scratch/venv/bin/python" -m pip --version </dev/null >/dev/null 2>&1
}

candidates() {
    (
        IFS=:
        for folder in $PATH; do
            for name in python3.13 python3.12 python3.11 python3 python; do
                printf '%s\n' "$folder/$name"
            done
        done
    )
    for python in "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/*/bin/python; do
        printf '%s\n' "$python"
    done
}

# The candidates that run, best first: "RANK PATCH VERSION PATH" a line.
ranked() {
    candidates | while IFS= read -r python; do
        [ -x "$python" ] && numbers=$(version "$python") || continue
        set -- $numbers
        [ $# -eq 3 ] && printf '%s %s %s %s\n' "$(rank "$@")" "$3" "$1.$2.$3" "$python"
    done | sort -k1,1nr -k2,2nr
}

if [ -n "${PYTHON:-}" ]; then
    numbers=$(version "$PYTHON") || fail "PYTHON=$PYTHON does not run as a Python 3 (CPython): give the path of a Python 3.11 or later."
    set -- $numbers
    { [ "$1" -eq 3 ] && [ "$2" -ge 11 ]; } || fail "PYTHON=$PYTHON is Python $1.$2.$3: give the path of a Python 3.11 or later."
    makes_environments "$PYTHON" || fail "PYTHON=$PYTHON makes no virtual environment with pip: install its venv and pip (Debian: python$1.$2-venv) or give another Python."
    command -v "$PYTHON"
    exit
fi

ranked >"$scratch/ranked"
found=
while read -r suits _ version python; do
    if [ "$suits" -gt 0 ] && makes_environments "$python"; then
        printf '%s\n' "$python"
        exit
    fi
    case "$suits" in
        0) found="$found, $version" ;;
        *) found="$found, $version without a working venv and pip" ;;
    esac
done <"$scratch/ranked"
found=$(printf '%s' "${found#, }" | awk -v RS=', ' '!seen[$0]++ { printf "%s%s", (NR > 1 ? ", " : ""), $0 }')
fail "vs-tcvc needs Python 3.13, 3.12 or 3.11 with venv and pip, found ${found:-no Python} on PATH and under pyenv: install one (Debian: python3-venv too) or say make PYTHON=/path/to/python."
