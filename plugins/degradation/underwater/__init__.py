"""Water between camera and subject."""
