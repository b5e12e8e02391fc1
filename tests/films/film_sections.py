"""All sections of the library, in the order of docs/formats.md."""

from __future__ import annotations

from film_cut_lists import CUT_LISTS
from film_files import FILES
from film_streams import STREAMS

SECTIONS = (FILES, STREAMS, CUT_LISTS)
