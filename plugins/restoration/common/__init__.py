"""What several restorations share: parameters, and what is done around a method's own step."""
