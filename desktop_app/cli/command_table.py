"""Every command and what it does; ``desktop_app.cli.<name>`` adds it to the program when it is asked for."""

from __future__ import annotations

COMMANDS = {
    "tools": "lists every tool",
    "apply": "applies one tool to one image",
    "models": "lists and checks the models",
    "recipe": "replays, shows and verifies saved histories",
    "evaluate": "says how good a classifier or a restoration is over a folder",
    "train": "trains one of the project's models",
    "metrics": "says how close an image is to a reference",
    "plugins": "lists, switches, trusts, checks and begins plugins",
    "doctor": "says how device, plugins, models and caches fare",
}
