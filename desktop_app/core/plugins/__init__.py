"""Discovery, quarantine and trust of plugins."""
