"""What a film that was written lacks of its source: found by reading both headers, whatever the container's rules are.

Tags of the old file itself, as of the program that wrote it or of its bytes, are left out on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from av.container import InputContainer
from av.stream import Disposition, Stream

from ffmpeg_filters.stream_facts import is_picture
from vs_tcvc.errors import TcvcError

_OF_THE_FILE = re.compile(
    "encoder|encoded_by|(?:duration|bps|number_of_.*)(?:-...)?|creation_time|modification_date|software|major_brand|minor_version|compatible_brands"
    "|(?:_statistics|company|product|application|toolkit)_.*|operational_pattern_ul"
    "|.*[ug]u?id|.*package_(?:umid|name)|vendor_id|source_id",
    re.IGNORECASE,
)
_HANDLER = re.compile(r"(?:Video|Sound|Subtitle|Data|TimeCode)Handler|.*Media Handler", re.IGNORECASE)
_NO_LANGUAGE = ("und", "")
_PLAYED = Disposition.default | Disposition.attached_pic
_QUICKTIME = {
    "bod": "tib", "cym": "wel", "cze": "ces", "deu": "ger", "ell": "gre", "eus": "baq", "fas": "per", "fre": "fra",
    "hye": "arm", "isl": "ice", "kat": "geo", "mkd": "mac", "msa": "may", "mya": "bur", "nld": "dut", "rum": "ron",
    "slo": "slk", "sqi": "alb", "zho": "chi",
}  # fmt: skip
"""Languages (ISO 639-2) that have two codes, and the one that QuickTime's list has."""


def kept(metadata: Mapping[str, str], container: str = "") -> dict[str, str]:
    """Metadata that describes the film, not its file, with languages as the container spells them."""
    found = {name: value for name, value in metadata.items() if not _OF_THE_FILE.fullmatch(name)}
    if container == "mov" and "language" in found:
        found["language"] = _QUICKTIME.get(found["language"], found["language"])
    return found


def left_behind(
    source: InputContainer, pairs: Sequence[tuple[Stream, Stream]], result: InputContainer, container: str
) -> Iterator[str]:
    """What the result lacks, as words. pairs: streams of the source with their copies in the result, the film first.

    container: FFmpeg's name of the result's format.
    """
    timecodes = {name: value for each in result.streams for name, value in each.metadata.items() if name == "timecode"}
    yield from _lost_tags(kept(source.metadata), {**timecodes, **result.metadata}, "")
    for stream, copy in pairs:
        which = f" of stream {stream.index}"
        yield from _lost_tags(kept(stream.metadata, container), {**timecodes, **copy.metadata}, which)
        lost = stream.disposition & ~copy.disposition & ~_PLAYED
        yield from (f'the mark "{each.name}"{which}' for each in Disposition if each & lost and each.name)
    if chapters := len(source.chapters()) - len(result.chapters()):
        yield f"{chapters} chapters"
    covers = sum(is_picture(each) for each in source.streams)
    held = sum(is_picture(each) or each.type == "attachment" for each in result.streams)
    if held < covers:
        yield "the cover picture"


def _lost_tags(before: Mapping[str, str], after: Mapping[str, str], which: str) -> Iterator[str]:
    there = {name.lower(): value for name, value in after.items()}
    for name, value in before.items():
        is_empty = value in _NO_LANGUAGE or (name == "handler_name" and _HANDLER.fullmatch(value))
        if not is_empty and there.get(name.lower()) != value:
            yield f"the tag {name}{which}"


def check_length(film: Stream, frames: int, where: str) -> None:
    """Raise TcvcError if a film of a constant rate has fewer frames than were given to it: MXF ends with the sound."""
    held = film.frames or film.duration or frames
    if held < frames:
        remedy = "give it sound as long as the picture, or write another container"
        raise TcvcError(f"it would hold {held} of {frames} frames", where=where, remedy=remedy)
