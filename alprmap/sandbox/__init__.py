"""A stranger's file is parsed in a fenced process; what comes back is checked."""
