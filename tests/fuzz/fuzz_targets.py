"""The readers that are fuzzed: one entry of TARGETS each."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from random import Random

import cv2
import numpy as np
import project_files
from fuzz_target import Target
from fuzz_y4m import check, damaged_stream, mutated_streams
from safetensors.numpy import save as to_safetensors

from ffmpeg_filters.pipe import parser as pipe_parser
from vs_tcvc.arguments import from_arguments
from vs_tcvc.cuts.cut_list import CutList, Rates
from vs_tcvc.cuts.edl import read_edl
from vs_tcvc.cuts.lists import read_file
from vs_tcvc.cuts.otio import read_timeline
from vs_tcvc.errors import TcvcError, UsageError
from vs_tcvc.networks.weights_file import WeightsFile, load
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.references.foreign_model import format_of, sidecar_of
from vs_tcvc.references.looks import parse
from vs_tcvc.references.painted import parse_reference, read_reference
from vs_tcvc.sequences.done_frames import DoneFrames
from vs_tcvc.sequences.image_file import read_picture
from vs_tcvc.sequences.job import Job
from vs_tcvc.settings import PIPE, Settings, options

DEEP = 100_000
"""Brackets in brackets: more than any parser's stack."""
LAUGHS = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (n, n, b", ".join([b"*%c" % (n - 1)] * 9)) for n in range(ord("b"), ord("m"))
)
"""YAML of a few bytes that stands for gigabytes of text."""


def read_y4m(content: bytes, file: Path) -> None:
    check(content)


def mutate_y4m(content: bytes, random: Random) -> bytes:
    return damaged_stream(random, random.random() < 0.5) if random.random() < 0.5 else content


def are_cuts(found: CutList) -> None:
    for cuts in (found.starts, found.through):
        assert list(cuts) == sorted({*cuts}), found
    assert all(0 <= cut < 2**63 for cut in (*found.starts, *found.through)), found
    assert not {*found.starts} & {*found.through}, found
    assert all(0 <= start < end for start, end in found.dissolves), found
    assert all(found.remarks), found


def read_edit(content: bytes, file: Path) -> None:
    """The first line is the rate."""
    rate, _, text = content.decode("utf-8", "replace").partition("\n")
    are_cuts(read_edl(text, Rates.of("reel.edl", rate)))


def read_cuts(content: bytes, file: Path) -> None:
    """A list of any program but OTIO's, which another program reads."""
    file.write_bytes(content.replace(b"OTIO_SCHEMA", b"OTIO"))
    are_cuts(read_file(str(file), Fraction(24000, 1001)))


def read_otio(content: bytes, file: Path) -> None:
    path = file.with_suffix(".otio")
    path.write_bytes(content)
    are_cuts(read_timeline(path, Rates("film.otio")))


def read_job(content: bytes, file: Path) -> None:
    file.write_bytes(content)
    job = Job.read(file)
    assert Job.from_dictionary(json.loads(json.dumps(job.to_dictionary()))) == job
    assert job.core_settings().reference == ()
    assert job.first <= job.wanted()[0] <= job.wanted()[-1] <= job.last
    assert job.result_of(job.first) != job.plate_of(job.first)


def read_record(content: bytes, file: Path) -> None:
    """Lines of a record of a job whose frame 2 has a result, which no line of another run makes count."""
    result = file.parent / "c.0002.png"
    job = Job(str(file.parent / "p.%04d.png"), str(file.parent / "c.%04d.png"), 1, 3)
    (file.parent / ".c._04d.png.1-3.jsonl").write_bytes(content)
    result.write_bytes(b"picture")
    done = DoneFrames(job, lambda _: "key")
    assert not any(map(done.is_done, job.wanted()))
    done.add(2, 1)
    again = DoneFrames(job, lambda _: "key")
    assert [frame for frame in job.wanted() if again.is_done(frame)] == [2]


def read_look(content: bytes, file: Path) -> None:
    look = parse(content.decode("utf-8", "replace"))
    lightness = np.linspace(0, 100, 12, dtype=np.float32).reshape(3, 4)
    ab = np.stack([np.linspace(-90, 90, 12), np.linspace(60, -100, 12)]).reshape(2, 3, 4).astype(np.float32)
    assert np.isfinite(look.apply(lightness, ab)).all()
    gray = look.apply(lightness, np.zeros_like(ab))
    assert (gray == 0).all(), gray


def read_sidecar(content: bytes, file: Path) -> None:
    sidecar_of(file).write_bytes(content)
    found, _ = format_of(file, (None, None))
    lightness = np.linspace(0, 100, 64, dtype=np.float32).reshape(8, 8)
    assert found.seen(lightness).shape == (1, found.channels[0], 8, 8)
    assert np.isfinite(found.ab(np.zeros((found.channels[1], 8, 8), np.float32))).all()
    assert min(found.seen_size(216, 384)) > 0


def read_options(content: bytes, file: Path) -> None:
    """Lines of `name=value`, as settings and as flags of the pipe."""
    lines = content.decode("utf-8", "surrogateescape").split("\n")
    values: Mapping[str, str] = dict(line.partition("=")[::2] for line in lines if "=" in line)
    settings = Settings.from_mapping(values)
    assert Settings.from_mapping(asdict(settings)) == settings
    for option in options():
        assert option.read(getattr(settings, option.name)) == getattr(settings, option.name)
    parse(settings.look)
    for reference in settings.reference:
        parse_reference(reference)
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in values.items() if name != "trust_model"]
    try:
        from_arguments(pipe_parser().parse_args(flags), PIPE)
    except SystemExit:  # argparse has said why
        raise UsageError("unknown words") from None


def read_picture_file(content: bytes, file: Path) -> None:
    """A plate, and a painted reference."""
    file.write_bytes(content)
    with suppress(TcvcError):
        picture = read_picture(file, "frame 1")
        assert picture.pixels.ndim == 3
        assert picture.rgb.shape == (*picture.pixels.shape[:2], 3)
    reference = read_reference(file, 0, Canvas((4, 3), (64, 48), "601"))
    assert reference.ab.shape == (2, 48, 64)
    assert np.isfinite(reference.ab).all()
    assert np.isfinite(reference.lightness).all()


def mutate_picture(content: bytes, random: Random) -> bytes:
    """The checksums of a PNG are those of its mutated chunks, so that a reader goes on."""
    if content[:8] != PNG[:8]:
        return content
    made, place = [content[:8]], 8
    while place + 12 <= len(content):
        length = min(struct.unpack_from(">I", content, place)[0], len(content) - place - 12)
        body = content[place + 4 : place + 8 + length]
        made.append(struct.pack(">I", length) + body + struct.pack(">I", zlib.crc32(body)))
        place += 12 + length
    return b"".join(made)


def read_weights(content: bytes, file: Path) -> None:
    """Weights of ours, and a checkpoint of torch; what begins with { gets its length before it and a body."""
    from vs_tcvc.networks.compact.checkpoint import _settings
    from vs_tcvc.networks.published.checkpoint import read as read_checkpoint

    if content[:1] == b"{":
        header = content + b" " * (-len(content) % 8)
        content = struct.pack("<Q", len(header)) + header + bytes(64)
    file.write_bytes(content)
    with suppress(TcvcError):
        read_checkpoint(file)
    arrays, metadata = load(WeightsFile(file), "compact", 2)
    assert all(array.nbytes <= len(content) for array in arrays.values())
    _settings(metadata, file)


def picture(ending: str) -> bytes:
    return bytes(cv2.imencode(ending, np.arange(36, dtype=np.uint8).reshape(3, 4, 3) * 7)[1])


PNG = picture(".png")
JOB = {"protocol": 1, "plate": "p.%04d.exr", "result": "c.%04d.exr", "first": 1, "last": 9}
EVENT = b"24\nTITLE: x\nFCM: NON-DROP FRAME\n001  A V C 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00\n"
DISSOLVE = b"002  B V D 012 00:00:00:00 00:00:02:00 01:00:01:00 01:00:03:00\n* FROM CLIP NAME: a\n"
TRACK = """{"OTIO_SCHEMA": "Timeline.1", "name": "x", "global_start_time": null, "tracks": {"OTIO_SCHEMA": "Stack.1",
"name": "tracks", "children": [{"OTIO_SCHEMA": "Track.1", "kind": "Video", "name": "V1", "children": [%s]}]}}"""
CLIP = """{"OTIO_SCHEMA": "Clip.2", "name": "%s", "source_range": %s, "media_references": {},
"active_media_reference_key": "DEFAULT_MEDIA"}"""
RANGE = """{"OTIO_SCHEMA": "TimeRange.1", "start_time": {"OTIO_SCHEMA": "RationalTime.1", "rate": %s, "value": 0.0},
"duration": {"OTIO_SCHEMA": "RationalTime.1", "rate": %s, "value": %s}}"""
METADATA = {"network": "compact", "version": "2", "settings": '{"temperature": 1}'}


def job(**keys: object) -> bytes:
    return json.dumps(JOB | keys).encode()


def clip(rate: str = "24.0", value: str = "48.0") -> bytes:
    return (TRACK % (CLIP % ("a", RANGE % (rate, rate, value)))).encode()


def weights(settings: str) -> bytes:
    body = {"dtype": "F32", "shape": [16], "data_offsets": [0, 64]}
    return json.dumps({"__metadata__": METADATA | {"settings": settings}, "w": body}).encode()


TARGETS: Mapping[str, Target] = {
    "y4m": Target(read_y4m, (*mutated_streams(40, 1),), (b"FRAME", b"\n", b" ", b"C420p10", b"Cmono"), mutate_y4m),
    "edl": Target(
        read_edit,
        (EVENT, EVENT + DISSOLVE, b"1e99999999" + EVENT[2:], b"24/0" + EVENT[2:], b"nan" + EVENT[2:],
         EVENT.replace(b"01:00:01:00", b"9" * 5000 + b":00:01:00"), EVENT.replace(b"01", b"\x00"),
         b"30\n" + EVENT[3:].replace(b"NON-DROP", b"DROP").replace(b"0:00\n", b"0;02\n")),
        (b"FCM: DROP FRAME", b"001 ", b" V ", b" C ", b" D 012 ", b"00:00:59:29", b"00;01;00;02", b"\n"),
    ),
    "cuts": Target(
        read_cuts,
        (b"0,48,120", b"frame,time\n0,1\n48,2\n", b"999999999", b"\x00", b"\xed\xa0\x80", b"# x\n1; 2",
         b"0 47\n48 99\n",
         "0\n48\n".encode("utf-16"), b"\xff\xfe\x00", EVENT[3:], EVENT[3:] + DISSOLVE, b"=== V1 ===\n" + EVENT[3:],
         b"* CREATED WITH PYSCENEDETECT 0.6\n" + EVENT[3:], b"0 I -1\n48 K\n60 P 3\n",
         b"# keyframe format v1\nfps 0\n7\n",
         b"# XviD 2pass stat file\n\ni 2\np 3\ni 4\n", b"Start,End,Name\n0,2.5,a\n2.5,,\n", b"0:00.0\t0:02.5\ta\n",
         b"Timecode List:,00:00:02.000\nScene Number,Start Frame,End Frame,Length (frames)\n1,1,48,48\n2,49,90,42\n",
         b"<table><tr><th>Start Frame</th></tr><tr><td>1</td></tr></table>", b"<?xml?><mlt/>", b"[" * DEEP, b"[0, 48]",
         b'{"scenes": [{"start_frame": 0, "end_frame": 48}], "frames": 48}', b'{"scenes": [[0, 47], [48, 90]]}',
         b"{cutSegments: [{start: 0, end: 2.5, name: 'a',}, {start: 1e999},],}"),
        (b"frame", b",", b";", b"#", b"\n", b"-1", b"\xd9\xa1", b"0.5", b"1e9", b"00:00:02.000", b'"', b"'", b" I -1\n",
         b"Start", b"start_frame", b"<td>", b"NaN", b"}", b"]", b"\r", b"001 A V C "),
    ),
    "otio": Target(
        read_otio,
        (clip(), clip("0.0"), clip("Infinity"), clip("24.0", "NaN"), clip("24.0", "1e300"), clip("-24.0"),
         (TRACK % (CLIP % ("a", "null"))).encode(), (TRACK % "").encode(), b"[" * DEEP, b"{}", b"\x00", b"\xff"),
        (b"null", b"NaN", b"Infinity", b"1e308", b"-1", b'"OTIO_SCHEMA"', b'"Transition.1"', b'"Gap.1"', b'"Stack.1"'),
        slowest=150,  # it ends a process that reads for two minutes
    ),
    "job": Target(
        read_job,
        (job(), job(first=-5, frames=[1, 2], settings={"size": 64}), job(last=10**9), job(last=10**30), b"[" * DEEP,
         job(references=[{"frame": 1, "path": "a.png"}]), job(plate="p\0.%04d.exr"), job(result="\udc80.%04d.exr"),
         job(settings={"cuts": []}), job(exposure=float("nan")), job(cuts="1,2"), b'{"protocol": ' + b"9" * 5000 + b"}",
         b"\xff\xfe{}", b'{"a":' * DEEP, job(references=[{"\ud800": 1}])),
        (b'"first"', b'"last"', b'"frames"', b'"settings"', b"%04d", b"####", b"1e999", b"\\ud800", b"null", b"NaN"),
    ),
    "record": Target(
        read_record,
        (b'{"frame": 2, "key": "k", "from": 1, "to": 2, "plates": "p", "result": [7, 1]}\n', b"\xff\xfe", b"[" * DEEP,
         b'{"frame": [], "key": 1}', b'{"frame": 2, "from": 0, "to": 999999999999, "result": [0, 0]}', b"7\nnull\n\x00",
         b'{"frame": 2.0}', b'{"frame": ' + b"9" * 5000 + b"}", b'{"frame": NaN, "from": true, "to": -1e999}'),
        (b'"frame"', b'"from"', b'"to"', b'"result"', b"null", b"[7, 1]", b"1e999", b"\n"),
    ),
    "looks": Target(
        read_look,
        (b"vivid, warmth 0.2, shadows 20, hue 300-360: saturation 0.8 shift 10", b"300:360|0.8,0.1", b"rose|+20,0",
         b"saturation nan", b"hue .-.: shift 1", b"skin 0", b"saturation 1_0", b",", b"", b"red,red" * 500 + b"|1,1",
         b"hue 0-360: saturation 10, " * 200 + b"saturation 4"),
        (b"warmth ", b"hue ", b": saturation ", b" shift ", b"devibrance ", b"|", b"e9", b".", b"nan", b"blue-violet"),
    ),
    "sidecar": Target(
        read_sidecar,
        (b"preset: ddcolor", b"preset: deoldify\ninput_range: [0, 255]\noutput_range: [0, 255]\n", LAUGHS,
         b"input: L\ninput_range: [-1, 1]\nsize: multiple-of-32\noutput: ab\nab_scale: 110\n", b"[" * 5000,
         b"!!timestamp x", b"!!bool x", b"preset: ddcolor\nsize: 0x", b"? [a]\n: b", b"\xff", b"\x00",
         b"preset: ddcolor\nab_scale: .nan", b"preset: ddcolor\nsize: " + b"9" * 5000, b"&a [*a]",
         b"{&a b: *a, <<: *a}"),
        (b"preset: ", b"input: ", b"input_range: ", b"size: ", b"output: ", b"!!python/name:os.system", b"*a", b"&a ",
         b".inf", b"1e999", b"multiple-of-", b"imagenet", b"<<: "),
    ),
    "options": Target(
        read_options,
        (b"size=64\ncuts=auto\nlook=vivid", b"threads=1e99999999", b"size=" + b"9" * 5000, b"device=cuda:\xd9\xa1",
         b"saturation=nan", b"cut_threshold=1_0", b"reference=a\0@1", b"weights=\xed\xa0\x80", b"trust_model=yes",
         b"reference=" + b"@" * 5000 + b"1"),
        tuple(f"{option.name}=".encode() for option in options()),
    ),
    "reference": Target(
        read_picture_file,
        (*map(picture, (".png", ".tif", ".jpg", ".bmp", ".webp", ".ppm", ".gif")), b"", PNG[:40],
         PNG[:16] + b"\x7f\xff\xff\xff" * 2 + PNG[24:], b"P6 99999999 99999999 255\n", b"BM" + b"\xff" * 60),
        (b"IHDR", b"IDAT", b"PLTE", b"tRNS", b"iCCP", b"\xff\xd8", b"RIFF", b"WEBP", b"II*\x00", b"BM"), mutate_picture,
    ),
    "weights": Target(
        read_weights,
        (to_safetensors({"w": np.ones((2, 2), np.float16)}, METADATA), b"\xff" * 7 + b"\x7f{}", b"", b"PK\x03\x04",
         b'{"w":{"dtype":"F32","shape":[16],"data_offsets":[0,64]}}', weights('{"temperature": 1}'),
         weights("[" * DEEP),
         weights('{"temperature": ' + "9" * 500 + "}"), weights('{"temperature": 1e999, "offset": "nan"}'),
         b'{"w":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}', b"\x80\x02}q\x00."),
        (b'"dtype"', b'"shape"', b'"data_offsets"', b'"F16"', b'"BF16"', b'"__metadata__"', b'"settings"', b"null"),
        loads=("vs_tcvc.networks.compact.checkpoint", "vs_tcvc.networks.published.checkpoint"),  # and with them torch
    ),
    "project": Target(project_files.read_project, (project_files.FILM.encode(), project_files.LAYOUTS.encode()),
                      project_files.WORDS),
}  # fmt: skip
"""Every reader, by the name of its input."""
