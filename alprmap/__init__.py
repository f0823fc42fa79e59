"""alprmap: how far licence-plate surveillance reaches, along which roads, and who can look.

The package is a house of five floors; data climbs, nothing climbs down::

    sources   a file becomes reports          alprmap.sources
    roads     an extract becomes a network    alprmap.roads
    merge     reports become cameras          alprmap.merge
    measure   tables in, tables out           alprmap.measure
    publish   tables become a page            alprmap.publish

``alprmap.build`` runs all of it for a project file; ``alprmap.cli`` is the command line.
Every table is described in ``alprmap.schema``; every definition in docs/method.md.
"""

__version__ = "0.1.0"
