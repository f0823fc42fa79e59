"""Photos: 42 with all sorts of EXIF and more that are odd or damaged, made here; nothing of them is
left."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import struct
from pathlib import Path
from typing import Any

import pytest
import sighting_data as data
from PIL import Image, ImageDraw
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import IFDRational
from typer.testing import CliRunner

from alprmap.cli import app
from alprmap.errors import InputError
from alprmap.sightings import canonical, make, photos, sighting

exifread = pytest.importorskip("exifread", reason="exifread is not installed")

SECRETS = (
    b"Ann Example",
    b"SN-123456789",
    b"secret comment",
    b"xmp-owner",
    b"MakerNoteSecret",
    b"ICCSECRET",
    b"14:32:05",
)
"""Bytes that stand somewhere in every photo made here and must not stand in what is kept."""


def picture(width: int = 64, height: int = 48) -> Image.Image:
    image = Image.new("RGB", (width, height), "#88aacc")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 4, height // 4), fill="#d00000")
    return image


def dms(value: float, *, style: str) -> Any:
    """A coordinate as phones write it: whole seconds in hundredths, decimal minutes, or decimal
    degrees."""
    value = abs(value)
    degrees = int(value)
    minutes = (value - degrees) * 60
    if style == "degrees":
        return (
            IFDRational(round(value * 10_000_000), 10_000_000),
            IFDRational(0, 1),
            IFDRational(0, 1),
        )
    if style == "minutes":
        return (
            IFDRational(degrees, 1),
            IFDRational(round(minutes * 1_000_000), 1_000_000),
            IFDRational(0, 1),
        )
    seconds = (minutes - int(minutes)) * 60
    return (
        IFDRational(degrees, 1),
        IFDRational(int(minutes), 1),
        IFDRational(round(seconds * 10_000), 10_000),
    )


def exif(
    lon: float,
    lat: float,
    *,
    style: str = "seconds",
    direction: float | None = None,
    ref: str | None = None,
    orientation: int = 1,
    refs: tuple[str, str] | None = None,
    more: dict[int, Any] | None = None,
) -> Image.Exif:
    made = Image.Exif()
    made[Base.Make], made[Base.Model], made[Base.Artist] = "Phone", "SN-123456789", "Ann Example"
    made[Base.Orientation] = orientation
    # set whole at the end: what is filled in afterwards is lost by older versions of Pillow
    inner: dict[int, Any] = {}
    inner[Base.DateTimeOriginal] = "2026:01:15 14:32:05"
    inner[Base.MakerNote] = b"MakerNoteSecret"
    inner[Base.BodySerialNumber] = "SN-123456789"
    gps: dict[int, Any] = {}
    ew, ns = refs or ("W" if lon < 0 else "E", "S" if lat < 0 else "N")
    gps[GPS.GPSLatitudeRef], gps[GPS.GPSLongitudeRef] = ns, ew
    gps[GPS.GPSLatitude], gps[GPS.GPSLongitude] = dms(lat, style=style), dms(lon, style=style)
    gps[GPS.GPSTimeStamp] = (IFDRational(14, 1), IFDRational(32, 1), IFDRational(5, 1))
    if direction is not None:
        gps[GPS.GPSImgDirection] = IFDRational(round(direction * 100), 100)
        if ref is not None:
            gps[GPS.GPSImgDirectionRef] = ref
    gps |= more or {}
    made[IFD.Exif], made[IFD.GPSInfo] = inner, gps
    return made


def save(
    path: Path, made: Image.Exif | bytes, *, image: Image.Image | None = None, format_: str = "JPEG"
) -> Path:
    try:
        raw = made if isinstance(made, bytes) else made.tobytes()
    except ZeroDivisionError:
        pytest.skip("this version of Pillow writes no number over zero")
    more: dict[str, Any] = {"exif": raw}
    if format_ == "JPEG":
        xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><owner>xmp-owner</owner></x:xmpmeta>'
        more |= {"comment": b"secret comment", "xmp": xmp, "icc_profile": b"ICCSECRET" * 20}
    out = io.BytesIO()
    (image or picture()).save(out, format_, **more)
    path.write_bytes(out.getvalue())
    return path


PLACES = [
    (-101.9052, 29.8150),
    (-99.507, 27.506),
    (151.2, -33.86),
    (13.4, 52.52),
    (-58.38, -34.6),
    (-157.858, 21.307),
]
STYLES = ["seconds", "minutes", "degrees"]
DIRECTIONS: list[tuple[float | None, str | None, str | None]] = [
    (None, None, None),
    (87.5, "T", "true"),
    (359.99, "M", "magnetic"),
    (12.0, None, "unknown"),
]
SAMPLES = [
    (
        place,
        style,
        DIRECTIONS[i % 4],
        "JPEG" if i % 5 else ("PNG", "WEBP", "TIFF")[i // 5 % 3],
        1 + i % 8,
    )
    for i, (place, style) in enumerate(itertools.product(PLACES, STYLES))
] + [
    (PLACES[0], "seconds", d, "JPEG", o) for d, o in itertools.product(DIRECTIONS[1:], range(1, 9))
]


def test_there_are_at_least_forty_samples() -> None:
    assert len(SAMPLES) >= 40


@pytest.mark.parametrize(("place", "style", "looking", "format_", "orientation"), SAMPLES)
def test_position_and_direction_are_read(
    tmp_path: Path, place: Any, style: str, looking: Any, format_: str, orientation: int
) -> None:
    degrees, ref, reference = looking
    made = exif(*place, style=style, direction=degrees, ref=ref, orientation=orientation)
    path = save(tmp_path / "photo.jpg", made, format_=format_)
    found = photos.read_photo(path)
    assert (found.lon, found.lat) == pytest.approx(place, abs=2e-6)
    assert found.direction_deg == (
        None if degrees is None else pytest.approx(degrees % 360, abs=0.01)
    )
    assert found.reference == reference
    assert found.day == "2026-01-15"
    # a second library reads the same place from the same bytes
    if format_ == "JPEG":
        with path.open("rb") as file:
            other = exifread.utils.get_gps_coords(exifread.process_file(file, details=False))
        assert other == pytest.approx((place[1], place[0]), abs=2e-6)


@pytest.mark.parametrize(("place", "style", "looking", "format_", "orientation"), SAMPLES)
def test_nothing_of_the_photo_is_left(
    tmp_path: Path, place: Any, style: str, looking: Any, format_: str, orientation: int
) -> None:
    made = exif(*place, style=style, direction=looking[0], ref=looking[1], orientation=orientation)
    path = save(tmp_path / "photo.jpg", made, format_=format_)
    before = path.read_bytes()
    kept = photos.pixels_alone(path)
    assert any(secret in before for secret in SECRETS)
    for secret in SECRETS:
        assert secret not in kept
    # a second library finds no tag, and the markers of the file are only those of a picture
    assert exifread.process_file(io.BytesIO(kept), details=True) == {}
    assert set(markers(kept)) <= {0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDA, 0xD9}
    with Image.open(io.BytesIO(kept)) as again:
        assert dict(again.getexif()) == {}
        assert set(again.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        # upright: the red corner has gone where the orientation says
        assert again.size == ((64, 48) if orientation < 5 else (48, 64))
        assert (
            red_corner(again)
            == {1: "nw", 2: "ne", 3: "se", 4: "sw", 5: "nw", 6: "ne", 7: "se", 8: "sw"}[orientation]
        )


def markers(jpeg: bytes) -> list[int]:
    """The markers of a JPEG up to its picture data."""
    found, at = [jpeg[1]], 2
    while found[-1] != 0xDA:
        assert jpeg[at] == 0xFF
        found.append(jpeg[at + 1])
        at += 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
    return found


def red_corner(image: Image.Image) -> str:
    w, h = image.size
    spots = {"nw": (3, 3), "ne": (w - 4, 3), "sw": (3, h - 4), "se": (w - 4, h - 4)}
    return next(
        k for k, xy in spots.items() if image.getpixel(xy)[0] > 150 and image.getpixel(xy)[1] < 90
    )  # type: ignore[index]


ODD: list[tuple[str, dict[str, Any], tuple[float, float] | None]] = [
    ("small letters", {"refs": ("w", "n")}, PLACES[0]),
    ("letters with NUL", {"refs": ("W\0", "N\0")}, PLACES[0]),
    ("no letter", {"refs": ("", "N")}, None),
    ("wrong letter", {"refs": ("N", "W")}, None),
    ("seconds of 60", {"more": {GPS.GPSLatitude: (29, 48, 61)}}, None),
    (
        "zero denominator",
        {"more": {GPS.GPSLatitude: (IFDRational(29, 0), IFDRational(0, 1), IFDRational(0, 1))}},
        None,
    ),
    ("beyond the pole", {"more": {GPS.GPSLatitude: (91, 0, 0)}}, None),
    ("zero zero", {"more": {GPS.GPSLatitude: (0, 0, 0), GPS.GPSLongitude: (0, 0, 0)}}, None),
    ("no latitude", {"more": {GPS.GPSLatitude: ()}}, None),
]


@pytest.mark.parametrize(("change", "place"), [o[1:] for o in ODD], ids=[o[0] for o in ODD])
def test_odd_positions_are_read_or_refused(
    tmp_path: Path, change: dict[str, Any], place: Any
) -> None:
    path = save(tmp_path / "odd.jpg", exif(*PLACES[0], **change))
    if place is None:
        with pytest.raises(InputError, match="carries no position"):
            photos.read_photo(path)
    else:
        found = photos.read_photo(path)
        assert (found.lon, found.lat) == pytest.approx(place, abs=2e-6)


def damaged(kind: str) -> bytes:
    raw = bytearray(exif(*PLACES[0]).tobytes())
    if kind == "cut":
        return bytes(raw[: len(raw) // 2])
    if kind == "offset":
        raw[10:14] = b"\xff\xff\xff\x7f"
    elif kind == "count":
        raw[14:16] = b"\xff\xff"
    elif kind == "noise":
        raw[14:] = bytes((i * 37) % 256 for i in range(len(raw) - 14))
    elif kind == "loop":
        raw[-4:] = raw[10:14]
    return bytes(raw)


BROKEN = ["cut", "offset", "count", "noise", "loop"]


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.filterwarnings("ignore")
def test_corrupt_exif_is_one_line_and_no_crash(tmp_path: Path, kind: str) -> None:
    path = save(tmp_path / "corrupt.jpg", damaged(kind))
    with contextlib.suppress(InputError):
        found = photos.read_photo(path)
        assert (found.lon, found.lat) == pytest.approx(PLACES[0], abs=2e-6)
    assert exifread.process_file(io.BytesIO(photos.pixels_alone(path))) == {}


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"hevc", b"avif"])
def test_heic_is_refused_clearly(tmp_path: Path, brand: bytes) -> None:
    path = tmp_path / "IMG_1.HEIC"
    path.write_bytes(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + b"mif1heic" + bytes(200))
    with pytest.raises(InputError, match="is a HEIC photo, which is not read; save it as JPEG"):
        photos.read_photo(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a" + bytes(40), b"\xff\xd8\xff\xe1" + bytes(10), b"%PDF-1.7", b"x" * 100],
)
def test_what_is_no_photo_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    with pytest.raises(InputError):
        photos.read_photo(path)


def test_truncated_picture_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "cut.jpg", exif(*PLACES[0]), image=picture(400, 300))
    path.write_bytes(path.read_bytes()[:-900])
    with pytest.raises(InputError, match="readable"):
        photos.pixels_alone(path)


def test_V9_a_direction_of_the_photographer_is_not_that_of_the_camera(tmp_path: Path) -> None:
    path = save(tmp_path / "p.jpg", exif(*PLACES[0], direction=90, ref="M"))
    silent = make.at_photo(path, make.Said()).properties
    assert silent.direction == "unknown"
    assert silent.photo_direction == 90
    assert silent.direction_reference == "magnetic"
    assert silent.evidence == "photo"
    assert silent.check_date == "2026-01"
    assert make.at_photo(path, make.Said(photo_shows="front")).properties.direction == "270"
    assert make.at_photo(path, make.Said(photo_shows="back")).properties.direction == "90"
    assert (
        make.at_photo(path, make.Said(direction="45", to_day=True)).properties.check_date
        == "2026-01-15"
    )
    north = save(tmp_path / "n.jpg", exif(*PLACES[0], direction=180, ref="T"))
    assert make.at_photo(north, make.Said(photo_shows="front")).properties.direction == "360"


def test_new_from_photos(tmp_path: Path) -> None:
    first = save(tmp_path / "a.jpg", exif(*PLACES[0], direction=87.5, ref="M"))
    second = save(tmp_path / "b.jpg", exif(*PLACES[1]))
    out, folder = tmp_path / "s.geojson", tmp_path / "kept"
    # as a shell expands --photo *.jpg
    words = [
        "sighting",
        "new",
        "--photo",
        str(first),
        str(second),
        "--out",
        str(out),
        "--keep-photos",
        str(folder),
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "magnetic" in done.stderr
    features = json.loads(out.read_text("utf-8"))["features"]
    assert len(features) == 2
    assert sorted(p.stem for p in folder.iterdir()) == sorted(f["id"] for f in features)
    for kept in folder.iterdir():
        assert exifread.process_file(io.BytesIO(kept.read_bytes())) == {}
    text = out.read_text("utf-8")
    assert not any(secret.decode() in text for secret in SECRETS)
    assert str(tmp_path) not in text
    # without being asked, no photo goes anywhere
    again = CliRunner().invoke(app, ["sighting", "new", "--photo", str(first)])
    assert len(json.loads(again.stdout)["features"]) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jpg", "b.jpg", "kept", "s.geojson"]


def test_a_photo_gives_what_the_hand_gives() -> None:
    by_hand = canonical.scrub(data.feature(evidence="photo", **{"photo:direction": 90})).feature
    assert sighting.plain(by_hand)["properties"]["photo:direction"] == 90.0


def test_a_picture_of_another_kind_is_told_without_python(tmp_path: Path) -> None:
    path = tmp_path / "p.gif"
    Image.new("RGB", (4, 4)).save(path)
    with pytest.raises(
        InputError, match=r"is no photo that is read \(JPEG, PNG, WEBP, TIFF\); save it as JPEG$"
    ):
        photos.read_photo(path)
