"""Planes and pixels: colour arithmetic, sample coding, the chroma stage, motion."""
