"""Answers of servers: where in a JSON document the list of records stands, the names of its cells,
and whether the server cut it.

Portals wrap the same rows in many ways (CKAN `result.records`, OData `value` and `d.results`,
Socrata `meta.view.columns` with `data`, Esri `features`, OGC API), so nothing here depends on the
name of a key: a list of cameras is known by its records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alprmap.sources.fields import vocabulary
from alprmap.sources.fields.fields import field_of

RECORD_KEYS = (
    "features",
    "elements",
    "data",
    "cameras",
    "results",
    "records",
    "items",
    "rows",
    "nodes",
    "agencies",
    "value",
)
"""Names under which known exports keep their list of records."""
_TELLING = frozenset(
    [
        "lat",
        "lon",
        "point",
        "lonlat",
        "x",
        "y",
        "osm_id",
        "place",
        "road",
        "road_at",
        "direction",
        "operator",
        "device",
        "agency_slug",
        "agency_names",
        "agency_name",
        "share_from",
        "share_to",
    ]
)
"""Fields that only a record of a camera or an agency has; a list of columns or links has none."""
_DEPTH = 6
_MOST_PARTS = 1_000
"""Layers or pages of one document that are gone into."""
_PAGE = frozenset(["page", "currentpage", "pagenumber", "pageindex", "pageno"])
_PAGES = frozenset(["pages", "totalpages", "pagecount", "lastpage", "numpages", "pagestotal"])
_NEXT = frozenset(
    [
        "next",
        "nextlink",
        "odatanextlink",
        "nextpagetoken",
        "nextpage",
        "nextpageurl",
        "nexturl",
        "nextcursor",
        "__next",
        "nextresultsurl",
        "nexttoken",
        "continuationtoken",
    ]
)
_MORE = frozenset(
    [
        "exceededtransferlimit",
        "hasmore",
        "hasnextpage",
        "hasnext",
        "more",
        "truncated",
        "istruncated",
        "partial",
        "partialresults",
        "incomplete",
        "incompleteresults",
        "morerecords",
        "moreresults",
        "moreavailable",
    ]
)
_TOTAL = frozenset(
    [
        "numbermatched",
        "total",
        "totalcount",
        "totalrecords",
        "totalresults",
        "totalfeatures",
        "totalrows",
        "totalitems",
        "odatacount",
        "__count",
        "totalhits",
    ]
)
_SEPARATORS = str.maketrans("", "", "_-.@ ")


def speaks(record: Any) -> bool:
    """Tell whether a record is one of a camera or an agency, by the names of its fields.

    >>> speaks({"latitude": 1, "name": "x"}), speaks({"href": "x", "rel": "next", "type": "t"})
    (True, False)
    """
    if not isinstance(record, dict):
        return False
    if record.get("type") == "Feature" or isinstance(record.get("attributes"), dict):
        return True
    table = vocabulary.fields()
    for name, value in record.items():
        plain = vocabulary.header(str(name))
        if table.get(plain, ("", 0))[0] in _TELLING or plain.endswith(("latitude", "latitudee7")):
            return True
        if isinstance(value, dict) and _is_place(value):
            return True
    return False


def _is_place(value: Mapping[str, Any]) -> bool:
    names = {str(k).casefold() for k in value}
    return bool(names & {"coordinates", "lat", "latitude", "latitudee7"})


def lists_in(
    value: Any, path: str = "", depth: int = 0, *, inner: bool = False
) -> Iterator[tuple[str, list[Any]]]:
    """Yield (path, list) of the lists of records or of cells anywhere in an object; with `inner`
    those within the elements of a list that are no records themselves (layers, pages)."""
    if depth > 2 * _DEPTH or not isinstance(value, dict):
        return
    for key, held in value.items():
        at = f"{path}.{key}" if path else str(key)
        if not isinstance(held, list) or not held or not isinstance(held[0], (dict, list)):
            yield from lists_in(held, at, depth + 1, inner=inner)
            continue
        if not inner or depth:
            yield at, held
        if inner and not any(map(speaks, held[:20])):
            for number, element in enumerate(held[:_MOST_PARTS]):
                yield from lists_in(element, f"{at}.{number}", depth + 1, inner=True)


def is_head(value: Any) -> bool:
    """Tell whether a list is the line of names above lists of cells.

    >>> is_head(["lat", "lon", "agency"]), is_head([39.9, -82.9, "x"])
    (True, False)
    """
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(v, str) for v in value):
        return False
    table = vocabulary.fields()
    return sum(table.get(vocabulary.header(v), ("", 0))[0] in _TELLING for v in value) >= 2


def by_column(header: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the records of a document that holds a list, or an object by number, for each column;
    None when it is no such thing.

    >>> by_column({"lat": [39.9, 39.8], "lon": [-83, -82]})
    [{'lat': 39.9, 'lon': -83}, {'lat': 39.8, 'lon': -82}]
    """
    sized = {k: v for k, v in header.items() if isinstance(v, (list, dict))}
    if len(sized) < 2 or len(sized) < len(header) or not is_head([*map(str, header)]):
        return None
    if all(isinstance(v, dict) for v in sized.values()):
        keys = list(next(iter(sized.values())))
        if any(list(v) != keys for v in sized.values()):
            return None
        sized = {k: list(v.values()) for k, v in sized.items() if isinstance(v, dict)}
    lists = [v for v in sized.values() if isinstance(v, list)]
    if len(lists) < len(sized) or len({len(v) for v in lists}) != 1:
        return None
    if any(isinstance(cell, (list, dict)) for v in lists for cell in v[:20]):
        return None
    return [dict(zip(sized, cells, strict=True)) for cells in zip(*lists, strict=True)]


def failure(header: Mapping[str, Any]) -> str | None:
    """Return what an answer that is only an error says, None when it is none.

    >>> failure({"error": {"code": 400, "message": "Invalid query"}})
    'Invalid query'
    """
    for key, value in _flat(header):
        told = key.casefold() in (
            "message",
            "error",
            "error_description",
            "exceptiontext",
            "detail",
        )
        if told and isinstance(value, str) and value:
            return " ".join(value.split())[:200]
    return None


def cell_names(header: Mapping[str, Any], width: int) -> list[str] | None:
    """Return the names of the cells of a row of `width`, from a list of columns anywhere in the
    header; None when there is none."""
    for _, names in _all_lists(header):
        if len(names) == width and (found := [_name(n) for n in names]) and all(found):
            return [str(n) for n in found]
    return None


def cells_of(row: Any) -> list[Any] | None:
    """Return the cells of a row without names: a list, or what charts of Google answer (``{"c":
    [{"v": 1}]}``); None for any other record."""
    if isinstance(row, list):
        return row
    held = row.get("c") if isinstance(row, dict) and row.keys() <= {"c", "p"} else None
    if not isinstance(held, list):
        return None
    return [c.get("v") if isinstance(c, dict) else None for c in held]


Explained = Mapping[str, tuple[str, Mapping[Any, str]]]
"""Name of an attribute → what it is called in words, and the words of its codes."""


def explained(header: Mapping[str, Any]) -> Explained:
    """Return what an answer of ArcGIS says of its attributes: the alias of a name that means
    nothing by itself, where the alias does, and the words of coded values.

    >>> explained({"fields": [{"name": "F1", "alias": "Camera Facing"}]})
    {'F1': ('Camera Facing', {})}
    """
    out: dict[str, tuple[str, Mapping[Any, str]]] = {}
    fields = header.get("fields")
    for one in fields if isinstance(fields, list) else ():
        if not isinstance(one, dict) or not isinstance(name := one.get("name"), str):
            continue
        alias = one.get("alias")
        said = isinstance(alias, str) and not field_of(name)[0] and field_of(alias)[0]
        domain = one.get("domain")
        coded = domain.get("codedValues") if isinstance(domain, dict) else None
        codes = {
            c["code"]: c["name"]
            for c in (coded if isinstance(coded, list) else ())
            if isinstance(c, dict)
            and isinstance(c.get("code"), (str, int))
            and isinstance(c.get("name"), str)
        }
        if said or codes:
            out[name] = (str(alias) if said else name, codes)
    return out


def named(value: Any, names: list[str] | None, told: Explained) -> Any:
    """Return a list of cells as a record, attributes by their names in words; anything else as it
    is."""
    if names is not None and (cells := cells_of(value)) is not None:
        return dict(zip(names, cells, strict=True)) if len(cells) == len(names) else value
    if told and isinstance(value, dict) and isinstance(held := value.get("attributes"), dict):
        words: dict[str, Any] = {}
        for name, cell in held.items():
            alias, codes = told.get(name, (name, {}))
            plain = isinstance(cell, (str, int))
            words[name if alias in held else alias] = codes.get(cell, cell) if plain else cell
        return {**value, "attributes": words}
    return value


def _all_lists(value: Any, depth: int = 0) -> Iterator[tuple[str, list[Any]]]:
    if depth > _DEPTH or not isinstance(value, dict):
        return
    for key, inner in value.items():
        if isinstance(inner, list):
            yield str(key), inner
        else:
            yield from _all_lists(inner, depth + 1)


def _name(column: Any) -> str | None:
    if isinstance(column, str):
        return column
    if isinstance(column, dict):
        for key in ("name", "fieldName", "title", "label", "id", "key"):
            if isinstance(column.get(key), str):
                return str(column[key])
    return None


def cut(header: Mapping[str, Any], number: int) -> str | None:
    """Return a sentence when the answer says that its server holds more than it sent, else None.

    Parameters
    ----------
    header
        Whatever stands beside the records.
    number
        Records that were read.

    >>> cut({"properties": {"exceededTransferLimit": True}}, 4)
    'the server cut it at its transfer limit (exceededTransferLimit)'
    >>> cut({"numberMatched": 120, "numberReturned": 100}, 100)
    'it holds 100 of 120 records (numberMatched)'
    """
    remark = header.get("remark")
    if remark:
        return f"the server broke off: {' '.join(str(remark).split())[:200]}"
    for key, value in _flat(header):
        plain = key.translate(_SEPARATORS).casefold()
        if plain in _MORE and value in (True, "true", "True", 1):
            return f"the server cut it at its transfer limit ({key})"
        if plain in _NEXT and isinstance(value, (str, int)) and value not in ("", 0, False, True):
            return f"it is one page of several ({key})"
        if plain in _TOTAL and _whole(value) is not None and (_whole(value) or 0) > number > 0:
            return f"it holds {number} of {_whole(value)} records ({key})"
        if plain == "rel" and value == "next":
            return "it is one page of several (a link to the next page)"
        if plain in _PAGES and (_whole(value) or 0) > max(_page(header), 1):
            return f"it is page {max(_page(header), 1)} of {_whole(value)} ({key})"
    # Airtable hands a word on while there is more
    offset = header.get("offset")
    if isinstance(offset, str) and offset and not offset.isdecimal():
        return "it is one page of several (offset)"
    return None


def _page(header: Mapping[str, Any]) -> int:
    numbers = (_whole(v) for k, v in _flat(header) if k.translate(_SEPARATORS).casefold() in _PAGE)
    return next((n for n in numbers if n is not None), 1)


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flat(value: Any, key: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield (key, plain value) of everything in the header; of a list of links each link."""
    if isinstance(value, dict) and depth < _DEPTH:
        plain = key.translate(_SEPARATORS).casefold()
        if plain in _NEXT and isinstance(value.get("href"), str):
            yield key, value["href"]
        if plain in _TOTAL and "value" in value:
            yield key, value["value"]  # Elasticsearch: {"value": 900, "relation": "eq"}
        if plain == "lastevaluatedkey" and value:
            yield "nextToken", key  # DynamoDB: the key that the next page begins behind
        for name, inner in value.items():
            yield from _flat(inner, str(name), depth + 1)
    elif isinstance(value, list) and key.casefold() in ("links", "link", "_links"):
        for inner in value[:100]:
            yield from _flat(inner, key, depth + 1)
    elif not isinstance(value, list):
        yield key, value


def best(lists: Mapping[str, Sequence[Any]]) -> str | None:
    """Return the path of the longest list of objects, None where there is none."""
    of_objects = {p: v for p, v in lists.items() if v and isinstance(v[0], dict)}
    return max(of_objects, key=lambda p: len(of_objects[p]), default=None)


def _is_record(value: Mapping[str, Any]) -> bool:
    """Tell whether an object says where something is, and is no mere shelf of such objects."""
    return speaks(value) and not all(isinstance(v, dict) for v in value.values())


def by_id(value: Mapping[str, Any], depth: int = 0) -> Mapping[str, Any] | None:
    """Return the object whose members are records, each under its id, at any key not deep down."""
    if not value or depth > 3:
        return None
    inner = [v for v in value.values() if isinstance(v, dict)]
    if len(inner) == len(value) and all(map(_is_record, inner)):
        return value
    return next((found for v in inner if (found := by_id(v, depth + 1))), None)
