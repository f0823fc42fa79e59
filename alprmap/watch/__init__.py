"""A camera's view meets the roads it reads (rules W1–W6)."""
