"""What the wing sources hands on; each name is loaded on first use (SPEC 1)."""

from .door import Read, read
from .fields.bodies import body_in
from .fields.coordinates import parse_point
from .fields.dates import DAY_FIRST, MONTH_FIRST, is_iso_date, order_of, parse_date
from .fields.numbers import parse_count, parse_decimal
from .fields.vocabulary import vendor
from .formats.archives import kind
from .formats.cells import WORKBOOKS, read_cells, records_within, sheets_within, table_within
from .formats.documents import text_within
from .formats.readers import read_tables
from .identity import kept_content_ids, named_by_content
from .intake import Caps, Checked, check_file, regular, unpacked
from .registers import search_column
from .settings import Settings

__all__ = [
    "DAY_FIRST",
    "MONTH_FIRST",
    "WORKBOOKS",
    "Caps",
    "Checked",
    "Read",
    "Settings",
    "body_in",
    "check_file",
    "is_iso_date",
    "kept_content_ids",
    "kind",
    "named_by_content",
    "order_of",
    "parse_count",
    "parse_date",
    "parse_decimal",
    "parse_point",
    "read",
    "read_cells",
    "read_tables",
    "records_within",
    "regular",
    "search_column",
    "sheets_within",
    "table_within",
    "text_within",
    "unpacked",
    "vendor",
]
