"""The command `tcvc`: every subcommand explains itself; weights are listed, verified and located."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ffmpeg_filters import pipe
from vs_tcvc import cli
from vs_tcvc.networks import weights_file

NAMES = [command.__name__.rpartition(".")[2].replace("_", "-") for command in cli.COMMANDS]


@pytest.mark.parametrize("command", ["", *NAMES])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*filter(None, [command]), "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert said.startswith(" ".join(["usage: tcvc", *filter(None, [command])]))


def test_the_pipe_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        pipe.main(["--help"])
    assert ended.value.code == 0
    assert "(default 216; 64 to 1024)" in " ".join(capsys.readouterr().out.split())


def test_weights_are_listed_verified_and_located(capsys: pytest.CaptureFixture[str]) -> None:
    for action, words in (("list", "compact"), ("verify", "complete"), ("path", str(weights_file.SHIPPED))):
        assert cli.main(["weights", action]) == 0
        assert words in capsys.readouterr().out


def completed(script: str, words: str, folder: Path) -> set[str]:
    """What bash offers for the last of `words` (which may be empty) when Tab is pressed."""
    program, *_ = line = words.split(" ")
    press = f"""COMP_WORDS=({" ".join(each or "''" for each in line)}); COMP_CWORD={len(line) - 1}
        read -r -a spec <<< "$(complete -p {program})"; "${{spec[-2]}}"; printf '%s\\n' "${{COMPREPLY[@]}}" """
    command = ["bash", "-c", f"{script}\n{press}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_bash_completes_commands_options_values_and_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    (tmp_path / "film.mkv").touch()
    (tmp_path / "films").mkdir()
    for words, offered in {
        "tcvc co": {"colorize", "completion"},
        "tcvc col": {"colorize"},
        "tcvc weights ": {"import", "list", "path", "verify"},
        "tcvc colorize fi": {"film.mkv", "films"},
        "tcvc colorize film.mkv --lossl": {"--lossless"},
        "tcvc colorize --out-dir fi": {"films"},
        "tcvc-pipe --sat": {"--saturation"},
        "tcvc-pipe --device cu": {"cuda"},
        "tcvc-pipe --confidence fi": {"film.mkv", "films"},
    }.items():
        assert completed(script, words, tmp_path) == offered, words


@pytest.mark.parametrize("shell", cli.completion.SHELLS)
def test_every_shell_gets_both_programs(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(re.search(rf"\b{word}\b", script) for word in ("colorize", "raw"))  # one of tcvc, one of tcvc-pipe
