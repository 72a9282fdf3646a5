"""Where in the photo a classifier's answer comes from."""
