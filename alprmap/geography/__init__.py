"""What is where: borders, states, counties, zones, areas, people (rule R1)."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
