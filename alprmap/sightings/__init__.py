"""Sightings: a volunteer's camera enters by the same door as every other source (V1-V11).

The rooms in order: `sighting` (the format), `files` (strict JSON in), `personal` (what tells on
somebody), `make` and `photos` (a sighting from what a person knows), `known` and `places` (what is
there already, where a camera can stand), `check` and `findings`, `result` (all of it at once),
`canonical` (one form, ids from content), `exports`, `form` (the offline page). The rules are
explained in docs/method/sightings.md.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
