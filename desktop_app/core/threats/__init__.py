"""What an attack may change: a file a kind, by whose name attacks declare it (`api.Threat`). A new one: a new file."""
