"""Our own tables on disk, written whole or not at all; checkpoints; locks."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
