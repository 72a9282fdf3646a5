"""The least fog, blur or noise that changes an answer."""
