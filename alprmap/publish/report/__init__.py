"""Tables become a report: figures, claims and the sections around them."""
