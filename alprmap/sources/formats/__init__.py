"""One file format a room; each turns a file into plain rows, in the fenced process."""
