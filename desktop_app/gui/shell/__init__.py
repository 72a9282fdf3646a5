"""The window as a whole: its actions and commands, its looks, and the joining of what works behind it."""
