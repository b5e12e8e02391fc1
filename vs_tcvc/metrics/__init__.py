"""Measures of colour in pictures and clips: networks are judged here, and nowhere else.

`picture` scores one picture, `clip` a clip, `flow` carries colour by optical flow (the baseline to beat), `read`
finds pictures and clips in folders and zips.
"""
