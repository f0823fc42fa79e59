"""How many readers stand that the map lacks: declared counts, capture and recapture, growth (K)."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
