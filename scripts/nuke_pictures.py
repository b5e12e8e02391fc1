"""Draws the icon of the Nuke node (SVG, and PNG from the same shapes) and the graph inside it, for docs/nuke.md.

python scripts/nuke_pictures.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from nuke_node import NODES, Node

ROOT = Path(__file__).parents[1]
ICON = 24  # units of SHAPES
SHAPES = (  # left, top, width, height, colour: a frame of film, gray on the left and coloured on the right
    (1, 3, 22, 18, "#1e1e1e"),
    (4, 7, 8, 10, "#b4b4b4"),
    (12, 7, 8, 5, "#5aa0d8"),
    (12, 12, 8, 5, "#d89040"),
    *((left, top, 2, 2, "#e6e6e6") for left in (3, 8, 13, 18) for top in (4, 18)),
)
PAPER, INK, BOX = (255, 255, 255), (40, 40, 40), (150, 50)
FILLS = {"Input": (225, 225, 225), "Output": (225, 225, 225), "Read": (200, 225, 200), "Write": (190, 215, 245)}


def svg() -> str:
    """The icon."""
    shapes = "".join(
        f'\n <rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{fill}"/>' for x, y, w, h, fill in SHAPES
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {ICON} {ICON}">{shapes}\n</svg>\n'


def icon(size: int) -> Any:
    """The icon (size, size, 4) BGRA."""
    picture = np.zeros((size, size, 4), np.uint8)
    for x, y, width, height, fill in SHAPES:
        left, top, right, bottom = (round(at * size / ICON) for at in (x, y, x + width, y + height))
        picture[top:bottom, left:right] = [*bytes.fromhex(fill[1:])[::-1], 255]
    return picture


def graph() -> Any:
    """The nodes where the script puts them, with arrows from their inputs (H, W, 3) BGR."""
    places = {node.name: _place(node) for node in NODES}
    width, height = np.max(list(places.values()), axis=0) + np.array(BOX) // 2 + 20
    picture = np.full((height, width, 3), PAPER, np.uint8)
    for node in NODES:
        for index, name in enumerate(node.inputs):
            shift = (index * 2 - len(node.inputs) + 1) * 18
            start, end = places[name] + (0, BOX[1] // 2), places[node.name] + (shift, -BOX[1] // 2)
            cv2.arrowedLine(
                picture,
                start.tolist(),
                end.tolist(),
                INK,
                1,
                cv2.LINE_AA,
                tipLength=8 / float(np.hypot(*(end - start))),
            )
    for node in NODES:
        corner = places[node.name] - np.array(BOX) // 2
        cv2.rectangle(picture, [*corner.tolist(), *BOX], FILLS.get(node.kind, (215, 235, 250)), cv2.FILLED)
        cv2.rectangle(picture, [*corner.tolist(), *BOX], INK, 1)
        for line, text in enumerate((node.name, node.kind)):
            at = (corner + np.array([10, 21 + 20 * line])).tolist()
            cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5 - 0.08 * line, INK, 1, cv2.LINE_AA)
    return picture


def _place(node: Node) -> Any:
    """The middle of a node's box, in pixels."""
    left, top = np.min([each.at for each in NODES], axis=0)
    return np.array([node.at[0] - left, node.at[1] - top]) + np.array(BOX) // 2 + 20


if __name__ == "__main__":
    (ROOT / "nuke" / "icons" / "TCVC.svg").write_text(svg())
    cv2.imwrite(str(ROOT / "nuke" / "icons" / "TCVC.png"), icon(96))
    cv2.imwrite(str(ROOT / "docs" / "nuke_graph.png"), graph(), [cv2.IMWRITE_PNG_COMPRESSION, 9])
