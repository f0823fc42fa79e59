"""One kind of value a file: coordinates, dates, places, numbers, who runs a camera."""
