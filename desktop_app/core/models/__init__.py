"""Model store and loaders."""
