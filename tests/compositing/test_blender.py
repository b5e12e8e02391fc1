"""Blender's compositor, a host that is not ours, reads what the worker bakes, by number, and changes no value.

Not among the tests of `make test`, since bpy takes a gigabyte: pip install -e .[test,blender], then pytest -m blender
(Python 3.13 alone).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from jobs import FIRST, do, job, write_plates

from vs_tcvc.core.frame import Array
from vs_tcvc.sequences import worker
from vs_tcvc.sequences.color_space import PlateSpace
from vs_tcvc.sequences.image_file import read_picture

pytestmark = pytest.mark.blender

FRAMES = range(FIRST, FIRST + 4)
SATURATION = 0.5

COMP = """
import json
import sys

import bpy

folder, first, last, weights, saturation = json.loads(sys.argv[1])
bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
scene.frame_start, scene.frame_end = first, last
tree = scene.compositing_node_group = bpy.data.node_groups.new("comp", "CompositorNodeTree")


def read(name):
    node = tree.nodes.new("CompositorNodeImage")
    node.image = bpy.data.images.load(f"{folder}/{name}.{first:04d}.exr")
    node.image.source = "SEQUENCE"
    node.image.colorspace_settings.name = "Non-Color"
    node.frame_start, node.frame_offset, node.frame_duration = first, first - 1, last - first + 1
    return node.outputs["Image"]


def write(socket, name, depth):
    node = tree.nodes.new("CompositorNodeOutputFile")
    node.format.media_type, node.format.file_format, node.format.color_depth = "IMAGE", "OPEN_EXR", depth
    node.directory, node.file_name = f"{folder}/blender", ""
    node.file_output_items.new("RGBA", f"{name}.")
    tree.links.new(socket, node.inputs[0])


def math(operation, *values):
    node = tree.nodes.new("ShaderNodeVectorMath")
    node.operation = operation
    for value, socket in zip(values, [each for each in node.inputs if each.enabled], strict=True):
        if isinstance(value, bpy.types.NodeSocket):
            tree.links.new(value, socket)
        else:
            socket.default_value = value
    return next(each for each in node.outputs if each.enabled)


chroma = read("out/chroma")
write(chroma, "chroma", "16")
write(read("out/beauty"), "beauty", "16")
ones = (1, 1, 1)
colour = math("SUBTRACT", math("DIVIDE", chroma, math("DOT_PRODUCT", chroma, weights)), ones)
factor = math("ADD", math("SCALE", colour, saturation), ones)
write(math("SCALE", factor, math("DOT_PRODUCT", read("in/plate"), weights)), "joined", "32")
bpy.ops.render.render(animation=True)
"""
"""What a compositor sets up: both sequences as they are, and Y * (1 + s * (c / (w . c) - 1))."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """in/plate, out/chroma and out/beauty as the worker left them; blender/ with what Blender made of them."""
    assert find_spec("bpy"), "expected Blender as a module, found none; pip install -e .[blender] with Python 3.13"
    path = tmp_path_factory.mktemp("comp")
    plate = write_plates(path / "in", frames=len(FRAMES))
    for output in ("chroma", "beauty"):
        result = str(path / "out" / f"{output}.%04d.exr")
        assert do(job(path, plate, last=FRAMES[-1], output=output, result=result))[0] == worker.DONE
    told = json.dumps([str(path), FRAMES[0], FRAMES[-1], PlateSpace().weights.tolist(), SATURATION])
    own_home = {**os.environ, "HOME": str(path)}  # Blender keeps settings and shaders there
    done = subprocess.run([sys.executable, "-c", COMP, told], env=own_home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return path


def pixels(folder: Path, name: str, frame: int) -> Array:
    return read_picture(folder / f"{name}.{frame}.exr", "").pixels


@pytest.mark.parametrize("output", ["chroma", "beauty"])
def test_blender_writes_the_pixels_that_it_read_under_their_numbers(folder: Path, output: str) -> None:
    written = [path.name for path in sorted((folder / "blender").glob(f"{output}.*"))]
    assert written == [f"{output}.{frame}.exr" for frame in FRAMES]
    for frame in FRAMES:
        before, after = (pixels(folder, f"{place}/{output}", frame) for place in ("out", "blender"))
        assert np.array_equal(after[..., : before.shape[-1]], before)  # to chroma Blender adds an alpha


def test_light_above_1_and_below_0_comes_through(folder: Path) -> None:
    light = np.stack([pixels(folder, "blender/beauty", frame)[..., :3] for frame in FRAMES])
    assert light.min() < 0
    assert light.max() > 1


def test_nodes_of_blender_join_plate_and_chroma_as_we_do(folder: Path) -> None:
    """1e-6: float32 in another order of operations."""
    scene = PlateSpace()
    for frame in FRAMES:
        plate, chroma, joined = (
            pixels(folder, name, frame)[..., :3] for name in ("in/plate", "out/chroma", "blender/joined")
        )
        luminance = scene.luminance(plate)[..., None]
        expected = luminance + SATURATION * (scene.joined(plate, chroma) - luminance)
        np.testing.assert_allclose(joined, expected, rtol=0, atol=1e-6)
