"""One fuzzer, in this process: `python tests/fuzz/fuzz_one.py TARGET FOLDER SECONDS SEED`."""

from __future__ import annotations

import faulthandler
import re
import shutil
import sys
import tempfile
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

from fuzz_target import Target

GROWTH = 3 * 2**30
"""Bytes by which the address space may grow."""
LONGEST = 4096
"""Bytes of an input; those of past faults may be longer."""

HAS_ATHERIS = find_spec("atheris") is not None


def main(name: str, folder: Path, seconds: float, seed: int) -> None:
    """Try the inputs of past faults, then others for some seconds. A finding ends the process with a code above 0."""
    faulthandler.enable()
    with tempfile.TemporaryDirectory() as scratch, _instrumented():
        file = Path(scratch) / "input"
        target = _target(name)
        for module in target.loads:
            import_module(module)
        _limit_memory()
        _replay(target, file)
        if not HAS_ATHERIS:
            print("only inputs of past faults were tried: there is no Atheris for this system")
        elif seconds > 0:
            _fuzz(target, file, _folders(target, name, folder), seconds, seed)


def _instrumented() -> AbstractContextManager[Any]:
    """In the block the product's modules are imported so that it is seen which of their lines run."""
    if not HAS_ATHERIS:
        return nullcontext()
    import atheris

    instrumented: AbstractContextManager[Any] = atheris.instrument_imports(
        include=["vs_tcvc", "ffmpeg_filters", "fuzz_fakes"]
    )
    return instrumented


def _target(name: str) -> Target:
    from fuzz_fakes import FAKES
    from fuzz_targets import TARGETS

    return {**TARGETS, **FAKES}[name]


def _limit_memory() -> None:
    """Let allocations beyond GROWTH fail; where the system cannot, the time limit remains."""
    if sys.platform == "linux":
        import resource

        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + GROWTH, resource.RLIM_INFINITY))


def _replay(target: Target, file: Path) -> None:
    for number, content in enumerate(target.seeds):
        faulthandler.dump_traceback_later(target.slowest, exit=True)
        try:
            try_input(target, content, file)
        except BaseException:
            print(f"input {number} of past faults: {content[:500]!r}")
            raise
        faulthandler.cancel_dump_traceback_later()
    print(f"inputs of past faults: {len(target.seeds)}", flush=True)


def try_input(target: Target, content: bytes, file: Path) -> None:
    """The law: a right value, or the project's own error, of one short line."""
    from vs_tcvc.errors import TcvcError

    try:
        target.read(content, file)
    except TcvcError as error:
        text = str(error)
        assert text, "an error without words"
        assert len(text) < 3000, f"an error of {len(text)} characters: {text[:300]}"
        assert "\n" not in text, f"an error of several lines: {text[:300]}"


def _folders(target: Target, name: str, folder: Path) -> list[str]:
    """libFuzzer's arguments about files: corpus, findings, dictionary."""
    corpus, findings = folder / "corpus" / name, folder / "findings"
    for each in (corpus, findings):
        each.mkdir(parents=True, exist_ok=True)
    for content in target.seeds:
        if len(content) <= LONGEST:
            (corpus / sha256(content).hexdigest()).write_bytes(content)
    words = folder / f"{name}.words"
    words.write_text("".join(f'"{_quoted(word)}"\n' for word in target.words))
    return [str(corpus), f"-artifact_prefix={findings}/{name}-", *([f"-dict={words}"] if target.words else [])]


def _quoted(word: bytes) -> str:
    return "".join(chr(each) if re.match(rb"[\w .:-]", bytes([each])) else f"\\x{each:02x}" for each in word)


def _fuzz(target: Target, file: Path, folders: list[str], seconds: float, seed: int) -> None:
    import atheris

    def mutate(content: bytes, most: int, seed: int) -> bytes:
        assert target.mutate
        return target.mutate(atheris.Mutate(content, len(content)), Random(seed))[:most]

    limits = [
        f"-max_total_time={max(1, round(seconds))}",
        f"-timeout={target.slowest}",
        f"-max_len={LONGEST}",
        f"-seed={seed}",
    ]
    quiet = ["-rss_limit_mb=0", "-print_final_stats=1", "-verbosity=0"]  # memory is limited already
    own = {"custom_mutator": mutate} if target.mutate else {}
    atheris.Setup([sys.argv[0], *folders, *limits, *quiet], lambda content: try_input(target, content, file), **own)
    try:
        atheris.Fuzz()
    finally:
        shutil.rmtree(file.parent, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
