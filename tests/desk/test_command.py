"""The command `tcvc desk` as a person starts it: its address, its end, and what it says where it cannot begin."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from project_films import project_of, write_film

from vs_tcvc import cli
from vs_tcvc.desk import server
from vs_tcvc.project import document

SHOTS = [(1, 6), (2, 5)]
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)\n")


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film, its project, and another film without one."""
    folder = tmp_path_factory.mktemp("films")
    film = write_film(folder / "film.mkv", SHOTS)
    document.write(project_of(film, SHOTS, "AB"))
    shutil.copy(film, folder / "other.mkv")
    return folder


@contextmanager
def desk(*words: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The command, at work; it is ended if a test did not."""
    command = [sys.executable, "-m", "vs_tcvc", "desk", "--no-browser", *words]
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder)}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def address_of(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Port and token that the command prints once it is ready."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = ADDRESS.fullmatch(line)
    assert found, line
    return int(found[1]), found[2]


def page(port: int, path: str, cookie: str = "") -> tuple[int, str, str]:
    """Status, cookie and text of an answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"cookie": cookie})
    answer = connection.getresponse()
    text = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, answer.headers.get("set-cookie", ""), text


def test_it_serves_a_project_to_who_has_the_token_until_ctrl_c(films: Path) -> None:
    before = (films / "film.tcvc.yaml").read_bytes()
    with desk("film.tcvc.yaml", folder=films) as process:
        port, token = address_of(process)
        assert page(port, "/")[0] == 403
        status, cookie, _ = page(port, f"/?token={token}")
        assert status == 303
        for path in ("/", "/shot/1", "/render"):
            status, _, text = page(port, path, cookie)
            assert (status, "film.mkv" in text) == (200, True)
        for path in ("/thumbnail/1", "/frame/0?width=480"):
            assert page(port, path, cookie)[0] == 200
        for path in (
            "/docs",
            "/openapi.json",
            "/film.tcvc.yaml",
            "/.tcvc/film.tcvc.yaml.index",
            "/static/%2e%2e/keys.py",
        ):
            assert "tcvc: 1" not in page(port, path, cookie)[2]
            assert page(port, path)[0] == 403
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)
        assert process.returncode == 130
        assert said[1].splitlines()[-1] == "tcvc desk: interrupted"
        assert "Traceback" not in said[1]
    assert (films / "film.tcvc.yaml").read_bytes() == before
    assert not (films / ".nicegui").exists()


def test_of_a_film_the_project_beside_it_is_used_or_made(films: Path) -> None:
    with desk("other.mkv", folder=films) as process:
        port, token = address_of(process)
        assert page(port, f"/?token={token}")[0] == 303
        process.send_signal(signal.SIGINT)
        assert "other.tcvc.yaml" in process.communicate(timeout=30)[1]
    made = document.read(films / "other.tcvc.yaml")
    assert made.project.film.path == "other.mkv"
    with desk("other.mkv", folder=films) as process:
        address_of(process)
        process.send_signal(signal.SIGINT)
        assert "shot" not in process.communicate(timeout=30)[1]
    assert document.read(films / "other.tcvc.yaml").project == made.project


def said_of(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = cli.main(["desk", "--no-browser", *words])
    out, err = capsys.readouterr()
    assert out == ""
    return code, err


def test_without_nicegui_one_sentence_says_what_to_install(
    films: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nicegui", None)
    for name in [name for name in sys.modules if name.startswith("vs_tcvc.desk")]:
        monkeypatch.delitem(sys.modules, name)
    code, said = said_of(capsys, str(films / "film.tcvc.yaml"))
    assert (code, said) == (2, "tcvc desk: the desk needs NiceGUI; pip install '.[desk]' in the checkout\n")


@pytest.mark.parametrize("name", ["none.tcvc.yaml", "none.mkv"])
def test_what_is_not_there_is_told_in_a_sentence(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = said_of(capsys, str(tmp_path / name))
    assert code
    assert name in said
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_told_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with server.listen(server.LOCAL, 0) as listening:
        port = str(listening.getsockname()[1])
        code, said = said_of(capsys, str(tmp_path / "none.mkv"), "--port", port)
    assert code == 2
    assert f"127.0.0.1:{port}" in said
    assert "choose another --host or --port" in said
