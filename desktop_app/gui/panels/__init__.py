"""The panels around the photo: thin widgets over `desktop_app.gui.viewmodel`."""
