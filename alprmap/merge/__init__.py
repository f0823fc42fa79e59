"""Floor 3: reports become cameras, and every decision is explained (rules M1–M13, docs/method.md).

    merged = merge(reports, settings=Settings(), roads=None, decisions=None, previous=None)

`merged.cameras`, `.views`, `.links`, `.review` are tables of alprmap.schema. The rooms inside, in
order: `units` (M1), `candidates` (M2), `score` (M3, M5), `duplicates` (M11), `decisions` (M12),
`assign` (M4, M6), `fields` (M7), `evidence` (M8, M10), `ids` (M13), `review`, `explain`, `engine`.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
