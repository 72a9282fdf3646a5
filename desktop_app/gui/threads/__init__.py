"""The ways between the window's thread and others."""
