"""Write docs/api/: one page for each wing, from the faces and docstrings.

python scripts/make_api.py [FOLDER]     by default docs/api; made for the site and not kept in git
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def names_of(face: Path) -> list[str]:
    """The names a face hands on, in its order."""
    for node in ast.parse(face.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    raise SystemExit(f"{face} has no __all__")


def entry(name: str, value: Any) -> list[str]:
    """What one name is: its signature and its docstring, as text."""
    lines = [f"## `{name}`", ""]
    if not (inspect.isclass(value) or inspect.isroutine(value)):
        return [*lines, f"A value of type `{type(value).__name__}`.", ""]
    try:
        signature = f"{name}{inspect.signature(value)}"
    except (TypeError, ValueError):
        signature = name
    about = inspect.getdoc(value) or ""
    lines += ["```text", signature, "", about, "```", ""]
    if inspect.isclass(value):
        for method, body in vars(value).items():
            function = body.__func__ if isinstance(body, (staticmethod, classmethod)) else body
            if not method.startswith("_") and inspect.isfunction(function):
                text = inspect.getdoc(getattr(value, method)) or ""
                heading = f"{name}.{method}{inspect.signature(function)}"
                lines += ["```text", heading, "", text, "```", ""]
    return lines


def pages() -> dict[str, str]:
    """Name of each page → its text."""
    made = {}
    for face in sorted((ROOT / "alprmap").glob("*/__init__.pyi")):
        wing = face.parent.name
        module = importlib.import_module(f"alprmap.{wing}")
        lines = [f"# alprmap.{wing}", "", inspect.getdoc(module) or "", ""]
        for name in names_of(face):
            lines += entry(name, getattr(module, name))
        made[f"{wing}.md"] = "\n".join(lines).rstrip() + "\n"
    index = ["# Python", "", "One page for each wing, made from the docstrings.", ""]
    index += [f"- [alprmap.{name[:-3]}]({name})" for name in made]
    return {**made, "index.md": "\n".join(index) + "\n"}


def main() -> int:
    """Write the pages; return the exit code."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "api"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")
    print(f"wrote {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
