"""Photographs as rows: where they were taken and which way, from EXIF. Nothing else of the picture
is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PIL import ExifTags, Image, UnidentifiedImageError

from alprmap.errors import WHOLE, InputError, reason
from alprmap.sources.formats.rows import Row, Table
from alprmap.sources.intake import Checked


def read(checked: Checked, options: dict[str, Any]) -> Iterator[Table]:
    """Yield one table with one row for the photo.

    Raises
    ------
    InputError
        When the picture is damaged or too large.
    """
    with checked.path.open("rb") as file:
        brand = file.read(12)[4:]
    if brand.startswith((b"ftyphe", b"ftypmif1", b"ftypavif")):
        raise InputError(
            "is a HEIC photo, which alprmap cannot open",
            where=checked.path,
            fix=(
                "save it as JPEG with its location (on an iPhone: Settings, Camera, Formats, Most"
                " Compatible)"
            ),
        )
    Image.MAX_IMAGE_PIXELS = checked.caps.pixels
    try:
        with Image.open(checked.path) as image:
            exif = image.getexif()
            gps = dict(exif.get_ifd(ExifTags.IFD.GPSInfo))
            taken = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        ValueError,
        SyntaxError,
    ) as error:
        raise InputError(
            f"is no readable photo ({reason(error)})",
            where=checked.path,
            fix=WHOLE,
        ) from None
    yield Table(iter([_row(checked, gps, taken)]), "photo", origin="photo")


def _row(checked: Checked, gps: dict[int, Any], taken: Any) -> Row:
    tags = ExifTags.GPS
    row: Row = {"id": checked.path.name, "$row": 1}
    lon = _degrees(gps.get(tags.GPSLongitude), gps.get(tags.GPSLongitudeRef), "W")
    lat = _degrees(gps.get(tags.GPSLatitude), gps.get(tags.GPSLatitudeRef), "S")
    if lon is None or lat is None:
        row["$refuse"] = (
            "the photo carries no position (the phone did not store it, or it was sent by a"
            " messenger)"
        )
        return row
    row["$lon"], row["$lat"] = lon, lat
    error = _number(gps.get(tags.GPSHPositioningError))
    if error is not None:
        row["$error_m"] = error
    heading = _number(gps.get(tags.GPSImgDirection))
    if heading is not None:
        # the photo looks at the camera: a person faces what they photograph, so this is no camera
        # heading
        north = "magnetic" if str(gps.get(tags.GPSImgDirectionRef)) == "M" else "true"
        row["note"] = f"photo taken towards {heading % 360:.0f}° ({north} north)"
    if isinstance(taken, str) and len(taken) >= 10:
        row["last_seen"] = taken[:10].replace(":", "-")
    return row


def _degrees(parts: Any, letter: Any, negative: str) -> float | None:
    try:
        numbers = [_number(p) for p in parts]
    except TypeError:
        return None
    if not 1 <= len(numbers) <= 3 or any(n is None for n in numbers):
        return None
    value = sum((n or 0.0) / 60.0**i for i, n in enumerate(numbers))
    return -value if str(letter).strip("\0 ").upper() == negative else value


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if number == number and abs(number) < 1e9 else None
