"""Super-resolution by sparse codes."""
