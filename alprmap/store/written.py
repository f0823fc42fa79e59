"""What this process wrote a moment ago, opened again to see that the disk kept it.

No file that anybody hands in is opened here: only the temporary file of a write that is not yet in
place (`alprmap.store.replacing`), which nobody else can name.
"""

from __future__ import annotations

import errno
import zipfile
from pathlib import Path

from alprmap.errors import reason


def parquet_rows(path: Path) -> int:
    """Return how many rows the Parquet file has that was just written.

    Raises
    ------
    OSError
        When it reads back broken.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except pa.ArrowException as error:
        raise OSError(errno.EIO, f"the file reads back broken ({reason(error)})") from None


def refuse_damaged_zip(path: Path) -> None:
    """Refuse an archive that was just written and reads back other than it was.

    Raises
    ------
    OSError
        When a member is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except zipfile.BadZipFile:
        damaged = "its list"
    if damaged is not None:
        raise OSError(errno.EIO, f"the archive is damaged after writing ({damaged})")


def layer_rows(path: Path) -> int:
    """Return how many rows the first layer of a GeoPackage or FlatGeobuf has that was just written.

    Raises
    ------
    OSError
        When it reads back broken.
    """
    import pyogrio

    try:
        return int(pyogrio.read_info(path, force_feature_count=True)["features"])
    except (RuntimeError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise OSError(errno.EIO, f"the file reads back broken ({reason(error)})") from None


def kmz_rows(path: Path) -> int:
    """Return how many marks the KMZ has that was just written."""
    with zipfile.ZipFile(path) as archive:
        return archive.read("doc.kml").count(b"<Placemark>")
