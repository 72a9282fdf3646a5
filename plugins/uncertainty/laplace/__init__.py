"""What the last layer could have learnt as well."""
