"""Jobs: what hosts write is read back field by field, and what does not fit is refused by name."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_tcvc.errors import UsageError
from vs_tcvc.sequences.job import Job, PaintedReference, key_of

MINIMAL = {"protocol": 1, "plate": "p.%04d.exr", "result": "r.%04d.exr", "first": 1001, "last": 1010}
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="%#\0"), max_size=12)


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    first = draw(st.integers(-100, 10_000))
    last = draw(st.integers(first, first + 500))
    inside = st.integers(first, last)
    painted = st.builds(PaintedReference, inside, WORDS, WORDS)
    cuts = st.lists(inside, min_size=1, max_size=4).map(lambda frames: ",".join(map(str, frames)))
    return Job(
        plate=draw(WORDS) + "p%04d.exr", result=draw(WORDS) + "r####.exr", first=first, last=last,
        frames=draw(st.just(()) | st.tuples(inside, inside).map(sorted).map(tuple)),
        output=draw(st.sampled_from(["chroma", "beauty"])), cuts=draw(st.sampled_from(["auto", "none"]) | cuts),
        references=tuple(draw(st.lists(painted, max_size=3, unique_by=lambda each: each.frame))),
        colorspace=draw(WORDS), ocio=draw(WORDS), exposure=draw(st.floats(-20, 20)),
        settings=draw(st.fixed_dictionaries({}, optional={"size": st.just(96), "device": st.just("cpu")})),
        id=draw(WORDS), cancel=draw(WORDS),
    )  # fmt: skip


@given(jobs())
def test_every_field_goes_through_json_and_back(job: Job) -> None:
    assert Job.from_dictionary(json.loads(json.dumps(job.to_dictionary()))) == job


def test_a_job_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    path.write_text(json.dumps({**MINIMAL, "references": [{"frame": 1004, "path": "ä b.png"}]}), encoding="utf-8")
    job = Job.read(path)
    assert job.references == (PaintedReference(1004, "ä b.png"),)
    assert job.plate_of(1004) == Path("p.1004.exr")
    assert job.wanted() == range(1001, 1011)


@pytest.mark.parametrize(
    ("pattern", "frame", "name"),
    [("a.%04d.exr", 7, "a.0007.exr"), ("a.####.exr", 7, "a.0007.exr"), ("a%d.exr", 12, "a12.exr"),
     ("a_##.exr", 1001, "a_1001.exr"), ("a.%04d.exr", -3, "a.-003.exr"), ("a.@@@@.exr", 7, "a.0007.exr"),
     ("a.$F4.exr", 7, "a.0007.exr"), ("a$F.exr", -3, "a-3.exr"), ("me@home.$5.####.exr", -3, "me@home.$5.-003.exr")],
)  # fmt: skip
def test_frames_have_the_numbers_that_hosts_give_them(pattern: str, frame: int, name: str) -> None:
    job = Job(plate=pattern, result="r.%04d.exr", first=-5, last=2000)
    assert job.plate_of(frame) == Path(name)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"protocol": 2}, "protocol: expected 1; host and worker are of different versions, got 2"),
        ({"speed": 3}, "speed: expected one of plate, .* got an unknown key"),
        ({"plate": 3}, "plate: expected text, got 3"),
        ({"plate": "p.exr"}, "plate: expected a name with one place for the frame's number"),
        ({"result": "p.%04d.exr"}, "result: expected another name than the plate's"),
        ({"result": "p.$F4.exr"}, "result: expected another name than the plate's"),
        ({"last": 1000}, r"last: expected a frame from first \(1001\) on, got 1000"),
        ({"first": True}, "first: expected a whole number, got True"),
        ({"last": 10**9}, "last: expected a clip of at most 1000000 frames, got 1000000000"),
        ({"plate": "p\0.%04d.exr"}, r"plate: expected text that can be a name, got 'p\\x00.%04d.exr'"),
        ({"result": "r\ud800.%04d.exr"}, r"result: expected text that can be a name, got 'r\\ud800.%04d.exr'"),
        ({"cancel": "a\0"}, "cancel: expected text that can be a name"),
        ({"references": [{"frame": 1001, "path": "\0"}]}, "references: expected text that can be a name"),
        ({"settings": {"weights": "\ud800"}}, r"weights: expected FILE, got '\\ud800'"),
        ({"frames": [1001, 1011]}, r"frames: expected \[first, last\] within 1001 to 1010"),
        ({"frames": [1002]}, "frames: expected"),
        ({"output": "png"}, "output: expected chroma or beauty, got png"),
        ({"exposure": 21}, "exposure: expected -20 to 20 stops, got 21"),
        ({"cuts": "1001,99"}, "cuts: expected frames of the clip, 1001 to 1010, got 1001,99"),
        ({"cuts": "reel.edl"}, "cuts: expected auto, none, or first frames of shots"),
        ({"references": [{"frame": 1}]}, "references: expected objects like"),
        ({"references": [{"frame": 1, "path": "a"}]}, "references: expected frames of the clip, 1001 to 1010, got 1"),
        ({"references": [{"frame": 1001, "path": "a"}] * 2}, "references: expected one picture for a frame"),
        ({"settings": {"size": 3}}, "size: expected 64 to 1024, got 3"),
        ({"settings": {"sise": 3}}, "no option is named 'sise'"),
        (
            {"settings": {"bits": "10"}},
            "bits 10: a job has no such option; pictures keep their channels",
        ),
        ({"settings": {"matrix": "601"}}, "matrix 601: .* no such option; .* name their colour space with colorspace"),
        ({"settings": {"use_props": 0}}, "use_props 0: .* list the first frames of shots in cuts"),
        ({"settings": {"confidence": "c.y4m"}}, r"confidence: expected off \| on, got 'c.y4m'"),
        ({"settings": {"confidence": "on"}, "output": "beauty"}, "confidence: expected output chroma, .* got beauty"),
        ({"settings": {"cuts": "none"}}, "settings.cuts: expected the job's own key cuts, got it among the settings"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    path = tmp_path / "job.json"
    path.write_text(json.dumps({**MINIMAL, **change}))
    with pytest.raises(UsageError) as caught:
        Job.read(path)
    told = caught.value.sentence(key_of)
    assert re.match(f"{re.escape(str(path))}: {sentence}", told)


def test_a_job_that_does_not_exist_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"job\.json: expected a job in JSON, got no such file$"):
        Job.read(tmp_path / "job.json")


@pytest.mark.parametrize("key", ["plate", "result", "first", "last"])
def test_what_has_no_default_must_be_given(key: str) -> None:
    with pytest.raises(UsageError, match=f"{key}: expected a value, got none"):
        Job.from_dictionary({name: value for name, value in MINIMAL.items() if name != key})


@pytest.mark.parametrize("text", ["", "[]", "{", "3", "[" * 100_000, '{"a":' * 100_000])
def test_a_file_that_is_no_job_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "job.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="expected"):
        Job.read(path)


def test_cuts_are_counted_from_the_first_frame() -> None:
    job = Job.from_dictionary({**MINIMAL, "cuts": "1001, 1004;1007"})
    assert job.core_settings().cuts == "0,3,6"


def test_every_field_is_written() -> None:
    written = Job.from_dictionary(MINIMAL).to_dictionary()
    assert {*written} == {"protocol", *(each.name for each in fields(Job))}
