#!/bin/sh
# environment.sh demo|desk|test: brings .venv to the state in which `make` can run that.
#
# .venv/made-with     the Python and the checkout that .venv was made with; when they differ, .venv is made anew
# .venv/installed-*   checksum of what was installed; written last, so an interrupted install is done again
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
here=$(pwd)

case "$1" in
    demo) requirement=.; enough="demo desk test" ;;
    desk) requirement=".[desk]"; enough="desk test" ;;
    test) requirement=".[test]"; enough=test ;;
    *) echo "environment.sh: expected demo, desk or test, got $1" >&2; exit 2 ;;
esac

if [ -e .venv ] && [ ! -f .venv/made-with ]; then
    echo ".venv is not one that make made: move it away, then say make $1 again." >&2
    exit 1
fi

made_with() { printf '%s\n%s\n' "$1" "$here"; }

is_usable() {
    [ -f .venv/made-with ] || return 1
    wanted=${PYTHON:-$(sed -n 1p .venv/made-with)}
    [ "$(cat .venv/made-with)" = "$(made_with "$wanted")" ] && .venv/bin/python -m pip --version >/dev/null 2>&1
}

if ! is_usable; then
    python=$(sh scripts/find_python.sh)
    echo "Making .venv with $python" >&2
    rm -rf .venv
    mkdir .venv
    made_with "${PYTHON:-$python}" >.venv/made-with
    "$python" -m venv .venv
fi

sources=$(cat setup.cfg setup.py vs_tcvc/runtime/host_files.py plugins/vapoursynth/*.[ch] 2>/dev/null | cksum)
for each in $enough; do
    [ "$(cat ".venv/installed-$each" 2>/dev/null)" != "$sources" ] || exit 0
done
rm -f .venv/installed-*
.venv/bin/python -m pip install --disable-pip-version-check --editable "$requirement"
echo "$sources" >".venv/installed-$1"
