"""A place in words becomes a point (rules L1–L12)."""
