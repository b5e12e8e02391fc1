# make demo     colour a black-and-white clip into the folder demo
# make desk     open the desk on that clip: a page in your browser
# make test     every check of the project
# make python   print the Python that .venv is made with; PYTHON=... chooses another
# make clean    remove all that these made
#
# The first run makes .venv and installs into it; needed are Python 3.11 to 3.13 and make, for test a C compiler.

.PHONY: demo desk test python compiler clean

demo:
	@sh scripts/environment.sh demo
	.venv/bin/tcvc demo --out demo

desk:
	@sh scripts/environment.sh desk
	[ -f demo/film.mp4 ] || .venv/bin/tcvc demo --out demo
	.venv/bin/tcvc desk demo/film.mp4

test: compiler
	@sh scripts/environment.sh test
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	@if .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 12))'; \
	then echo .venv/bin/python -m mypy; .venv/bin/python -m mypy; \
	else echo "mypy is left to Python 3.12 and later: it needs the types of the newest numpy and PyAV"; fi
	.venv/bin/pytest

python:
	@sh scripts/find_python.sh

compiler:
	@command -v cc >/dev/null || command -v gcc >/dev/null || command -v clang >/dev/null || \
	{ echo "make test needs a C compiler and found no cc, gcc or clang on PATH: install one (Debian: gcc, macOS: xcode-select --install)." >&2; exit 1; }

clean:
	[ ! -f .venv/made-with ] || rm -rf .venv
	rm -rf .fuzz demo build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
