"""What is said of pictures: metrics against a reference, and votes."""
