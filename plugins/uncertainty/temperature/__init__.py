"""A classifier whose confidence is made to fit."""
