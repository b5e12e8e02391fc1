"""Transformer layers of the published networks, and where tokens are. Tokens are (count, 384), without a batch."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH = 384
HIDDEN = 2048
DROPOUT = 0.1


class Attention(nn.MultiheadAttention):
    """Attention with two more keys than there are tokens: a learned one, and one of zeros with the value 0."""

    def __init__(self, heads: int) -> None:
        super().__init__(WIDTH, heads, DROPOUT, add_bias_kv=True, add_zero_attn=True)

    def attend(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """query (q, 384), key and value (k, 384) -> (q, 384)."""
        result: Tensor = self(query, key, value, need_weights=False)[0]
        return result


class TransformerLayer(nn.Module):
    """Attention, a feed-forward net of two layers, and a norm for each."""

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.self_attn = Attention(heads)
        self.linear1 = nn.Linear(WIDTH, HIDDEN)
        self.linear2 = nn.Linear(HIDDEN, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH)
        self.dropout = nn.Dropout(DROPOUT)

    def feed_forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.dropout(self.linear2(self.dropout(F.relu(self.linear1(x), inplace=True))))
        return result

    def look_around(self, tokens: Tensor, position: Tensor | None = None, skip: int = 0) -> Tensor:
        """Tokens look at one another, norms first: (k, 384) -> those from `skip` on, (k - skip, 384).

        position: (k, 384), added to queries and keys.
        """
        value = self.norm1(tokens)
        key = value if position is None else value + position
        x = tokens[skip:] + self.dropout(self.self_attn.attend(key[skip:], key, value))
        result: Tensor = x + self.feed_forward(self.norm2(x))
        return result

    def look_at(self, tokens: Tensor, others: Tensor) -> Tensor:
        """Tokens (q, 384) look at others (k, 384), norms last: (q, 384)."""
        x = self.norm1(tokens + self.dropout(self.self_attn.attend(tokens, others, others)))
        result: Tensor = self.norm2(x + self.feed_forward(x))
        return result


def positions(count: int, like: Tensor) -> Tensor:
    """Where the tokens of `count` frames are, for maps of the size of `like`: (count * h * w, 384).

    128 sines and cosines each of frame, row and column, counted from 1 (Vaswani et al. 2017, section 3.5).
    """
    height, width = like.shape[-2:]
    frame, row, column = (_waves(length, like.device) for length in (count, height, width))
    size = (count, height, width, -1)
    parts = (frame[:, None, None], row[None, :, None], column[None, None])
    return torch.cat([part.expand(size) for part in parts], dim=3).flatten(0, 2)


def _waves(length: int, device: torch.device) -> Tensor:
    """(length, 128): sine and cosine by turns, the angle 2 pi for the last place at the highest frequency."""
    place = torch.arange(1, length + 1, dtype=torch.float32, device=device) * (2 * math.pi / (length + 1e-6))
    periods = 10000 ** (torch.arange(0, 128, 2, dtype=torch.float32, device=device) / 128)
    angle = place[:, None] / periods
    return torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1)
