"""What the wing sandbox hands on; each name is loaded on first use (SPEC 1)."""

from .arrows import arrow_frame, gather, messages, names_of, pack, read_parquet, unpack
from .files import (
    MOST_BYTES,
    TEXT_BYTES,
    csv_of,
    file_there,
    json_of,
    refuse_values,
    regular_file,
    toml_of,
)
from .wall import (
    _BUSY,
    _RUNNING,
    LIMITS,
    Limits,
    Message,
    ask,
    close_child,
    out_of_step,
    sized,
    warm_child,
)

__all__ = [
    "LIMITS",
    "MOST_BYTES",
    "TEXT_BYTES",
    "_BUSY",
    "_RUNNING",
    "Limits",
    "Message",
    "arrow_frame",
    "ask",
    "close_child",
    "csv_of",
    "file_there",
    "gather",
    "json_of",
    "messages",
    "names_of",
    "out_of_step",
    "pack",
    "read_parquet",
    "refuse_values",
    "regular_file",
    "sized",
    "toml_of",
    "unpack",
    "warm_child",
]
