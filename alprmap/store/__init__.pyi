"""What the wing store hands on; each name is loaded on first use (SPEC 1)."""

from .checkpoints import Parts, Pieces, kept
from .folders import ANY, contents, is_hash, parts_of, read, take
from .formats import COORDINATE_DIGITS, read_csv, read_parquet, read_shapes, safe_cells, with_points
from .seals import knows, remember
from .whole import (
    SUFFIXES,
    claim,
    confirm,
    is_scrap,
    keep,
    locked,
    refuse_format,
    replacing,
    sha256,
    standing,
    steady,
    together,
    umask,
    write_bytes,
    write_json,
    write_table,
    write_text,
)
from .written import refuse_damaged_zip

__all__ = [
    "ANY",
    "COORDINATE_DIGITS",
    "SUFFIXES",
    "Parts",
    "Pieces",
    "claim",
    "confirm",
    "contents",
    "is_hash",
    "is_scrap",
    "keep",
    "kept",
    "knows",
    "locked",
    "parts_of",
    "read",
    "read_csv",
    "read_parquet",
    "read_shapes",
    "refuse_damaged_zip",
    "refuse_format",
    "remember",
    "replacing",
    "safe_cells",
    "sha256",
    "standing",
    "steady",
    "take",
    "together",
    "umask",
    "with_points",
    "write_bytes",
    "write_json",
    "write_table",
    "write_text",
]
