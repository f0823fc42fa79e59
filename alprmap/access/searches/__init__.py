"""Who searched: audit logs become searches that hold nothing about a person (rules A6–A9)."""
