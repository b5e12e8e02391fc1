"""tcvc doctor: a line for each thing, faults found where they are, exit 0 only when colour really comes out."""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ffmpeg_filters import pipe
from vs_tcvc.backends import onnx, openvino
from vs_tcvc.cli import doctor
from vs_tcvc.cli.doctor import ABSENT, BROKEN, CHECKS, OK, Check, Finding
from vs_tcvc.networks import weights_file
from vs_tcvc.runtime import host_files


def run(*arguments: str) -> int:
    """The command's exit code."""
    parser = argparse.ArgumentParser()
    doctor.add_to(parser.add_subparsers())
    parsed = parser.parse_args(["doctor", *arguments])
    return int(parsed.run(parsed))


def found(name: str) -> Finding:
    return next(check for check in CHECKS if check.name == name).finding()


def raising(error: BaseException) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def without(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `import module` fail as it does where it is not installed."""
    monkeypatch.setitem(sys.modules, module, None)


def test_here_all_that_is_needed_is_there_one_aligned_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CHECKS)
    for line, check in zip(lines, CHECKS, strict=True):
        assert line[:4] in ("ok  ", "--  ")
        assert line[4:].startswith(check.name + " ")
        assert line[4 + max(len(check.name) for check in CHECKS) :].startswith("  ")
    assert lines[-1].endswith("3 frames coloured, their luma kept exactly")


def test_json_holds_the_same_findings(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CHECKS", CHECKS[:1])
    assert run("--json") == 0
    version = ".".join(map(str, sys.version_info[:3]))
    finding = {"name": "Python", "state": OK, "text": version, "remedy": ""}
    assert json.loads(capsys.readouterr().out) == {"ok": True, "findings": [finding]}


@pytest.mark.parametrize(("is_needed", "code"), [(True, 1), (False, 0)])
def test_an_unexpected_exception_is_a_finding_and_only_what_is_needed_fails(
    is_needed: bool, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    check = Check("thing", raising(RuntimeError("it broke\nin two")), is_needed, "glue it")
    monkeypatch.setattr(doctor, "CHECKS", (check,))
    assert run() == code
    state = BROKEN if is_needed else ABSENT
    assert capsys.readouterr().out.split("  ", 1)[0] == state
    assert check.finding() == Finding("thing", state, "RuntimeError: it broke", "glue it")


def test_exit_0_means_that_color_came_out(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CHECKS", CHECKS[-1:])
    monkeypatch.setattr(pipe, "colorize_stream", raising(RuntimeError("CUDA error: out of memory")))
    assert run() == 1
    assert capsys.readouterr().out.startswith("!!  colouring ")


def test_luma_that_is_not_kept_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    film = doctor._film()
    monkeypatch.setattr(pipe, "colorize_stream", lambda reader, sink, *_: sink.write(film[:-1] + b"\0") and 3)
    finding = found("colouring")
    assert (finding.state, finding.text) == (BROKEN, "luma was changed")


@pytest.mark.parametrize(
    ("version", "state", "word"),
    [
        ((3, 10, 9), BROKEN, "too old"), ((3, 11, 0), OK, ""), ((3, 12, 0), OK, "gh-119585"),
        ((3, 12, 3), OK, "gh-119585"), ((3, 12, 4), OK, ""), ((3, 14, 0), OK, ""),
    ],
)  # fmt: skip
def test_pythons_that_crash_are_noted(version: tuple[int, int, int], state: str, word: str) -> None:
    finding = doctor.python("Python", version)
    assert finding.state == state
    assert word in finding.text
    assert bool(finding.remedy) == bool(word)


@pytest.mark.parametrize(
    ("module", "name", "state"), [("torch", "torch", BROKEN), ("av", "PyAV", BROKEN), ("torch", "GPU", ABSENT)]
)
def test_a_library_that_is_missing_is_named(
    module: str, name: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(module, monkeypatch)
    finding = found(name)
    assert finding.state == state
    assert module in finding.text
    assert finding.remedy


def test_damaged_weights_are_found_by_their_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "compact.safetensors").write_bytes(b"damaged")
    (tmp_path / "SHA256SUMS").write_text("0" * 64 + "  compact.safetensors\n")
    monkeypatch.setattr(weights_file, "SHIPPED", tmp_path)
    finding = found("weights")
    assert finding.state == BROKEN
    assert "expected SHA-256 000" in finding.text
    (tmp_path / "SHA256SUMS").unlink()
    assert "missing" in found("weights").text


def test_gpus_are_listed_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: ("Small", "Large")[index])
    assert found("GPU").text.startswith("cuda:0 Small, cuda:1 Large")


def test_what_auto_becomes_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert "there is no GPU" in found("--device auto").text
    monkeypatch.setattr(openvino, "problem", lambda: "it is not installed; pip install openvino")
    assert found("--device auto").text == (
        "cpu (torch, fp32, 2 threads): there is no GPU, and OpenVINO is not used: it is not installed; "
        "pip install openvino"
    )


def test_onnx_runtime_is_told_with_what_it_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert re.fullmatch(r"[0-9.]+, .*CPU", found("ONNX Runtime").text)
    monkeypatch.setattr(onnx, "find_spec", lambda name: None)
    absent = found("ONNX Runtime")
    assert (absent.state, absent.text) == (ABSENT, "it is not installed; pip install '.[onnx]' in the checkout")


def test_an_ffmpeg_is_looked_for_on_path_and_then_in_imageio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    brought = found("ffmpeg")
    assert (brought.state, "imageio_ffmpeg" in brought.text) == (OK, True)
    assert "not on PATH" in brought.remedy
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    assert (found("ffmpeg").state, found("ffmpeg").text) == (ABSENT, "not on PATH")
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\necho ffmpeg version 7.1 Copyright\n")
    program.chmod(0o755)
    assert found("ffmpeg") == Finding("ffmpeg", OK, f"7.1, {program}")
    program.write_text("#!/bin/sh\nexit 1\n")
    assert (found("ffmpeg").state, found("ffmpeg").remedy) == (ABSENT, "for pipes install it again")


def test_an_empty_folder_called_vapoursynth_is_not_vapoursynth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vapoursynth", types.ModuleType("vapoursynth"))
    assert found("VapourSynth").state == ABSENT


@pytest.mark.skipif(sys.version_info < (3, 12), reason="VapourSynth needs Python 3.12")
def test_the_vapoursynth_filter_must_be_built_from_the_source_that_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("core.tcvc").state == OK
    assert found("core.tcvc").text.endswith(f"source {host_files.plugin_hash()}")
    monkeypatch.setattr(host_files, "plugin_hash", lambda: "0123456789abcdef")
    stale = found("core.tcvc")
    assert (stale.state, stale.remedy[:7]) == (BROKEN, "install")
    assert "was built from other source" in stale.text


def test_the_vapoursynth_filter_waits_for_vapoursynth(monkeypatch: pytest.MonkeyPatch) -> None:
    without("vapoursynth", monkeypatch)
    assert found("core.tcvc") == Finding("core.tcvc", ABSENT, "needs VapourSynth")


def test_a_folder_that_cannot_be_written_is_told_and_does_not_stop_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", raising(PermissionError(13, "Permission denied")))
    for name in ("temporary folder", "current folder"):
        finding = found(name)
        assert (finding.state, bool(finding.remedy)) == (ABSENT, True)
        assert "Permission denied" in finding.text
