"""Floor 4: tables in, tables out (coverage, corridors, trips, reach, access, change)."""
