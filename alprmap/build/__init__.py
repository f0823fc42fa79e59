"""The project file and the whole flow: stage by stage, only what changed, the result folder
exchanged whole."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
