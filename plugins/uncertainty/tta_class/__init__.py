"""A classifier asked about the photo moved and mirrored."""
