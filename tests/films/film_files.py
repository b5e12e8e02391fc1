"""Films in one file: containers, streams, timing, tags."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
from film_facts import facts_of
from made_films import KEPT, Fate, Made, Outcome, Section, refuses, says

from ffmpeg_filters.encoder_choice import Encoding
from ffmpeg_filters.transcode import TranscodeOptions, colorize_file
from vs_tcvc.errors import TcvcError
from vs_tcvc.runtime.events import Event
from vs_tcvc.settings import Settings

USUAL = ("stream", "network", "progress", "done", "shot", "wrote")
"""Events of every film."""


# Faces


def by_colorize(ending: str, encoding: Encoding, film: Path, results: Path, options: Mapping[str, Any]) -> Outcome:
    said: list[Event] = []
    settings = Settings(size=64, threads=1, log="quiet", **options)
    target = results / f"{film.stem}{ending}"
    try:
        colorize_file(film, target, settings, encoding, TranscodeOptions(), said.append)
    except TcvcError as error:
        return Outcome({}, error=str(error))
    return Outcome(facts_of(target), [event.text for event in said if event.text and event.name not in USUAL])


LOSSLESS_264 = Encoding(codec="libx264", options={"preset": "ultrafast", "x264-params": "qp=0"})
FACES = {
    "to .mkv": partial(by_colorize, ".mkv", Encoding(lossless=True)),
    "to .mp4": partial(by_colorize, ".mp4", LOSSLESS_264),
    "to .mov": partial(by_colorize, ".mov", LOSSLESS_264),
}


# Films


PICTURE = "-f lavfi -i testsrc2=s=64x48:r=24000/1001:d=0.5,format=gray,format=yuv420p"
SOUND = "-f lavfi -i sine=r=48000:d=0.5"
GRAY = "-c:v ffv1"
X264 = "-c:v libx264 -preset ultrafast -qp 0"


def ffmpeg(words: str, path: Path) -> None:
    """Run the program; words: options before the name of the file, which is written."""
    program = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *shlex.split(words), f"file:{path}"]
    subprocess.run(program, check=True)


def by_ffmpeg(words: str) -> Callable[[Path], object]:
    return partial(ffmpeg, words)


def with_captions(path: Path) -> None:
    """A film of MPEG-2 whose pictures have closed captions in their user data (ATSC A/53, part 4, 6.2.3)."""
    stream, captions = path.with_suffix(".m2v"), b"\0\0\1\xb2GA94\3\x42\xff\xfc\x94\x2c\xfc\x41\x42\xff"
    ffmpeg(f"{PICTURE} -c:v mpeg2video -q:v 2 -bf 0", stream)
    first_slice = b"\0\0\1\1"
    stream.write_bytes(stream.read_bytes().replace(first_slice, captions + first_slice))
    with av.open(str(stream), format="mpegvideo") as source, av.open(str(path), "w") as target:
        film = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(each for each in source.demux() if each.size):
            packet.stream, packet.time_base, packet.duration = film, Fraction(1001, 24000), 1
            packet.pts = packet.dts = number
            target.mux(packet)
    stream.unlink()


def rotated(path: Path) -> None:
    """A film whose container says that it is to be turned."""
    upright = path.with_suffix(".upright.mp4")
    ffmpeg(f"{PICTURE} {X264}", upright)
    ffmpeg(f"-display_rotation 90 -i {upright} -c copy", path)
    upright.unlink()


def hdr(transfer: str) -> str:
    """Options of a film in HDR."""
    tags = f"-vf setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc:range=tv"
    display = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400"
    encoder = f'-c:v libx265 -preset ultrafast -x265-params "log-level=none:lossless=1:{display}"'
    return f"{PICTURE} {tags} -pix_fmt yuv420p10le {encoder}"


# The library


def joined(*words: str) -> Callable[[Path], object]:
    """A recording of parts, one behind the other, as `cat` joins them."""

    def make(path: Path) -> None:
        part = path.with_suffix(f".part{path.suffix}")
        content = b""
        for each in words:
            ffmpeg(each, part)
            content += part.read_bytes()
        part.unlink()
        path.write_bytes(content)

    return make


def with_extras(words: str) -> Callable[[Path], object]:
    """A film with chapters, subtitles, a font and a cover beside it; in words they are {chapters}, {subtitles} …"""

    def make(path: Path) -> None:
        folder = path.with_suffix(".parts")
        folder.mkdir()
        files = {name: folder / name for name in ("chapters", "subtitles.srt", "font.ttf", "cover.png")}
        chapters = "".join(f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={start + 200}\ntitle={title}\n"
                           for start, title in ((0, "Act 1"), (200, "Act 2")))  # fmt: skip
        files["chapters"].write_text(f";FFMETADATA1\n{chapters}")
        files["subtitles.srt"].write_text("1\n00:00:00,000 --> 00:00:00,400\nWohin reisen Sie?\n")
        files["font.ttf"].write_bytes(b"\0\1\0\0glyphs")
        ffmpeg("-f lavfi -i testsrc=s=32x32 -frames:v 1", files["cover.png"])
        ffmpeg(words.format(**{name.split(".")[0]: file for name, file in files.items()}), path)
        shutil.rmtree(folder)

    return make


PAL = PICTURE.replace("24000/1001", "25")
LARGER = "-f lavfi -i testsrc2=s=96x64:r=25:d=0.5,format=gray,format=yuv420p"
TIMES = "select='mod(n,3)',setpts='PTS+if(mod(N,4),0,0.01/TB)'"
MAPS = "-map 0:v -map 1:v"


def tagged(**tags: str) -> Callable[[Path], object]:
    """A film with tags of its colour."""
    return by_ffmpeg(f"{PICTURE},setparams={':'.join(f'{name}={value}' for name, value in tags.items())} {GRAY}")


def of_pixels(name: str, encoder: str = "ffv1") -> Callable[[Path], object]:
    """A film in a pixel format."""
    return by_ffmpeg(f"{PICTURE},format={name} -c:v {encoder} -pix_fmt {name}")


def fates(mkv: Fate = KEPT, mp4: Fate | None = None, mov: Fate | None = None) -> Mapping[str, Fate]:
    """The fate by container; what is not given is that of the one before."""
    mp4 = mkv if mp4 is None else mp4
    return {"to .mkv": mkv, "to .mp4": mp4, "to .mov": mp4 if mov is None else mov}


ROUNDED = says("luma is rounded", changes="luma depth")
FROM_RGB = says("range full keeps it", changes="luma range")
ALPHA = refuses("has alpha")

FILMS = (
    Made("plain.mkv", "a film and nothing else", by_ffmpeg(f"{PICTURE} {GRAY}"), fates()),
    Made("one frame.mkv", "a single frame", by_ffmpeg(f"{PICTURE} -frames:v 1 {GRAY}"), fates()),
    Made("1945:berlin.mkv", "a name with a colon", by_ffmpeg(f"{PICTURE} {GRAY}"), fates()),
    Made("100% [a].mkv", "a name with signs that patterns use", by_ffmpeg(f"{PICTURE} {GRAY}"), fates()),
    # timing
    Made(
        "aac.mkv",
        "24000/1001 fps in milliseconds, sound in AAC",
        by_ffmpeg(f"{PICTURE} {SOUND} {GRAY} -c:a aac"),
        fates(),
    ),
    Made("pal.mkv", "25 fps, sound in AC-3", by_ffmpeg(f"{PAL} {SOUND} {GRAY} -c:a ac3"), fates()),
    Made("18.mkv", "18 fps", by_ffmpeg(f"{PICTURE.replace('24000/1001', '18')} {GRAY}"), fates()),
    Made("variable.mkv", "a variable rate", by_ffmpeg(f'{PICTURE} -vf "{TIMES}" -fps_mode vfr {GRAY}'), fates()),
    Made("start.ts", "a clock that does not begin at 0", by_ffmpeg(f"{PICTURE} {SOUND} {X264} -c:a mp2"), fates()),
    Made(
        "late.mkv",
        "sound that begins 0.2 s before the picture",
        by_ffmpeg(f"-itsoffset 0.2 {PICTURE} {SOUND} {GRAY} -c:a aac"),
        fates(),
    ),
    Made(
        "joined.ts",
        "recordings joined end to end",
        joined(*[f"{PICTURE} {SOUND} {X264} -c:a mp2"] * 2),
        fates(
            says("the clock goes on", changes="times audio_0_times"),
            says("the clock goes on", changes="times rate audio_0_times"),
        ),
    ),
    Made(
        "leap.ts",
        "a recording whose clock leaps by an hour",
        joined(f"{PICTURE} {SOUND} {X264} -c:a mp2", f"{PICTURE} {SOUND} {X264} -c:a mp2 -output_ts_offset 3600"),
        fates(
            says("the clock goes on", changes="times audio_0_times"),
            says("the clock goes on", changes="times rate audio_0_times"),
        ),
    ),
    Made(
        "raw.h264",
        "a stream without timestamps",
        by_ffmpeg(f"{PICTURE} {X264}"),
        fates(says("has no timestamp", changes="times")),
    ),
    # streams
    Made(
        "two.mkv",
        "two films, the second marked as default",
        by_ffmpeg(f"{PICTURE} {LARGER} {MAPS} {X264} -disposition:v:0 0 -disposition:v:1 default"),
        fates(says("has 2 films, stream 0 of 64x48, stream 1 of 96x64; coloured is stream 1")),
    ),
    Made(
        "two.ts",
        "two films, none marked: the larger one",
        by_ffmpeg(f"{PICTURE} {LARGER} {MAPS} {X264}"),
        fates(says("coloured is stream 1")),
    ),
    Made(
        "cover.mp4",
        "cover art",
        with_extras(f"{PICTURE} -i {{cover}} -map 0 -map 1 {X264} -c:v:1 png -disposition:v:1 attached_pic"),
        fates(KEPT, KEPT, says("the cover picture", changes="covers")),
    ),
    Made(
        "extras.mkv",
        "two soundtracks, subtitles, chapters, a font, tags",
        with_extras(
            f"{PICTURE} {SOUND} {SOUND} -i {{subtitles}} -i {{chapters}} -map 0 -map 1 -map 2 -map 3 -map_chapters 4 "
            f"-attach {{font}} -metadata:s:t mimetype=font/ttf {GRAY} -c:a aac -c:s srt -metadata title=Nosferatu "
            "-metadata:s:a:0 language=deu -metadata:s:a:1 title=Commentary -disposition:a:1 default+comment "
            "-disposition:s:0 forced"
        ),
        fates(KEPT, refuses("subtitle srt")),
    ),
    Made(
        "extras.mp4",
        "the same in MP4: soundtracks, timed text, chapters, tags",
        with_extras(
            f"{PICTURE} {SOUND} {SOUND} -i {{subtitles}} -i {{chapters}} -map 0 -map 1 -map 2 -map 3 -map_chapters 4 "
            f"{X264} -c:a aac -c:s mov_text -metadata title=Nosferatu -metadata:s:a:0 language=deu "
            "-metadata:s:a:1 language=fra -disposition:a:0 0 -disposition:a:1 default"
        ),
        fates(refuses("subtitle mov_text"), KEPT),
    ),
    Made(
        "reel.mkv",
        "a tag that MP4 does not know",
        by_ffmpeg(f"{PICTURE} {GRAY} -metadata reel=7 -metadata title=A"),
        fates(KEPT, says("the tag REEL", changes="tag_reel")),
    ),
    Made(
        "statistics.mkv",
        "tags of the old file: its bit rate, its program, its date",
        by_ffmpeg(
            f"{PICTURE} {GRAY} -metadata:s:v BPS=1234 -metadata:s:v NUMBER_OF_FRAMES=99 "
            "-metadata creation_time=1999-01-01T00:00:00Z -metadata:s:v _STATISTICS_WRITING_APP=mkvmerge"
        ),
        fates(),
    ),
    Made(
        "flac.mkv",
        "sound that MOV cannot hold",
        by_ffmpeg(f"{PICTURE} {SOUND} {GRAY} -c:a flac"),
        fates(KEPT, KEPT, refuses("audio flac")),
    ),
    Made(
        "timecode.mov",
        "a track of timecode",
        by_ffmpeg(f"{PICTURE} {SOUND} -c:v prores_ks -c:a pcm_s16le -timecode 01:00:00:00"),
        fates(),
    ),
    Made(
        "broadcast.mxf",
        "MXF of a broadcaster: MPEG-2, PCM, timecode",
        by_ffmpeg(f"{PAL.replace('64x48', '720x576')} {SOUND} -c:v mpeg2video -b:v 20M -c:a pcm_s16le"),
        fates(),
    ),
    Made("old.avi", "AVI with MP3", by_ffmpeg(f"{PICTURE} {SOUND} {X264} -c:a mp3"), fates()),
    Made(
        "captions.ts",
        "closed captions within the picture's stream",
        with_captions,
        fates(says("closed captions cannot be kept by ffv1; libx264 can", changes="a53_cc"), KEPT),
    ),
    Made(
        "stereo.mkv",
        "stereo, side by side",
        by_ffmpeg(f"{PICTURE.replace('64x48', '128x48')} -c:v libx264 -x264-params frame-packing=3:qp=0"),
        fates(says("stereo layout cannot be kept by ffv1; libx264 can", changes="stereo3d"), KEPT),
    ),
    # pictures
    Made("anamorphic.mkv", "pixels of 16:15", by_ffmpeg(f"{PICTURE},setsar=16/15 {GRAY}"), fates()),
    Made("rotated.mp4", "a telephone's film, on its side", rotated, fates()),
    Made("odd.mkv", "63x47 pixels", by_ffmpeg(f"{PICTURE.replace('64x48', '63x47')} {GRAY}"), fates()),
    Made("gray.mkv", "gray, 8 bits, full range", of_pixels("gray"), fates()),
    Made("gray10.mkv", "gray, 10 bits", of_pixels("gray10le"), fates()),
    Made("gray16.mkv", "gray, 16 bits", of_pixels("gray16le"), fates(KEPT, ROUNDED)),
    Made("422.mkv", "4:2:2", of_pixels("yuv422p"), fates()),
    Made("411.mkv", "4:1:1", of_pixels("yuv411p"), fates()),
    Made("v210.mov", "4:2:2, 10 bits, uncompressed", of_pixels("yuv422p10le", "v210"), fates()),
    Made("rgb.mkv", "R G B, 8 bits", of_pixels("bgr0"), fates(FROM_RGB)),
    Made(
        "rgb16.mkv",
        "R G B, 16 bits",
        of_pixels("gbrp16le"),
        fates(FROM_RGB, says("range full keeps it", "luma is rounded", changes="luma range depth")),
    ),
    Made(
        "palette.avi",
        "a palette whose colours are not all gray",
        of_pixels("pal8", "rawvideo"),
        fates(says("range full keeps it", "has colour of its own", changes="luma")),
    ),
    Made("alpha.mkv", "alpha", of_pixels("yuva444p10le"), fates(ALPHA)),
    Made("alpha.webm", "alpha in a stream of its own (VP9)", of_pixels("yuva420p", "libvpx-vp9"), fates(ALPHA)),
    # colour
    *(
        Made(f"matrix {name}.mkv", f"matrix {name}", tagged(colorspace=code), fates())
        for name, code in (
            ("601", "smpte170m"),
            ("709", "bt709"),
            ("2020", "bt2020nc"),
            ("SMPTE 240M", "smpte240m"),
            ("FCC", "fcc"),
        )
    ),
    *(
        Made(f"matrix {name}.mkv", f"matrix {name}", tagged(colorspace=code), fates(refuses("name one with")))
        for name, code in (("YCgCo", "ycgco"), ("ICtCp", "ictcp"), ("2020 constant", "bt2020c"))
    ),
    Made(
        "primaries.mkv", "primaries of BT.2020 in SDR", tagged(color_primaries="bt2020", colorspace="bt2020nc"), fates()
    ),
    Made(
        "pq.mkv",
        "HDR10: PQ, mastering display, light level",
        by_ffmpeg(hdr("smpte2084")),
        fates(
            says(
                "light level, mastering display cannot be kept by ffv1",
                changes="content_light_level mastering_display_metadata",
            ),
            KEPT,
        ),
    ),
    Made(
        "hlg.mkv",
        "HLG",
        by_ffmpeg(hdr("arib-std-b67")),
        fates(
            says(
                "light level, mastering display cannot be kept by ffv1",
                changes="content_light_level mastering_display_metadata",
            ),
            KEPT,
        ),
    ),
    # changes
    Made(
        "fields.mkv",
        "interlaced frames",
        by_ffmpeg(f"{PAL},setfield=tff -c:v libx264 -flags +ildct+ilme"),
        fates(refuses("is interlaced")),
    ),
    Made(
        "late size.ts",
        "another size from the middle on",
        joined(f"{PICTURE} {X264}", f"{PICTURE.replace('64x48', '80x48')} {X264} -output_ts_offset 0.5"),
        fates(refuses("80x48 yuv420p after 64x48 yuv420p")),
    ),
    Made(
        "late fields.ts",
        "interlaced from the middle on",
        joined(f"{PICTURE} {X264}", f"{PICTURE},setfield=tff {X264} -flags +ildct+ilme -output_ts_offset 0.5"),
        fates(refuses("is interlaced")),
    ),
    Made(
        "late aspect.ts",
        "pixels of another shape from the middle on",
        joined(f"{PICTURE} {X264}", f"{PICTURE},setsar=16/15 {X264} -output_ts_offset 0.5"),
        fates(says("says pixels of 16:15 after pixels of 1:1")),
    ),
    Made(
        "late matrix.ts",
        "another matrix from the middle on",
        joined(
            f"{PICTURE},setparams=colorspace=bt470bg {X264}",
            f"{PICTURE},setparams=colorspace=bt709 {X264} -output_ts_offset 0.5",
        ),
        fates(says("says matrix 709 after matrix 601")),
    ),
)

FILES = Section(
    "Films in one file",
    "`tcvc colorize FILM RESULT`; `tcvc render` and `vs_tcvc.open(FILM).write(RESULT)` share its code. "
    "To .mkv with `--lossless`, to .mp4 and .mov with libx264.",
    FILMS, FACES, facts_of,
)  # fmt: skip
