"""What a command says of files that hardly meet: the same words as a build, on stderr."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from alprmap.cli import common


def warned(warnings: Iterable[Mapping[str, Any]], language: str = "en") -> list[str]:
    """Print warnings of `alprmap.build.joins`, and return them as sentences for --json."""
    from alprmap.publish import warning_text

    texts = [warning_text(w, language) for w in warnings]
    for text in texts:
        common.note(f"warning: {text}")
    return texts
