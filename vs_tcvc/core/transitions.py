"""The colour of frames between two shots: mixed in a dissolve, scaled in a fade.

Codes of luma and chroma are mixed in a dissolve. a* and b* follow them nearly, so they are mixed alike.
"""

from __future__ import annotations

import numpy as np

from vs_tcvc.core.frame import Chroma


def mix(outgoing: Chroma, incoming: Chroma, weight: float) -> Chroma:
    """The colour of one frame of a dissolve, from that of both shots.

    weight: share of the shot that comes, 0 to 1. Anchor and origin are those of the shot with the larger share.
    Two shots of different saturation are mixed as they are shown, with saturation 1.
    """
    assert outgoing.index == incoming.index
    heavier, share = (incoming if weight >= 0.5 else outgoing), np.float32(weight)
    if weight in (0, 1):
        return heavier
    is_alike = outgoing.saturation == incoming.saturation
    one, other = (outgoing.ab, incoming.ab) if is_alike else (outgoing.saturated, incoming.saturated)
    confidence = outgoing.confidence + share * (incoming.confidence - outgoing.confidence)
    saturation = heavier.saturation if is_alike else 1.0
    return Chroma.rounded(
        heavier.index, one + share * (other - one), confidence, heavier.anchor, heavier.origin, saturation
    )


def scale(chroma: Chroma, share: float) -> Chroma:
    """The colour of one frame of a fade. share: of the picture that is left, 0 to 1."""
    ab = chroma.ab * np.float32(share)
    return Chroma.rounded(chroma.index, ab, chroma.confidence, chroma.anchor, chroma.origin, chroma.saturation)
