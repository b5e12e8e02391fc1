"""What a job never does: overwrite what it reads, disown what a killed job made, begin what cannot end."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from jobs import FIRST, FRAMES, StopsAfter, do, job, progressed, results, write_plates

from vs_tcvc.errors import UsageError
from vs_tcvc.runtime.events import ignore
from vs_tcvc.sequences import done_frames, worker
from vs_tcvc.sequences.events import ProtocolLines
from vs_tcvc.sequences.image_file import read_picture, write_picture
from vs_tcvc.sequences.job import Job, PaintedReference


def kill_before_its_line(wanted: Job) -> None:
    """The record as it is if the job was killed after its last picture got its name."""
    (record,) = (path for path in Path(wanted.result).parent.iterdir() if path.suffix == ".jsonl")
    lines = record.read_text().splitlines(keepends=True)
    record.write_text("".join(lines[:-1]))


def test_a_result_whose_line_a_kill_prevented_is_known_to_be_ours_and_made_again(tmp_path: Path) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in"))
    do(wanted)
    kill_before_its_line(wanted)
    assert done_frames.DoneFrames(wanted, lambda _: "").is_known(FIRST + FRAMES - 1)
    assert progressed(do(wanted)[1]) == [FIRST + FRAMES - 1]


FOREIGN_LINES = (
    b"\xff\xfe\x00", b"[" * 100_000, b'{"frame": [1]}', b'{"begun": [1]}', b'{"begun": "ab"}', b"null", b'{"frame": 1',
)  # fmt: skip


@pytest.mark.parametrize("damage", FOREIGN_LINES)
def test_lines_that_no_job_wrote_count_as_none(tmp_path: Path, damage: bytes) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in", frames=2), last=FIRST + 1)
    do(wanted)
    (record,) = (tmp_path / "out").glob("*.jsonl")
    record.write_bytes(damage + b"\n" + record.read_bytes() + damage)
    assert progressed(do(wanted)[1]) == []


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="links are followed")
def test_a_record_is_not_written_through_a_link(tmp_path: Path) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in", frames=2), last=FIRST + 1)
    do(wanted)
    (record,) = (tmp_path / "out").glob("*.jsonl")
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine")
    record.unlink()
    record.symlink_to(precious)
    code, events = do(wanted)
    assert (code, precious.read_bytes()) == (worker.FAILED, b"mine")
    assert "the record of done frames cannot be written" in events[-1]["msg"]


def test_a_record_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in", frames=2), last=FIRST + 1)
    do(wanted, StopsAfter(1))
    (record,) = (tmp_path / "out").glob("*.jsonl")
    record.unlink()
    record.mkdir()
    code, events = do(wanted)
    assert (code, len(results(wanted))) == (worker.FAILED, 1)
    assert "the record of done frames cannot be read (Is a directory)" in events[-1]["msg"]


def test_names_of_250_bytes_are_made_and_resumed(tmp_path: Path) -> None:
    name = "c" * (250 - len(".%04d.exr") - len("1001") + len("%04d")) + ".%04d.exr"
    wanted = job(tmp_path, write_plates(tmp_path / "in", frames=2), last=FIRST + 1, result=str(tmp_path / "out" / name))
    assert do(wanted)[0] == worker.DONE
    assert len(wanted.result_of(FIRST).name) == 250
    assert progressed(do(wanted)[1]) == []


PLATES_BY_OTHER_NAMES = {
    "digits": lambda folder: folder / "plate.%d.exr",
    "hashes": lambda folder: folder / "plate.####.exr",
    "through a folder": lambda folder: folder / ".." / folder.name / "plate.%04d.exr",
    "through a link": lambda folder: folder.parent / "link" / "plate.%04d.exr",
    "linked": lambda folder: folder.parent / "linked" / "c.%04d.exr",
    "one hard link": lambda folder: folder.parent / "hard" / "c.%04d.exr",
}


@pytest.mark.parametrize("spelled", PLATES_BY_OTHER_NAMES)
def test_no_result_is_a_plate_under_whatever_name(tmp_path: Path, spelled: str) -> None:
    plate = write_plates(tmp_path / "in", frames=3)
    (tmp_path / "link").symlink_to(tmp_path / "in")
    (tmp_path / "linked").mkdir()
    (tmp_path / "hard").mkdir()
    for number in range(FIRST, FIRST + 3):
        (tmp_path / "linked" / f"c.{number}.exr").symlink_to(plate % number)
    os.link(plate % (FIRST + 1), tmp_path / "hard" / f"c.{FIRST + 2}.exr")
    before = [Path(plate % number).read_bytes() for number in range(FIRST, FIRST + 3)]

    def read() -> Job:
        result = str(PLATES_BY_OTHER_NAMES[spelled](tmp_path / "in"))
        return job(tmp_path, plate, last=FIRST + 2, result=result)

    said = io.StringIO()
    assert worker.work(read, ProtocolLines(said), Event()) == worker.FAILED
    assert re.search(
        "another name than the plate's|this file is also read, so it is never overwritten", said.getvalue()
    )
    assert [Path(plate % number).read_bytes() for number in range(FIRST, FIRST + 3)] == before


def test_no_result_is_a_reference(tmp_path: Path) -> None:
    plate, painted = write_plates(tmp_path / "in", frames=2), tmp_path / "out" / f"chroma.{FIRST + 1}.exr"
    painted.parent.mkdir()
    painted.write_bytes(Path(plate % FIRST).read_bytes())
    before = painted.read_bytes()
    wanted = job(tmp_path, plate, last=FIRST + 1,
                 references=(PaintedReference(FIRST, str(painted), "scene_linear"),))  # fmt: skip
    code, events = do(wanted)
    assert (code, painted.read_bytes()) == (worker.FAILED, before)
    assert f"{painted}: this file is also read" in events[-1]["msg"]


@pytest.mark.parametrize(("output", "name"), [("beauty", "c.%04d.xyz"), ("chroma", "c.%04d.png")])
def test_results_of_a_kind_that_cannot_be_written_are_refused_before_work_begins(
    tmp_path: Path, output: str, name: str
) -> None:
    plate = write_plates(tmp_path / "in", frames=2)
    with pytest.raises(UsageError, match="result: expected"):
        worker.Work(job(tmp_path, plate, last=FIRST + 1, output=output, result=str(tmp_path / "out" / name)), ignore)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("sample", [np.nan, np.inf])
def test_a_sample_that_is_no_number_stays_in_its_place(tmp_path: Path, sample: float) -> None:
    plate = write_plates(tmp_path / "in", frames=3)
    wanted = job(tmp_path, plate, last=FIRST + 2, output="beauty")
    picture = read_picture(wanted.plate_of(FIRST + 1), "")
    picture.pixels[20, 30, :3] = sample
    write_picture(wanted.plate_of(FIRST + 1), picture)
    assert do(wanted)[0] == worker.DONE
    strange = [~np.isfinite(read_picture(wanted.result_of(frame), "").rgb).all(axis=-1) for frame in wanted.wanted()]
    assert [np.argwhere(each).tolist() for each in strange] == [[], [[20, 30]], []]


def test_a_missing_plate_hinders_only_jobs_that_need_it(tmp_path: Path) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in"), frames=(FIRST + 2, FIRST + 3))
    wanted.plate_of(FIRST + 6).unlink()
    assert do(wanted)[0] == worker.DONE
    wanted.plate_of(FIRST).unlink()
    code, events = do(wanted)
    assert code == worker.FAILED
    assert f"frame {FIRST}: expected a picture" in events[-1]["msg"]


class Deaf(io.StringIO):
    """A host that is gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


def test_a_job_goes_on_when_its_host_is_gone(tmp_path: Path) -> None:
    wanted = job(tmp_path, write_plates(tmp_path / "in", frames=3), last=FIRST + 2)
    assert worker.work(lambda: wanted, ProtocolLines(Deaf(), openjd=True), Event()) == worker.DONE
    assert len(results(wanted)) == 3
