"""A square of the photo, painted anew."""
