"""A learnt brightener that bends each pixel's tone by a curve, and had nothing but dark photos to learn from."""
