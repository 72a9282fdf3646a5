"""What a network says of its own error."""
