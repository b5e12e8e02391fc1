"""All sections of the library, in the order of docs/formats.md."""

from __future__ import annotations

from film_contents import CONTENTS
from film_cut_lists import CUT_LISTS
from film_files import FILES
from film_paintings import PAINTINGS
from film_scans import OTHERS, PLATES, SCANS
from film_streams import STREAMS

SECTIONS = (FILES, STREAMS, SCANS, PLATES, OTHERS, CUT_LISTS, PAINTINGS, CONTENTS)
