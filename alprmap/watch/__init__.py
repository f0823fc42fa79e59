"""A camera's view meets the roads it reads (rules W1–W6)."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
