"""Who can look, and who searched (rules A1…): sharing records become paths from a body to a camera."""
