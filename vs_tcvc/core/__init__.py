"""How a clip is coloured, as values: no files, hosts or clocks."""
