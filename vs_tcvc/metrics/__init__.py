"""Measures of colour in pictures and clips: networks are judged here, and nowhere else.

`picture` scores one picture, `cdc` and `flow` tell how steady a clip is, `score` gathers all that of a clip, `judge`
puts a clip beside the truth and the optical-flow baseline; `evaluation` and `loop` run a network for it. `read` and
`footage` find pictures, clips and films, `table` and `sheet` show what came out.
"""
