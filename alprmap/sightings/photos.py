"""Photos of a camera: where and which way they were taken, and the picture alone, without any of
that.

A photo never travels with a sighting unless somebody asks for it; then its pixels are drawn anew,
and nothing of the old file is left: no EXIF, thumbnail, comment, XMP, maker notes, color profile
(V7)."""

from __future__ import annotations

import io
import math
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from alprmap.errors import WHOLE, InputError, reason
from alprmap.sandbox import Limits, Message, ask, out_of_step, regular_file

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF")
ROOM = "alprmap.sightings.photos"
MAX_BYTES = 200 * 1024 * 1024
MAX_PIXELS = 200_000_000
"""Most pixels of a picture that is opened: twice the largest phone camera (108 megapixels)."""
LIMITS = Limits(spare_bytes=2 * 1024**3)
"""A picture of so many pixels takes 3 bytes each, twice while it is turned upright, and once as a
copy. """
KEPT_SIDE = 2048
"""Longer side of a picture that is kept, pixels: a sign can be read, a reflection in a window
hardly. """
KEPT_QUALITY = 85
PHOTO_ERROR_M = 15.0
"""M2: a photo's position, taken some meters from what it shows (docs/method.md)."""
_BROKEN = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    struct.error,
    OverflowError,
    ZeroDivisionError,
    MemoryError,
    NotImplementedError,
)
_HEIF = re.compile(rb"ftyp(?:hei[cfmsx]|hev[cmsx]|mif1|msf1|avi[fs])")


@dataclass(frozen=True, slots=True)
class Taken:
    """Where and when a photo was taken.

    `direction_deg` is where the photographer looked, from the north `reference` names (`true`,
    `magnetic`, `unknown`); `day` its date; `error_m` the error the phone states, at least
    `PHOTO_ERROR_M`."""

    lon: float
    lat: float
    error_m: float
    direction_deg: float | None
    reference: str | None
    day: str | None


def read_photo(path: Path) -> Taken:
    """Read position, direction and day of a photo from its EXIF, in the child process.

    Raises
    ------
    InputError
        When it is no photo we read (HEIC among them), or it carries no usable position.
    """
    told, _ = _ask(path, "taken")
    try:
        found = Taken(**told["taken"])
    except (KeyError, TypeError):
        raise out_of_step(path) from None
    numbers = (found.lon, found.lat, found.error_m, found.direction_deg or 0.0)
    words = (found.reference, found.day)
    sound = all(isinstance(v, float) and math.isfinite(v) for v in numbers)
    if not sound or not all(v is None or isinstance(v, str) for v in words):
        raise out_of_step(path)
    return found


def _ask(path: Path, what: str) -> tuple[dict[str, Any], bytes]:
    size = regular_file(path).stat().st_size
    if size > MAX_BYTES:
        raise InputError(
            "is larger than 200 MB, too large for a photo", where=path, fix="hand in a smaller copy"
        )
    job = {"what": what, "path": str(path.resolve())}
    said = list(
        ask(ROOM, job, where=path, size=size, limits=LIMITS, smaller="give the place with --at")
    )
    if len(said) != 1:
        raise out_of_step(path)
    return said[0]


def load(job: dict[str, Any]) -> None:
    """Nothing more to import."""


def answer(job: dict[str, Any]) -> Iterator[Message]:
    """Say where a photo was taken, or give its pixels alone (in the child process)."""
    path = Path(job["path"])
    if job["what"] == "taken":
        yield {"taken": asdict(_taken(path))}, b""
    else:
        yield {"pixels": True}, _pixels(path)


def _taken(path: Path) -> Taken:
    with _opened(path) as image:
        try:
            exif = image.getexif()
            gps = dict(exif.get_ifd(ExifTags.IFD.GPSInfo))
            day = _day(exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal))
        except _BROKEN:
            raise InputError(
                "its metadata is damaged",
                where=path,
                fix="give the place with --at; the photo is not needed",
            ) from None
    tags = ExifTags.GPS
    lon = _degrees(gps.get(tags.GPSLongitude), gps.get(tags.GPSLongitudeRef), "E", "W", 180)
    lat = _degrees(gps.get(tags.GPSLatitude), gps.get(tags.GPSLatitudeRef), "N", "S", 90)
    if lon is None or lat is None or (lon == 0 and lat == 0):
        raise InputError(
            "carries no position (the phone did not store it, or it was sent by a messenger)",
            where=path,
            fix="give the place with --at",
        )
    stated = _number(gps.get(tags.GPSHPositioningError))
    heading = _number(gps.get(tags.GPSImgDirection))
    if heading is not None and not 0 <= heading <= 360:
        heading = None
    return Taken(
        lon,
        lat,
        max(PHOTO_ERROR_M, min(stated or 0.0, 5000.0)),
        None if heading is None else heading % 360,
        None if heading is None else _reference(gps.get(tags.GPSImgDirectionRef)),
        day,
    )


def pixels_alone(path: Path) -> bytes:
    """Return a photo as a new JPEG of its pixels: turned upright, at most `KEPT_SIDE` long, without
    metadata.

    Raises
    ------
    InputError
        When it is no photo we read.
    """
    picture = _ask(path, "pixels")[1]
    if not picture.startswith(b"\xff\xd8\xff") or b"Exif\0" in picture[:65_536]:
        raise out_of_step(path)
    return picture


def _pixels(path: Path) -> bytes:
    with _opened(path) as image:
        try:
            upright = ImageOps.exif_transpose(image)
            upright = upright.convert("RGB")
            upright.thumbnail((KEPT_SIDE, KEPT_SIDE))
            # a new picture of the bare pixels: what Pillow remembers of the old file stays behind
            bare = Image.frombytes("RGB", upright.size, upright.tobytes())
            out = io.BytesIO()
            bare.save(out, "JPEG", quality=KEPT_QUALITY)
        except _BROKEN as error:
            raise InputError(
                f"is no readable photo ({reason(error)})",
                where=path,
                fix=WHOLE,
            ) from None
    return out.getvalue()


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    with path.open("rb") as file:
        head = file.read(64)
        if _HEIF.search(head):
            raise InputError(
                "is a HEIC photo, which is not read",
                where=path,
                fix=(
                    'save it as JPEG (on an iPhone: Settings, Camera, Formats, "Most Compatible")'
                    " or give --at"
                ),
            )
        file.seek(0)
        try:
            image = Image.open(file, formats=FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise InputError(
                    "has too many pixels for a photo", where=path, fix="hand in a smaller copy"
                )
            image.load()
        except InputError:
            raise
        except UnidentifiedImageError:
            raise InputError(
                f"is no photo that is read ({', '.join(FORMATS)})",
                where=path,
                fix="save it as JPEG",
            ) from None
        except _BROKEN as error:
            raise InputError(
                f"is no readable photo ({reason(error)})",
                where=path,
                fix=WHOLE,
            ) from None
        with image:
            yield image


def _degrees(parts: Any, letter: Any, positive: str, negative: str, most: float) -> float | None:
    """Read one coordinate: degrees, minutes, seconds as rationals and the letter of its half of the
    globe."""
    sign = (
        str(letter.decode("ascii", "replace") if isinstance(letter, bytes) else letter)
        .strip("\0 ")
        .upper()[:1]
    )
    # without a letter the half of the globe is not known: a wrong guess is a camera in China
    if sign not in (positive, negative):
        return None
    try:
        numbers = [_number(p) for p in parts]
    except TypeError:
        numbers = [_number(parts)]
    if not 1 <= len(numbers) <= 3 or any(n is None or n < 0 for n in numbers):
        return None
    # rounding makes 11' 60.0" of 11' 59.99996": that is a position, 61" is not
    if any((n or 0) > 60 for n in numbers[1:]):
        return None
    value = sum((n or 0.0) / 60.0**i for i, n in enumerate(numbers))
    if value > most:
        return None
    return -value if sign == negative else value


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _reference(letter: Any) -> str:
    plain = str(letter).strip("\0 ").upper()[:1]
    return {"T": "true", "M": "magnetic"}.get(plain, "unknown")


def _day(taken: Any) -> str | None:
    found = re.match(
        r"((?:19|20)\d{2})[:-](0[1-9]|1[0-2])[:-](0[1-9]|[12]\d|3[01])", str(taken or "")
    )
    return "-".join(found.groups()) if found else None
