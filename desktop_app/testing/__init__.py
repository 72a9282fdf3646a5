"""The published conformance kit for plugin authors."""
