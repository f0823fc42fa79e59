"""Floor 1: a file becomes reports."""
