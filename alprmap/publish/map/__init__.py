"""Tables become one page that opens from disk without a request (rule P)."""
