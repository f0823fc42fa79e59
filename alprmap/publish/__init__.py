"""Floor 5: tables become something a person reads."""
