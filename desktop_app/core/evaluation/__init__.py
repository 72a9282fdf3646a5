"""A model, or a restoration, over a folder: what it says of each photo, and figures over all."""
