"""Names of agencies."""

from __future__ import annotations


def tidy(name: str) -> str:
    """Tidy."""
    return name


def kind_of(name: str) -> str:
    """Kind."""
    return "unknown"
