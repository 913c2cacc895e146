"""video: frames -> H.264 in .mp4, which phones play, or VP9 in .webm, through PyAV.

Both hold 4:2:0 at 8 bits with the matrix, primaries, transfer and limited range of BT.709, and say
so in their streams, so that every player shows the same colours.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from fractbench.errors import FractbenchError
from fractbench.film.paint import Pixels

if TYPE_CHECKING:
    from av.container import OutputContainer

BT709, LIMITED, FULL = 1, 1, 2
"""As in H.273, and as FFmpeg numbers ranges."""

_LEVELS = (
    ("4.0", 8192, 245_760, 25_000),
    ("4.2", 8704, 522_240, 62_500),
    ("5.1", 36_864, 983_040, 300_000),
    ("5.2", 36_864, 2_073_600, 300_000),
    ("6.1", 139_264, 8_355_840, 480_000),
    ("6.2", 139_264, 16_711_680, 800_000),
)
"""H.264 table A-1, high profile: level, macroblocks a frame, macroblocks a second, kbit/s.

Phones play 4.0; those of today play 5.2. Each holds four reference frames of its largest size.
"""


class Video:
    """Encodes frames one by one; a context manager that finishes the file."""

    def __init__(self, path: Path, size: int, fps: int, about: dict[str, str]) -> None:
        """Open the file, whose name ends in .mp4 or .webm; `about` becomes its metadata."""
        import av
        from av.video.reformatter import VideoReformatter

        self._path, self._frames = path, 0
        mp4 = path.suffix == ".mp4"
        flags = {"movflags": "+faststart"} if mp4 else {}
        self._file: OutputContainer = av.open(str(path), "w", options=flags)
        self._file.metadata.update(about)
        codec, options = ("libx264", _h264(size, fps)) if mp4 else ("libvpx-vp9", _vp9())
        self._stream: Any = self._file.add_stream(codec, rate=fps, options=options)
        self._stream.width = self._stream.height = size
        self._stream.pix_fmt = "yuv420p"
        context = self._stream.codec_context
        context.gop_size = 2 * fps
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED
        self._convert = VideoReformatter()

    def add(self, pixels: Pixels) -> None:
        """Encode a frame, (size, size, 3), row 0 the lowest y.

        Raises:
            OSError: it cannot be written.
        """
        from av import VideoFrame

        plain = VideoFrame.from_ndarray(np.ascontiguousarray(pixels[::-1]), format="rgb24")
        frame = self._convert.reformat(
            plain, format="yuv420p", src_color_range=FULL,
            dst_colorspace=BT709, dst_color_range=LIMITED,
        )  # fmt: skip
        frame.pts = self._frames
        self._frames += 1
        self._file.mux(self._stream.encode(frame))

    def __enter__(self) -> Video:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """Finish the file and count its frames again; after an error only let it go."""
        if error is None:
            self._file.mux(self._stream.encode(None))
            self._file.close()
            self._check()
            return
        try:
            self._file.close()
        except OSError:
            # The file is thrown away; what stopped it is the error to tell.
            return

    def _check(self) -> None:
        import av

        with av.open(str(self._path)) as file:
            found = sum(1 for packet in file.demux(video=0) if packet.size)
        if found != self._frames:
            raise FractbenchError(
                f"the film holds {found} of {self._frames} frames; the key frames are safe: type "
                "the same command again"
            )


def level(size: int, fps: int) -> tuple[str, int]:
    """Return the lowest H.264 level from 4.0 up that holds a film, and its kbit/s."""
    blocks = (-(-size // 16)) ** 2
    for name, most, each_second, rate in _LEVELS:
        if blocks <= most and blocks * fps <= each_second:
            return name, rate
    return _LEVELS[-1][0], _LEVELS[-1][3]


def _h264(size: int, fps: int) -> dict[str, str]:
    name, rate = level(size, fps)
    return {
        "preset": "slow",
        "crf": "18",
        "profile": "high",
        "level": name,
        "refs": "4",
        "maxrate": f"{rate}k",
        "bufsize": f"{rate}k",
        "x264-params": "log-level=error",
    }


def _vp9() -> dict[str, str]:
    return {"crf": "24", "b": "0", "row-mt": "1", "cpu-used": "2", "tile-columns": "2"}
