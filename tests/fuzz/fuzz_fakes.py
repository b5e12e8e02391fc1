"""Readers that break the law, each in one way: what the fuzzers must find."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path

from fuzz_target import Target

from vs_tcvc.errors import UsageError


def obey(content: bytes, file: Path) -> None:
    if content.startswith(b"b"):
        raise UsageError("expected anything but b")


def raise_another_error(content: bytes, file: Path) -> None:
    raise KeyError(content)


def be_wrong(content: bytes, file: Path) -> None:
    assert not content


class TalkativeError(UsageError):
    def __str__(self) -> str:
        return "two\nlines"


def say_too_much(content: bytes, file: Path) -> None:
    raise TalkativeError


def hang(content: bytes, file: Path) -> None:
    time.sleep(1000)


def take_memory(content: bytes, file: Path) -> None:
    bytearray(2**36)


def crash(content: bytes, file: Path) -> None:
    ctypes.string_at(0)


def fall_at_a_word(content: bytes, file: Path) -> None:
    """Only who sees how far an input comes ever gets there."""
    if content[:1] == b"T" and content[1:2] == b"C" and content[2:3] == b"V" and content[3:4] == b"C":
        raise KeyError("tcvc")


FAKES = {
    each.__name__: Target(each, (b"seed",), slowest=2)
    for each in (obey, raise_another_error, be_wrong, say_too_much, hang, take_memory, crash, fall_at_a_word)
}
