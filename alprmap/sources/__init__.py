"""Floor 1: a file becomes reports.

    read(path)  any source file → `Read(reports, rejects, counts)`

The way of a file: `intake` says whether it may come in and what it is, a reader turns it into plain
rows (on the far side of a `wall` where the parser is not Python's own), `normalize` turns rows into
reports by the tables of data/aliases.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
