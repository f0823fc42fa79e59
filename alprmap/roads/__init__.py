"""Floor 2: an extract becomes a network; a text becomes a point; a view finds its arcs."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
