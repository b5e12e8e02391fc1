"""A file of a few bytes that claims gigabytes costs every reader one sentence and no memory.

All readers run in one program, whose address space may grow by less than any of the claims.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from vs_tcvc.picture.size_limits import MAX_PIXELS, MAX_SAMPLES, claimed_size, is_too_large

SIDE = 100_000
GROWTH = 2**30

PROGRAM = r"""
import resource, sys
from pathlib import Path
from ffmpeg_filters.decoder import open_source
from ffmpeg_filters import y4m
from vs_tcvc.datasets.films import FilmFile
from vs_tcvc.datasets.pictures import find_stills
from vs_tcvc.cuts.rules import from_settings
from vs_tcvc.errors import TcvcError
from vs_tcvc.networks.published.checkpoint import read
from vs_tcvc.networks.weights_file import WeightsFile, load
from vs_tcvc.references.foreign_model import format_of
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.references.painted import read_reference
from vs_tcvc.sequences.image_file import read_picture
from vs_tcvc.sequences.job import Job
from vs_tcvc.settings import Settings

def film(path):
    with open_source(path, Settings(), print) as source:
        return list(source.pictures())

READERS = {
    "painted": lambda path: read_reference(path, 0, Canvas((64, 48), (64, 48), "601")),
    "plate": lambda path: read_picture(path, "frame 1"),
    "film": film,
    "footage": lambda path: list(FilmFile("film", path).read()),
    "stills": lambda path: [each.read() for each in find_stills(path)],
    "y4m": lambda path: list(y4m.Reader(path.open("rb"))),
    "weights": lambda path: load(WeightsFile(path), "compact", 2),
    "checkpoint": read,
    "sidecar": lambda path: format_of(path, (None, None)),
    "job": Job.read,
    "cuts": lambda path: from_settings(Settings(cuts=str(path))),
}

def address_space():
    # its peak so far, in bytes: also of what was asked for and never touched
    return int(Path("/proc/self/status").read_text().partition("VmPeak:")[2].split()[0]) * 1024

most = address_space() + int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (8 * most,) * 2)
for line in sys.stdin:
    name, reader, path = line.rstrip("\n").split("\t")
    before = max(most, address_space())
    try:
        READERS[reader](Path(path))
        outcome = "it was read"
    except TcvcError as error:
        outcome = f"refused: {error}"
    except BaseException as error:
        outcome = repr(error)
    if address_space() > before:
        outcome = f"took {address_space() - most} bytes too many; {outcome}"
    print(name, outcome, sep="\t", flush=True)
"""


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, bits: int = 16) -> bytes:
    """A PNG of that size, gray, that ends early."""
    head = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1 + width * bits // 8))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bmp(width: int, height: int) -> bytes:
    """A BMP of that size, run-length coded, that is one colour."""
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, 2, 0, 0, 1, 0)
    return b"BM" + struct.pack("<IHHI", 60, 0, 0, 58) + head + b"\x80\x80\x80\x00" + b"\x00\x01"


def exr(folder: Path) -> bytes:
    """An EXR whose data window claims that size."""
    import OpenImageIO as oiio

    name = str(folder / "small.exr")
    file = oiio.ImageOutput.create(name)
    assert file
    file.open(name, oiio.ImageSpec(4, 4, 3, "half"))
    file.write_image(np.zeros((4, 4, 3), np.float32))
    file.close()
    window, claim = struct.pack("<4i", 0, 0, 3, 3), struct.pack("<4i", 0, 0, SIDE - 1, SIDE - 1)
    return Path(name).read_bytes().replace(window, claim)


def packed_zip(path: Path, name: str, data: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return path


def packed_checkpoint(folder: Path) -> Path:
    """Weights as torch.save writes them, but packed."""
    torch.save({"w": torch.zeros(2**20)}, folder / "plain.pth")
    with zipfile.ZipFile(folder / "plain.pth") as plain:
        content = {each: plain.read(each) for each in plain.namelist()}
    with zipfile.ZipFile(folder / "packed.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return folder / "packed.pth"


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
SAFETENSORS = b'{"w":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}'
BOMBS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "painted PNG": ("painted", lambda folder: write(folder / "p.png", png(SIDE, SIDE))),
    "painted BMP": ("painted", lambda folder: write(folder / "p.bmp", bmp(30_000, 30_000))),
    "painted flat": ("painted", lambda folder: write(folder / "p.png", png(2**20, 2**7))),
    "plate PNG": ("plate", lambda folder: write(folder / "p.png", png(20_000, 20_000))),
    "plate BMP": ("plate", lambda folder: write(folder / "p.bmp", bmp(30_000, 30_000))),
    "plate EXR": ("plate", lambda folder: write(folder / "p.exr", exr(folder))),
    "film of pictures": ("film", lambda folder: write(folder / "pictures" / "p1.png", png(12_000, 12_000)).parent),
    "film Y4M": ("film", lambda folder: write(folder / "f.y4m", b"YUV4MPEG2 W32000 H32000 F24:1 C444p16\nFRAME\n")),
    "film still": ("film", lambda folder: write(folder / "f.png", png(12_000, 12_000))),
    "footage": ("footage", lambda folder: write(folder / "f.png", png(12_000, 12_000))),
    "stills": ("stills", lambda folder: write(folder / "pictures" / "p.png", png(SIDE, SIDE)).parent),
    "stills in a zip": ("stills", lambda folder: packed_zip(folder / "p.zip", "p.bmp", bmp(30_000, 30_000))),
    "a zip of zeros": ("stills", lambda folder: packed_zip(folder / "p.zip", "p.bmp", bytes(MAX_SAMPLES + 1))),
    "pipe": ("y4m", lambda folder: write(folder / "f", b"YUV4MPEG2 W999999999 H999999999 F24:1\nFRAME\n")),
    "weights' header": ("weights", lambda folder: write(folder / "w", b"\xff" * 7 + b"\x7f{}")),
    "weights' shape": (
        "weights",
        lambda folder: write(folder / "w", struct.pack("<Q", len(SAFETENSORS)) + SAFETENSORS),
    ),
    "checkpoint": ("checkpoint", packed_checkpoint),
    "sidecar": ("sidecar", lambda folder: write(folder / "m.onnx.yaml", LAUGHS.encode()).with_suffix("")),
    "job without end": ("job", lambda folder: Path("/dev/zero")),
    "cuts without end": ("cuts", lambda folder: Path("/dev/zero")),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What one program says of every bomb, by its name; a crash leaves out those that follow."""
    lines = []
    for name, (reader, make) in BOMBS.items():
        lines.append(f"{name}\t{reader}\t{make(tmp_path_factory.mktemp('bomb'))}\n")
    command = [sys.executable, "-c", PROGRAM, str(GROWTH)]
    done = subprocess.run(command, input="".join(lines), capture_output=True, text=True, timeout=120, check=False)
    said = [line.partition("\t") for line in done.stdout.splitlines()]
    return {name: outcome for name, _, outcome in said} | {"": done.stderr}


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited and measured on Linux")
@pytest.mark.parametrize("name", BOMBS)
def test_a_claim_is_refused_before_memory_is_taken(name: str, outcomes: dict[str, str]) -> None:
    outcome = outcomes.get(name, outcomes[""])
    assert outcome.startswith("refused: ")
    assert len(outcome) < 1000


@pytest.mark.parametrize("size", [(MAX_PIXELS, 1), (8192, 8192), (4096, 2160)])
def test_a_picture_within_the_limits_is_not_too_large(size: tuple[int, int]) -> None:
    assert not is_too_large(*size)
    assert is_too_large(size[0], MAX_PIXELS // size[0] + 1)
    assert is_too_large(*size, channels=MAX_SAMPLES // (size[0] * size[1]) + 1)


@pytest.mark.parametrize("ending", [".png", ".jpg", ".tif", ".bmp", ".webp", ".jp2", ".ppm"])
def test_the_claim_is_that_of_the_picture_which_is_decoded(ending: str, tmp_path: Path) -> None:
    content = bytes(cv2.imencode(ending, np.zeros((48, 64, 3), np.uint8))[1])
    assert claimed_size(content) == claimed_size(write(tmp_path / "named_otherwise", content)) == (64, 48, 3)


def test_no_picture_claims_nothing() -> None:
    assert claimed_size(b"") is None
    assert claimed_size(b"no picture") is None
