"""Turn, straighten and flip."""
