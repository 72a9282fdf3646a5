"""How the trunk of the learnt restorers looks at a photo. Imports nothing, for descriptors."""

ALIGN = 8
"""Height and width are padded to multiples of it: one folding, two halvings."""
REACH = 96
"""Of the 91 pixels that it looks, up to whole blocks."""
