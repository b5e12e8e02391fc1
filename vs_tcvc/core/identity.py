"""One key for everything that determines a colour: resume, store and farm compare only this key.

It is the SHA-256 of values, not of files or clocks: equal values give equal keys on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

ALGORITHM = 4
"""Version of the arithmetic between a frame and its colour. A change that alters pixels increments it, so old results
are rendered again instead of being mixed with new ones. (2: colour leaves the network in sixteenths. 3: a guessed first
frame is as sure as its guess. 4: a painted picture of another frame guides by likeness; colour profiles are read.)"""


def identity(*values: Any) -> str:
    """The key of these values, 64 hex digits.

    Values are None, booleans, numbers, text, bytes, arrays, and tuples, lists, sets, mappings and dataclasses of them;
    arrays count by dtype, shape and bytes, dataclasses by class name and compared fields, mappings and sets in any
    order. Raises TypeError for anything else.
    """
    digest = hashlib.sha256()
    for part in _parts(values):
        digest.update(part)
    return digest.hexdigest()


def _parts(value: Any) -> Iterator[bytes]:
    """Bytes that only equal values share: each begins with its kind and its length."""
    if isinstance(value, np.ndarray):
        yield f"array {value.dtype.str} {value.shape} ".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif is_dataclass(value) and not isinstance(value, type):
        named = {each.name: getattr(value, each.name) for each in fields(value) if each.compare}
        yield f"{type(value).__name__} ".encode()
        yield from _parts(named)
    elif isinstance(value, Mapping):
        yield f"mapping {len(value)} ".encode()
        for key in sorted(value, key=repr):
            yield from _parts((key, value[key]))
    elif isinstance(value, (set, frozenset)):
        yield from _parts(tuple(sorted(value, key=repr)))
    elif isinstance(value, (tuple, list)):
        yield f"sequence {len(value)} ".encode()
        for each in value:
            yield from _parts(each)
    elif isinstance(value, bytes):
        yield f"bytes {len(value)} ".encode()
        yield value
    elif value is None or isinstance(value, (bool, int, float, str)):
        text = repr(value).encode()
        yield f"{type(value).__name__} {len(text)} ".encode()
        yield text
    else:
        raise TypeError(f"a value of {type(value).__name__} has no identity")
