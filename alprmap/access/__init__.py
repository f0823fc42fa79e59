"""Who can look, and who searched (rules A1…): sharing records become paths from a body to a
camera.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
