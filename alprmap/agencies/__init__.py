"""Names of agencies: what a name says (place, role, state, number), what sort of body it is, which
one it is.

Order of proof (docs/method/sources.md, S10): the alias table; the same name once short forms are
written out; a near spelling, where role, state, every number and every rare word agree and the
runner-up is well behind. Anything less goes to review: "Laredo PD" is never Laredo ISD PD,
Constable Pct 1 never Pct 2."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
