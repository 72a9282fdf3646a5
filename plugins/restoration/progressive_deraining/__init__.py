"""Rain taken away stage by stage, by one network that is applied to its own result."""
