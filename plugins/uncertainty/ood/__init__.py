"""Whether a classifier knows photos like this one."""
