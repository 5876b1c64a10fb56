"""The format that the usual file names of raw video tell.

Raw video has no header; its name often does the header's work, as in
``Tango2_3840x2160_60fps_10bit_420.yuv``. A fact that a name does not tell, or tells twice
differently, stays None: a wrong guess here would be noise on the screen and in the results.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from codecpipe.errors import InputError
from codecpipe.format import MAX_SIDE, Chroma

_T = TypeVar("_T")


@dataclass(frozen=True)
class Geometry:
    """Width and height (luma samples), frames per second, bits per sample and chroma format.

    What a name does not tell, or a user does not give, is None.
    """

    width: int | None = None
    height: int | None = None
    fps: Fraction | None = None
    bit_depth: int | None = None
    chroma: Chroma | None = None


_NTSC_BASES = (24, 30, 48, 60, 120, 240)
MAX_FPS = 1000
# A number without a unit is taken as a frame rate only if it is one that is really used.
_USUAL_FPS = frozenset({5, 6, 10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 72, 90, 100, 120, 144, 240})
_LINES = frozenset({144, 240, 288, 360, 480, 540, 576, 720, 1080, 1440, 1600, 2160, 4320})
_NAMED_SIZES = {"qcif": (176, 144), "cif": (352, 288), "4cif": (704, 576)}
_NTSC_DIGITS = {
    number.replace(".", ""): number for number in "23.97 23.98 23.976 29.97 59.94 119.88".split()
}
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_TOKEN = re.compile(
    rf"(?P<w>[0-9]{{2,5}})[xX×](?P<h>[0-9]{{2,5}})(?:[pP](?P<p>{_NUMBER})?)?(?![^\W_])"
    r"|[^\W_](?:[^\W_]|(?<=[0-9])\.(?=[0-9]))*"
)
_EXTENSION = re.compile(r"\.(?!q?cif$)(?:[a-z][a-z0-9]{0,4}|26[3-6])$", re.IGNORECASE)
_BARE = re.compile(_NUMBER)
_FPS = re.compile(rf"({_NUMBER})(?:fps|hz)")
_PROGRESSIVE = re.compile(rf"([0-9]*)p({_NUMBER})|({_NUMBER})p")
_DEPTH = re.compile(r"([0-9]{1,2})(?:bits?|bpc|b)(?:(400|420|422|444)(?:p|pf)?)?")
_CHROMA = re.compile(r"(?:yuv|ycbcr|p|i)?(420|422|444)(?:p|pf)?|(?:yuv|ycbcr|p|i)(400)")
_PIX_FMT = re.compile(r"(?:yuv)?(420|422|444)p([0-9]{1,2})(?:le)?|gray([0-9]{1,2})(?:le)?")


def frame_rate(value: int | float | str) -> Fraction:
    """Frames per second from 50, "30000/1001" or 59.94, as an exact fraction.

    The usual decimals of the NTSC rates stand for them: 23.976, 23.98, 29.97, 59.94, 119.88 …
    are 24000/1001, 24000/1001, 30000/1001 and so on. Raises InputError for anything that is not
    a number above 0 and up to 1000.
    """
    text = str(value).strip()
    rate = Fraction(0)
    if re.fullmatch(r"[0-9]+/0*[1-9][0-9]*", text):
        rate = Fraction(text)
    elif re.fullmatch(_NUMBER, text):
        rate = _ntsc(text) or Fraction(text)
    if not 0 < rate <= MAX_FPS:
        raise InputError(
            f"{text!r} is not a frame rate: give frames per second, above 0 and up to {MAX_FPS},"
            ' such as 50, 59.94 or "60000/1001"'
        )
    return rate


def _ntsc(text: str) -> Fraction | None:
    digits = len(text.partition(".")[2].rstrip("0"))
    if digits < 2:
        return None
    for base in _NTSC_BASES:
        rate = Fraction(base * 1000, 1001)
        scaled = Fraction(text) * 10**digits
        if scaled in (round(rate * 10**digits), rate * 10**digits // 1):
            return rate
    return None


def parse_filename(name: str) -> Geometry:
    """Size, frame rate, bit depth and chroma format as far as a file's name or path tells them.

    Frame rates are taken from ``60fps``, ``30Hz``, ``24p``, ``1080p50`` and ``1920x1080p50``, and
    from a number without a unit only after the size with nothing but format words in between.
    """
    tokens = list(_TOKEN.finditer(_stem(name)))
    width, height = _agreed([size for token in tokens if (size := _size(token))]) or (None, None)
    return Geometry(
        width, height, fps=_fps(tokens), bit_depth=_depth(tokens), chroma=_chroma(tokens)
    )


def base_name(name: str) -> str:
    """The part of a file's name before the first word about its format, such as ``Tango2``."""
    stem = _stem(name)
    for token in _TOKEN.finditer(stem):
        if _is_format_word(token):
            return stem[: token.start()].rstrip("_-. (")
    return stem


def _stem(name: str) -> str:
    return _EXTENSION.sub("", name.replace("\\", "/").rsplit("/", 1)[-1])


def _agreed(found: list[_T]) -> _T | None:
    return found[0] if len(set(found)) == 1 else None


def _word(token: re.Match[str]) -> str:
    return token.group().lower()


def _size(token: re.Match[str]) -> tuple[int, int] | None:
    if token["w"] is None:
        return _NAMED_SIZES.get(_word(token))
    size = int(token["w"]), int(token["h"])
    return size if min(size) > 0 and max(size) <= MAX_SIDE else None


def _is_format_word(token: re.Match[str]) -> bool:
    return any(read(token) for read in (_size, _explicit_fps, _lines, _depths, _chromas))


def _lines(token: re.Match[str]) -> bool:
    match = re.fullmatch(r"([0-9]+)[pi]", _word(token))
    return match is not None and int(match[1]) in _LINES


def _explicit_fps(token: re.Match[str]) -> Fraction | None:
    word = _word(token)
    if match := _FPS.fullmatch(word):
        try:
            return frame_rate(match[1])
        except InputError:
            return None
    if token["p"]:
        return _usual_fps(token["p"])
    if match := _PROGRESSIVE.fullmatch(word):
        lines, after, before = match.groups()
        if lines:
            return _usual_fps(after) if int(lines) in _LINES else None
        # "240p" counts lines, and "p2" is more likely a part's number than a frame rate.
        rate = None if _lines(token) else _usual_fps(after or before)
        return rate if rate and rate > 20 else None
    return None


def _usual_fps(number: str) -> Fraction | None:
    number = _NTSC_DIGITS.get(number, number)
    rate = _ntsc(number) or Fraction(number)
    return rate if rate in _USUAL_FPS or rate.denominator == 1001 else None


def _fps(tokens: list[re.Match[str]]) -> Fraction | None:
    explicit = [fps for token in tokens if (fps := _explicit_fps(token))]
    if explicit:
        return _agreed(explicit)
    after_size = False
    for token in tokens:
        word = _word(token)
        if _size(token):
            after_size = True
        elif after_size and not _chromas(token) and _BARE.fullmatch(word):
            # A lone 10 or 12 may as well be the bit depth.
            is_fps = word not in ("10", "12") or _depth(tokens) is not None
            return _usual_fps(word) if is_fps else None
        elif after_size and not _is_format_word(token):
            return None
    return None


def _depths(token: re.Match[str]) -> list[int]:
    word, digits = _word(token), ""
    if match := _DEPTH.fullmatch(word):
        digits = match[1]
    elif match := _PIX_FMT.fullmatch(word):
        digits = match[2] or match[3]
    return [int(digits)] if digits and 8 <= int(digits) <= 16 else []


def _depth(tokens: list[re.Match[str]]) -> int | None:
    depths = [depth for token in tokens for depth in _depths(token)]
    if not depths and any(re.fullmatch(r"yuv4[0-9]{2}p", _word(token)) for token in tokens):
        return 8  # FFmpeg's name for 8 bits, unless the file's name says otherwise
    return _agreed(depths)


def _chromas(token: re.Match[str]) -> list[Chroma]:
    word = _word(token)
    if match := _CHROMA.fullmatch(word):
        return [Chroma(match[1] or match[2])]
    if match := _PIX_FMT.fullmatch(word):
        return [Chroma(match[1] or "400")]
    if (match := _DEPTH.fullmatch(word)) and match[2]:
        return [Chroma(match[2])]
    return []


def _chroma(tokens: list[re.Match[str]]) -> Chroma | None:
    found = [chroma for token in tokens for chroma in _chromas(token)]
    for before, token in pairwise(tokens):
        # A lone 400 may count frames; after a bit depth it is the chroma format.
        if _word(token) == "400" and _depths(before):
            found.append(Chroma.YUV400)
    return _agreed(found)
