"""YUV4MPEG2, the video format of pipes: header, frames, and headerless rawvideo, as pure bytes.

No processes, arrays, colour or networks here. A stream is one header line, then for
every frame a FRAME line and its planes, top row first, Y then Cb then Cr, samples above 8 bit as two
bytes, low byte first. Sources: yuv4mpeg(5) of mjpegtools; libavformat/yuv4mpegenc.c and yuv4mpegdec.c of
FFmpeg (XYSCSS, XCOLORRANGE, depths above 8); src/vspipe/vspipe.cpp of VapourSynth (410, 440, XLENGTH).

The reader yields complete frames or raises StreamError; it never guesses where the next frame begins.
"""

from ffmpeg_filters.y4m.header import MAX_AREA, MAX_SIDE, StreamHeader, parse_header, raw_header
from ffmpeg_filters.y4m.pixel_format import FORMATS, RAW_FORMATS, PixelFormat
from ffmpeg_filters.y4m.stream import LINE_LIMIT, ByteSink, ByteSource, Reader, Writer, Y4mFrame

__all__ = [
    "FORMATS",
    "LINE_LIMIT",
    "MAX_AREA",
    "MAX_SIDE",
    "RAW_FORMATS",
    "ByteSink",
    "ByteSource",
    "PixelFormat",
    "Reader",
    "StreamHeader",
    "Writer",
    "Y4mFrame",
    "parse_header",
    "raw_header",
]
