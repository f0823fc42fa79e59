"""Tables become files for other programs: GeoPackage with styles, KMZ, GeoJSON, CSV."""
