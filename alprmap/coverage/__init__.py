"""Where a driver is followed (rules C1–C6): corridors, detours, unread zones, cordons, trips."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
