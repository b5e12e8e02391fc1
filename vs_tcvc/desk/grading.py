"""The parts of a look that have controls of their own: its preset and its warmth. The rest stays as it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vs_tcvc.references.looks import PRESETS

_PRESET = re.compile(rf"\s*({'|'.join(PRESETS)})\s*(?:,|$)")
_WARMTH = re.compile(r"(?:^|,)\s*warmth\s+([-+]?[0-9]*\.?[0-9]+)\s*(?=,|$)")


@dataclass(frozen=True)
class Grading:
    """A look. preset: "" if it names none. warmth: -1 to 1. rest: its other adjustments."""

    preset: str = ""
    warmth: float = 0.0
    rest: str = ""

    @classmethod
    def of(cls, look: str) -> Grading:
        """The parts of a valid look."""
        warmths = _WARMTH.findall(look)
        rest = _WARMTH.sub("", look).strip(" ,")
        preset = _PRESET.match(rest)
        rest = rest[preset.end() :].strip(" ,") if preset else rest
        return cls(preset[1] if preset else "", float(warmths[-1]) if warmths else 0.0, rest)

    @property
    def look(self) -> str:
        """The look again; "" if it changes nothing and names no preset."""
        warmth = f"warmth {self.warmth:g}" if self.warmth else ""
        return ", ".join(part for part in (self.preset, self.rest, warmth) if part)
