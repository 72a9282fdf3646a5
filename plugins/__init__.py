"""The built-in plugins: one folder a method, found through the same door as anyone's."""
