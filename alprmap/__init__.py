"""alprmap: how far license-plate surveillance reaches, along which roads, and who can look.

One subject, one wing; each wing is loaded when it is first used::

    reports = alprmap.sources.read("list.xlsx")                   any file becomes reports
    cameras = alprmap.merge.open_cameras("cameras.geojson")       the readers that stand
    roads   = alprmap.roads.read("county.osm.pbf")                an extract becomes a network
    watched = alprmap.watch.watch(cameras.table, cameras.views, roads)   which road each reads
    reach   = alprmap.reach.measure(cameras)                      how far from which border
    access  = alprmap.access.measure(cameras, record)             who can look
    page    = alprmap.publish.map_page(cameras, roads, watched, reach)   one page, no server
    drawn   = alprmap.publish.folium_map(reach)                   a live map in a notebook

Every result has its tables, `.claims()` (the sentences one may print), `.save(path)` and a view for
notebooks. ``alprmap.build`` runs all of it for a project file; ``alprmap.cli`` is the command line.
Tables are described in ``alprmap.schema``, definitions in docs/method.md.
"""

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
__all__ += ["__version__"]
