"""DeepFool."""
