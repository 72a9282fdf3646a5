"""The attack of Carlini and Wagner."""
