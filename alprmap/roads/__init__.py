"""Floor 2: an extract becomes a network; a text becomes a point; a view finds its arcs."""
