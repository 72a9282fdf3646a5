"""What a classifier sees in a photo, and how sure it says it is."""
