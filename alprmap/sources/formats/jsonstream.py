"""JSON of any size as a stream of records: one record in memory at a time, caps kept, no NaN taken
for a number.

Reads documents (an array, or an object with long arrays), sequences (one object per line, RFC
8142's record separator, or simply one after another).
"""

from __future__ import annotations

import codecs
import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from alprmap.errors import InputError
from alprmap.sources.intake import Checked, unpacked, wide_encoding

_CHUNK = 1 << 20
ELEMENT = "[]"
"""What ends the key of an element of an array."""
_DEEPEST = 8
"""Objects gone into for a list of records."""
_SPACE = re.compile(r"[ \t\r\n\x1e\ufeff]*")
_TRAIL = re.compile(r"[ \t\r\n\x1e]*([,\]}])")

Event = tuple[str | None, Any]
"""(None, record) of an array or sequence at the top; (key, value) of an object at the top, where a
value that is an array comes element by element under the key with `ELEMENT` behind it."""


def _constant(_: str) -> float:
    # NaN and Infinity are no JSON; as a not-a-number they are refused per row where they matter
    return float("nan")


_DECODER = json.JSONDecoder(parse_constant=_constant)


@contextmanager
def _no_collection(pending: int) -> Iterator[None]:
    """Keep the collector from going through a very large record again and again while it is
    built.
    """
    if pending < 2 * _CHUNK or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Text:
    """Text of a stream with a position; `fill` appends more, `False` at the end."""

    def __init__(self, checked: Checked, stream: IO[bytes]) -> None:
        self.checked, self._stream = checked, stream
        head = stream.read(_CHUNK)
        self._decoder = codecs.getincrementaldecoder(_encoding(head))(errors="strict")
        self.text, self.at, self.ended, self.consumed = "", 0, False, 0
        self.too_long = False
        self._append(head)

    def _append(self, data: bytes) -> None:
        try:
            more = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            raise self.error("is not UTF-8 text", fix="save it as UTF-8") from None
        self.consumed += self.at
        self.text, self.at = self.text[self.at :] + more, 0
        self.ended = not data

    def fill(self) -> bool:
        if self.ended:
            return False
        if len(self.text) - self.at > self.checked.caps.record_chars:
            self.too_long = True
            raise self.error(
                f"one record is longer than {self.checked.caps.record_chars} characters"
            )
        # the step grows with what is pending, so that a long record is not decoded again and again
        wanted = max(_CHUNK, len(self.text) - self.at)
        self._append(self._stream.read(wanted))
        return True

    def peek(self) -> str:
        while True:
            found = _SPACE.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.fill():
                return ""

    def value(self) -> Any:
        """Decode the value that starts here; the character after it is in the buffer unless the
        file ends."""
        self.peek()
        while True:
            try:
                with _no_collection(len(self.text)):
                    value, end = _DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                if self.fill():
                    continue
                raise self.error(_explain(error, len(self.text))) from None
            except RecursionError:
                raise self.error("is nested too deeply to be data") from None
            except ValueError:
                raise self.error("holds a number of thousands of digits") from None
            if end < len(self.text) or self.ended:
                self.at = end
                return value
            self.fill()

    def error(
        self, what: str, *, fix: str | None = "check that the file was saved completely"
    ) -> InputError:
        return InputError(what, where=self.checked.path, fix=fix)


def _explain(error: json.JSONDecodeError, length: int) -> str:
    if error.pos >= length - 1 or "Unterminated" in error.msg:
        return "the JSON is cut off before its end"
    return f"is not valid JSON ({error.msg.lower()})"


def _encoding(head: bytes) -> str:
    return wide_encoding(head) or "utf-8-sig"


def events(checked: Checked) -> Iterator[Event]:
    """Yield the records and header values of a JSON file in order.

    Raises
    ------
    InputError
        When the text is no JSON, is cut off, is nested too deeply, or a record is beyond the caps.
    """
    with unpacked(checked) as stream:
        text = _Text(checked, stream)
        first = text.peek()
        if first == "[":
            yield from _array(text, None)
            _nothing_after(text)
        elif first == "{" and _is_sequence(text):
            yield from _sequence(text)
        elif first == "{":
            yield from _object(text)
            _nothing_after(text)
        else:
            raise text.error("is not valid JSON (expecting an object or an array)")


def _is_sequence(text: _Text) -> bool:
    """Tell whether one whole object in the first buffer is followed by another."""
    try:
        _, end = _DECODER.raw_decode(text.text, text.at)
    except (ValueError, RecursionError):
        return False
    found = _SPACE.match(text.text, end)
    end = found.end() if found else end
    return text.text[end : end + 1] == "{"


def _sequence(text: _Text) -> Iterator[Event]:
    while text.peek():
        yield None, text.value()


def _array(text: _Text, key: str | None) -> Iterator[Event]:
    text.at += 1
    if text.peek() == "]":
        text.at += 1
        return
    while True:
        yield key, text.value()
        found = _TRAIL.match(text.text, text.at)
        mark = found[1] if found else text.peek()
        if found:
            text.at = found.end(1) - 1
        if mark not in (",", "]"):
            raise text.error(
                "the JSON is cut off before its end"
                if not mark
                else "is not valid JSON (comma missing)"
            )
        text.at += 1
        if mark == "]":
            return


def _member(text: _Text, key: str, depth: int) -> Iterator[Event]:
    """Yield what stands under a name: an array element by element, and an object whole,
    unless it is so long that the records must stand somewhere inside it."""
    mark = text.peek()
    if mark == "[":
        yield from _array(text, f"{key}{ELEMENT}")
        return
    try:
        value = text.value()
    except InputError:
        if not text.too_long or mark != "{" or depth > _DEEPEST:
            raise
        text.too_long = False
        yield from _object(text, f"{key}.", depth + 1)
    else:
        yield key, value


def _object(text: _Text, path: str = "", depth: int = 0) -> Iterator[Event]:
    text.at += 1
    if text.peek() == "}":
        text.at += 1
        return
    while True:
        if text.peek() != '"':
            raise text.error(
                "the JSON is cut off before its end" if not text.peek() else "is not valid JSON"
            )
        key = f"{path}{text.value()}"
        if text.peek() != ":":
            raise text.error(
                "the JSON is cut off before its end" if not text.peek() else "is not valid JSON"
            )
        text.at += 1
        yield from _member(text, key, depth)
        mark = text.peek()
        if mark not in (",", "}") or not mark:
            raise text.error(
                "the JSON is cut off before its end"
                if not mark
                else "is not valid JSON (comma missing)"
            )
        text.at += 1
        if mark == "}":
            return


def _nothing_after(text: _Text) -> None:
    if text.peek():
        raise text.error(
            "has further text after the end of its JSON", fix="it may be two files in one"
        )
