"""A contact sheet of clips, to be looked at: a row for everyone who coloured a clip, a column for every frame shown."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.errors import UsageError
from vs_tcvc.picture.srgb_codes import Codes, codes_from_rgb

SHOWN = (0, 10, 20, 40)
"""Frames, counted from 0, that a sheet has of a clip."""

LINES = 144
STRIP = 20
_ORDER = ("truth", "ours", "result", "flow")


def small(rgb: Array) -> Codes:
    """R'G'B' (3, H, W), 0 to 1, as a picture of `LINES` lines."""
    codes = codes_from_rgb(rgb)
    width = max(1, round(LINES * codes.shape[1] / codes.shape[0]))
    return np.asarray(cv2.resize(codes, (width, LINES), interpolation=cv2.INTER_AREA), np.uint8)


def contact_sheet(clips: Mapping[str, Mapping[str, Mapping[int, Codes]]]) -> bytes:
    """A JPEG of small pictures by clip, by who coloured it, by frame; UsageError for more than a JPEG holds."""
    rows = [
        _row(f"{name}: {who}", clip[who]) for name, clip in clips.items() for who in _ORDER if who in clip
    ]  # fmt: skip
    width = max(row.shape[1] for row in rows)
    sheet = np.concatenate([np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows])
    if max(sheet.shape) >= 2**16:
        raise UsageError(f"{len(clips)} clips are more than a JPEG holds", option="sheet", remedy="name fewer")
    return bytes(cv2.imencode(".jpg", sheet[..., ::-1])[1])


def _row(label: str, pictures: Mapping[int, Codes]) -> Codes:
    """Pictures side by side, below a strip that tells `label` and their frames."""
    row = np.concatenate(list(pictures.values()), axis=1)
    strip = np.zeros((STRIP, row.shape[1], 3), np.uint8)
    text = f"{label}, frames {', '.join(map(str, pictures))}"
    cv2.putText(strip, text, (4, STRIP - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255,) * 3)
    return np.concatenate([strip, row])
