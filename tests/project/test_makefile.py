"""The Makefile with the real make, real sh and made-up Pythons: no network, no installation."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ["awk", "cat", "cksum", "cp", "dirname", "make", "mkdir", "mktemp", "rm", "sed", "sh", "sort"]

# Answers like a Python of the version it is told: its numbers, `-m venv FOLDER`, pip, and all else by logging it.
FAKE = """\
#!/bin/sh
case "$*" in
    -c*) echo "{numbers}" ;;
    "-m venv "*) {venv}; mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; cp "$0" "$3/bin/tcvc"; cp "$0" "$3/bin/pytest" ;;
    "-m pip --version") ;;
    "-m pip install "*) echo "{numbers}: install $6" >>"$LOG"; {pip} ;;
    *) echo "${{0##*/}} $*" >>"$LOG" ;;
esac
"""
SHIM = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"


@dataclass(frozen=True)
class Machine:
    """A checkout in a folder with a space in its name, and a PATH with only what a test puts there."""

    home: Path

    @property
    def checkout(self) -> Path:
        return self.home / "my checkout"

    def write(self, place: str, text: str) -> Path:
        path = self.home / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def python(self, place: str, version: str, venv: str = ":", pip: str = ":") -> Path:
        return self.write(place, FAKE.format(numbers=version.replace(".", " "), venv=venv, pip=pip))

    def make(self, *words: str, where: str = "my checkout") -> subprocess.CompletedProcess[str]:
        """Runs make as a user would; PATH is "first", "se cond" and the tools."""
        folders = [self.home / "first", self.home / "se cond", self.home / "tools"]
        environment = {"PATH": ":".join(map(str, folders)), "HOME": str(self.home), "LOG": str(self.home / "log")}
        command = [str(self.home / "tools/make"), "-s", *words]
        return subprocess.run(
            command, cwd=self.home / where, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    def chosen(self, *words: str) -> str:
        """The Python that `make python` prints, from the machine's home on."""
        done = self.make("python", *words)
        assert done.returncode == 0, done.stderr
        return str(Path(done.stdout.rstrip("\n")).relative_to(self.home))

    def refusal(self, *words: str) -> str:
        """The one sentence of a make that fails, without make's own last line."""
        done = self.make(*words)
        assert done.returncode == 2
        sentence, *rest = done.stderr.splitlines()
        assert all("***" in line for line in rest), done.stderr
        return sentence

    def log(self) -> list[str]:
        """What the made-up Pythons did since the last call."""
        path = self.home / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    (tmp_path / "tools").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, f"these tests need {tool}"
        (tmp_path / "tools" / tool).symlink_to(found)
    made.write("tools/cc", "#!/bin/sh\n")
    made.checkout.mkdir()
    for name in ("Makefile", "setup.cfg", "setup.py"):
        shutil.copy(ROOT / name, made.checkout)
    shutil.copytree(ROOT / "scripts", made.checkout / "scripts")
    return made


BEST_FIRST = ["3.13.0", "3.12.4", "3.11.0", "3.14.1", "3.12.3"]


@pytest.mark.parametrize("best", range(len(BEST_FIRST)), ids=BEST_FIRST)
def test_the_best_version_is_taken_wherever_it_lies(machine: Machine, best: int) -> None:
    present = BEST_FIRST[best:]
    for place, version in zip([f".pyenv/versions/{n}/bin/python" for n in range(9)], reversed(present), strict=False):
        machine.python(place, version)
    machine.python("se cond/python3", present[0])
    machine.python(f".pyenv/versions/{len(present) - 1}/bin/python", "3.10.0")
    assert machine.chosen() == "se cond/python3"


def test_a_python_under_pyenv_is_found_and_its_newest_patch_is_taken(machine: Machine) -> None:
    for version in ("3.13.1", "3.13.10", "3.13.2", "2.7.18"):
        machine.python(f".pyenv/versions/{version}/bin/python", version)
    assert machine.chosen() == ".pyenv/versions/3.13.10/bin/python"


def test_a_shim_that_fails_is_passed_over_for_the_same_name_further_on(machine: Machine) -> None:
    machine.write("first/python3.13", SHIM)
    machine.write("first/python3", SHIM)
    machine.python("se cond/python3.13", "3.13.1")
    assert machine.chosen() == "se cond/python3.13"


@pytest.mark.parametrize("fault", ["exit 1", "kill $$", 'mkdir -p "$3"; exit 0'], ids=["fails", "dies", "without pip"])
def test_a_python_whose_venv_does_not_work_is_passed_over(machine: Machine, fault: str) -> None:
    machine.python("first/python3.13", "3.13.1", venv=fault)
    machine.python("first/python3.11", "3.11.2")
    assert machine.chosen() == "first/python3.11"


def test_without_any_python_one_sentence_says_what_to_do(machine: Machine) -> None:
    sentence = machine.refusal("python")
    assert sentence.startswith("vs-tcvc needs Python 3.13, 3.12 or 3.11 with venv and pip, found no Python on PATH")
    assert sentence.endswith("or say make PYTHON=/path/to/python.")


def test_with_only_unfit_pythons_the_sentence_names_them_once(machine: Machine) -> None:
    machine.write("first/python3.12", SHIM)
    machine.python("first/python3", "3.9.18")
    machine.python("first/python", "3.9.18")
    machine.python("se cond/python3.11", "3.11.4", venv="exit 1")
    sentence = machine.refusal("demo")
    assert "found 3.11.4 without a working venv and pip, 3.9.18 on PATH and under pyenv:" in sentence
    assert not (machine.checkout / ".venv").exists()


def test_the_users_own_python_goes_first(machine: Machine) -> None:
    machine.python("first/python3.13", "3.13.1")
    own = machine.python("my pythons/python", "3.11.9")
    assert machine.chosen(f"PYTHON={own}") == "my pythons/python"


@pytest.mark.parametrize(
    ("version", "venv", "sentence"),
    [
        ("3.10.13", ":", "PYTHON={} is Python 3.10.13: give the path of a Python 3.11 or later."),
        ("3.13.1", "exit 1", "PYTHON={} makes no virtual environment with pip: install its venv and pip"),
        ("", ":", "PYTHON={} does not run as a Python 3"),
    ],
)
def test_an_unfit_python_of_the_users_own_is_refused(machine: Machine, version: str, venv: str, sentence: str) -> None:
    machine.python("first/python3.13", "3.13.1")
    own = machine.python("own", version, venv) if version else machine.write("own", SHIM)
    assert machine.refusal("python", f"PYTHON={own}").startswith(sentence.format(own))


def test_the_first_run_installs_and_the_second_only_runs(machine: Machine) -> None:
    machine.python("first/python3.13", "3.13.1")
    assert machine.make("demo").returncode == 0
    assert machine.log() == ["3 13 1: install .", "tcvc demo --out demo"]
    assert machine.make("demo").returncode == 0
    assert machine.log() == ["tcvc demo --out demo"]


def test_the_tests_install_their_tools_and_the_demo_needs_nothing_more(machine: Machine) -> None:
    machine.python("first/python3.13", "3.13.1")
    checks = ["python -m ruff check .", "python -m ruff format --check .", "python -m mypy", "pytest "]
    assert machine.make("demo").returncode == 0
    assert machine.make("test").returncode == 0
    assert machine.log()[2:] == ["3 13 1: install .[test]", *checks]
    assert machine.make("demo").returncode == 0
    assert machine.log() == ["tcvc demo --out demo"]


def test_the_desk_installs_its_extra_and_opens_on_the_demo_film(machine: Machine) -> None:
    machine.python("first/python3.13", "3.13.1")
    assert machine.make("desk").returncode == 0
    assert machine.log() == ["3 13 1: install .[desk]", "tcvc demo --out demo", "tcvc desk demo/film.mp4"]
    machine.write("my checkout/demo/film.mp4", "")
    assert machine.make("desk").returncode == 0
    assert machine.log() == ["tcvc desk demo/film.mp4"]
    assert machine.make("demo").returncode == 0
    assert machine.log() == ["tcvc demo --out demo"]


def test_changed_requirements_are_installed_into_the_same_environment(machine: Machine) -> None:
    machine.python("first/python3.13", "3.13.1")
    machine.make("demo")
    machine.log()
    with (machine.checkout / "setup.cfg").open("a") as file:
        file.write("# changed\n")
    kept = machine.write("my checkout/.venv/kept", "")
    assert machine.make("demo").returncode == 0
    assert machine.log() == ["3 13 1: install .", "tcvc demo --out demo"]
    assert kept.exists()


@pytest.mark.parametrize("end", ["exit 1", "kill -9 $$; exit 1", "kill -9 $PPID; exit 1"])
def test_an_interrupted_installation_is_done_again(machine: Machine, end: str) -> None:
    machine.python("first/python3.13", "3.13.1", pip=f'[ -e "$LOG.again" ] || {{ : >"$LOG.again"; {end}; }}')
    assert machine.make("demo").returncode == 2
    assert machine.log() == ["3 13 1: install ."]
    assert machine.make("demo").returncode == 0
    assert machine.log() == ["3 13 1: install .", "tcvc demo --out demo"]


def test_after_an_interrupted_change_what_was_there_before_is_not_trusted(machine: Machine) -> None:
    machine.python("first/python3.13", "3.13.1", pip='[ ! -e "$LOG.broken" ]')
    machine.make("demo")
    original = (machine.checkout / "setup.cfg").read_text()
    machine.write("my checkout/setup.cfg", f"{original}# changed\n")
    machine.write("log.broken", "")
    assert machine.make("demo").returncode == 2
    machine.write("my checkout/setup.cfg", original)
    machine.home.joinpath("log.broken").unlink()
    machine.log()
    assert machine.make("demo").returncode == 0
    assert machine.log() == ["3 13 1: install .", "tcvc demo --out demo"]


def test_a_half_made_environment_is_made_anew(machine: Machine) -> None:
    machine.python("first/python3.13", "3.13.1")
    machine.make("demo")
    machine.log()
    (machine.checkout / ".venv/bin/python").unlink()
    assert machine.make("demo").returncode == 0
    assert machine.log() == ["3 13 1: install .", "tcvc demo --out demo"]


def test_another_python_makes_another_environment_which_then_stays(machine: Machine) -> None:
    machine.python("first/python3.13", "3.13.1")
    other = machine.python("first/python3.11", "3.11.2")
    machine.make("demo")
    machine.log()
    assert machine.make("demo", f"PYTHON={other}").returncode == 0
    assert machine.log() == ["3 11 2: install .", "tcvc demo --out demo"]
    assert machine.make("demo").returncode == 0
    assert machine.log() == ["tcvc demo --out demo"]


def test_a_checkout_that_was_moved_gets_a_new_environment(machine: Machine) -> None:
    machine.python("first/python3.13", "3.13.1")
    machine.make("demo")
    machine.log()
    shutil.move(machine.checkout, machine.home / "elsewhere")
    assert machine.make("demo", where="elsewhere").returncode == 0
    assert machine.log() == ["3 13 1: install .", "tcvc demo --out demo"]


def test_an_environment_that_make_did_not_make_is_left_alone(machine: Machine) -> None:
    machine.python("first/python3.13", "3.13.1")
    mine = machine.write("my checkout/.venv/mine", "")
    assert machine.refusal("demo") == ".venv is not one that make made: move it away, then say make demo again."
    assert machine.make("clean").returncode == 0
    assert mine.exists()


def test_clean_removes_what_make_made(machine: Machine) -> None:
    machine.python("first/python3.13", "3.13.1")
    before = set(machine.checkout.iterdir())
    machine.make("demo")
    machine.write("my checkout/demo/picture.png", "")
    assert machine.make("clean").returncode == 0
    assert set(machine.checkout.iterdir()) == before


def test_the_tests_ask_for_a_c_compiler_before_anything_else(machine: Machine) -> None:
    machine.python("first/python3.13", "3.13.1")
    (machine.home / "tools/cc").unlink()
    assert machine.refusal("test").startswith("make test needs a C compiler and found no cc, gcc or clang on PATH")
    assert machine.log() == []
