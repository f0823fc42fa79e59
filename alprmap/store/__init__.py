"""Our own tables on disk, written whole or not at all; checkpoints; locks."""
