"""Which channels are the picture: names as Nuke, Blender, renderers and scanners give them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_tcvc.sequences.picture_channels import find_picture

NAMES = st.text("RGBAYZNXV.beautydepth", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("parts", "names", "part", "channels"),
    [
        (["RGBA"], [""], 0, (0, 1, 2)),
        (["ABGR"], [""], 0, (3, 2, 1)),
        (["YA"], [""], 0, (0,)),
        (["YAZ"], [""], 0, (0,)),
        ([["A", "B", "G", "R", "albedo.R", "albedo.G", "albedo.B"]], [""], 0, (3, 2, 1)),
        ([["diffuse.R", "diffuse.G", "diffuse.B", "beauty.R", "beauty.G", "beauty.B"]], [""], 0, (3, 4, 5)),
        ([["Y", "diffuse.R", "diffuse.G", "diffuse.B"]], [""], 0, (0,)),
        ([["L.Depth.Z", "L.Combined.B", "L.Combined.G", "L.Combined.R"]], [""], 0, (3, 2, 1)),
        ([["N.X", "N.Y", "N.Z", "beauty.Y"]], [""], 0, (3,)),
        (["Z", "RGB"], ["depth", "beauty"], 1, (0, 1, 2)),
        (["RGB", "RGB"], ["specular", "rgba"], 1, (0, 1, 2)),
        (["RGB", "RGB"], ["first", "second"], 0, (0, 1, 2)),
        ([["channel0", "channel1", "channel2", "channel3"]], [""], 0, (0, 1, 2)),
        ([["infrared"]], [""], 0, (0,)),
    ],
)  # fmt: skip
def test_the_picture_is_found_by_names(
    parts: Sequence[Sequence[str]], names: Sequence[str], part: int, channels: tuple[int, ...]
) -> None:
    found = find_picture(parts, names)
    assert found
    assert (found.part, found.channels) == (part, channels)


@pytest.mark.parametrize("channels", [["A", "Z"], ["Z"], ["N.X", "N.Y", "N.Z"], ["A"], ["u", "v"], []])
def test_depth_alpha_and_vectors_are_no_picture(channels: list[str]) -> None:
    assert find_picture([channels]) is None


@given(st.lists(st.lists(NAMES, max_size=8), max_size=3))
def test_what_is_found_lies_in_its_part(parts: list[list[str]]) -> None:
    found = find_picture(parts)
    if found:
        assert all(0 <= index < len(parts[found.part]) for index in found.channels)
        assert len({*found.channels}) == len(found.channels) in (1, 3)
