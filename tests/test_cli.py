"""The command `tcvc`: every subcommand explains itself; weights are listed, verified and located."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from ffmpeg_filters import pipe, y4m
from vs_tcvc import cli, weights


@pytest.mark.parametrize("command", ["", *(each.__name__.rpartition(".")[2] for each in cli.COMMANDS)])
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
    for action, words in (("list", "compact"), ("verify", "whole"), ("path", str(weights.SHIPPED))):
        assert cli.main(["weights", action]) == 0
        assert words in capsys.readouterr().out


def test_the_demo_writes_a_film_in_colour_and_a_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.demo, "SHOT_FRAMES", 2)
    assert cli.main(["demo", "--out", str(tmp_path)]) == 0
    with (tmp_path / "colour.y4m").open("rb") as file:
        frames = list(y4m.Reader(file))
    assert len(frames) == 2 * len(cli.demo.SHOTS)
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet is not None
    assert sheet.shape == (2 * cli.demo.HEIGHT, 2 * cli.demo.WIDTH, 3)
    half = cli.demo.HEIGHT // 2
    gray, colour = sheet[:half].astype(int), sheet[half : 2 * half].astype(int)
    assert abs(gray[..., 0] - gray[..., 2]).max() == 0
    assert abs(colour[..., 0] - colour[..., 2]).mean() > 2
