"""From the form to a finished step: previewing, running, committing, and the masks and kernels that tools ask for."""
