"""Face of VapourSynth: what the plugin core.tcvc calls."""
