"""``verilens train adapt TOOL …``: a tool's network, tuned on the user's own photos; kept only where it is better."""
