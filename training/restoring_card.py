"""Export of a learnt restorer: half-precision weights, and a card for machines and one for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from torch import nn

from training.lesson import Lesson
from training.weights import facts_of, write_half, write_text

__all__ = ["HeldOut", "export", "means", "to_markdown", "worst_of"]

_WORST = 5
_DATASET = {
    "name": "BSDS500 (Arbelaez et al. 2011), its train and test folders",
    "source": "BIDS/BSDS500",
    "trained_on": "290 photos; a hundred are left out of all training, so that intervals can be calibrated on them",
    "tested_on": "10 further photos that were looked at along the way; nothing was chosen by them",
}
_LICENCE = {
    "weights": "MIT",
    "images": "not included; rights in the BSDS500 images are as their source states (none stated)",
}
_CAVEATS = (
    "BSD68, CBSD68 and B100 are part of BSDS500's val folder, which was never used.",
    "The photos are JPEG files of 481 x 321 pixels: very fine texture of larger photos was hardly seen.",
    "What it learnt to undo was made by this program's own degradations, not by a camera.",
)


class HeldOut(NamedTuple):
    """PSNR in dB of the photo at a place of the held-out list, before and after."""

    photo: int
    given: float
    restored: float


def means(rows: Sequence[HeldOut]) -> dict[str, float]:
    """Return the mean PSNR in dB after and before."""
    return {name: sum(getattr(row, name) for row in rows) / len(rows) for name in ("restored", "given")}


def export(
    network: nn.Module, folder: Path, name: str, lesson: Lesson, recipe: Mapping[str, Any],
    last: Mapping[str, float], rows: Sequence[HeldOut],
) -> dict[str, Any]:
    """Write ``NAME.safetensors``, ``NAME.json`` and ``MODEL_CARD.md``; return the card.

    Parameters
    ----------
    network : nn.Module
        As `round_to_half` returns it.
    recipe : Mapping
        The schedule's fields, ``batch``, ``crop``, and ``start``: the SHA-256 of the weights it started from, or None;
        where there were further photos, their number as ``more``; where it was mixed, ``anchor`` and ``share``.
    last : mapping of str to float
        The last row of the run's curve: step, seconds, and figures beside those of `rows`.
    rows : sequence of HeldOut
        Of the rounded network.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights, further = folder / f"{name}.safetensors", recipe.get("more", 0)
    write_half(network, weights, {"seed": recipe["seed"], "steps": last["step"]})
    mean = means(rows) if rows else {}
    more = {key: value for key, value in last.items() if key not in ("step", "seconds", "loss", *mean)}
    card = {
        "id": lesson.model,
        **facts_of(network, weights),
        "factory": lesson.factory,
        "what": lesson.what,
        "signature": lesson.signature,
        "dataset": {
            **_DATASET, "caveats": [*lesson.caveats, *_CAVEATS],
            **({"tested_on": "10 further photos, by which the mixture was chosen"} if "share" in recipe else {}),
            "trained_on": f"{further:,} further photos and " * bool(further) + _DATASET["trained_on"],
        },
        "command": f"verilens train {name} --steps {recipe['steps']} --rate {recipe['rate']:g} "
        f"--seed {recipe['seed']} --batch {recipe['batch']} --crop {recipe['crop']}" + " --more FOLDER" * bool(further)
        + (f" --anchor FILE --share {recipe['share']:g}" if "share" in recipe else ""),
        "recipe": dict(recipe),
        "started_from": lesson.start or None,
        "steps": last["step"],
        "training_minutes": round(last["seconds"] / 60, 1),
        "figures": {key: round(value, 3) for key, value in {**mean, **more}.items()},
        "held_out": [{"photo": row.photo, "given": round(row.given, 2), "restored": round(row.restored, 2)}
                     for row in rows],
        "licence": _LICENCE,
    }
    write_text(folder / f"{name}.json", json.dumps(card, indent=2) + "\n")
    write_text(folder / "MODEL_CARD.md", to_markdown(card))
    return card


def to_markdown(card: Mapping[str, Any]) -> str:
    """Return the card that people read, from the same numbers."""
    recipe, figures = card["recipe"], card["figures"]
    start = card["started_from"] and f"the weights of {card['started_from']}"
    mixture = (f"Mixed with weights {recipe['anchor'][:12]}…: {100 * recipe['share']:g} % of it is what was learnt.\n"
               if "share" in recipe else "")
    start = start or (f"weights {recipe['start'][:12]}…" if recipe["start"] else "random weights")
    more = "\n".join(f"| {name.replace('_', ' ')} | {value:g} |" for name, value in figures.items()
                     if name not in ("given", "restored"))
    return f"""# {card["id"]}

{card["what"]}

| file | bytes | parameters | SHA-256 |
|---|---|---|---|
| `{card["file"]}` | {card["bytes"]:,} | {card["parameters"]:,} | `{card["sha256"]}` |

{card["signature"]}

## Figures

{_of_pictures(card) if card["held_out"] else _OF_OTHERS}
{more}
{_aims(card)}{_worst(card)}
## Photos

{card["dataset"]["name"]}, from {card["dataset"]["source"]}.
Trained on {card["dataset"]["trained_on"]};
tested on {card["dataset"]["tested_on"]}.

{chr(10).join(f"- {text}" for text in card["dataset"]["caveats"])}

## Made by

`{card["command"]}`

{card["steps"]:,} of {recipe["steps"]:,} steps of {recipe["batch"]} crops of {recipe["crop"]} pixels a side,
from {start}, in {card["training_minutes"]} minutes by the wall clock, torch {card["torch"]}.
{mixture}Another machine's rounding gives slightly other weights.

## Rights

Weights: {card["licence"]["weights"]}. Images: {card["licence"]["images"]}.
"""


_OF_OTHERS = """On photos that were not trained on, each damaged as in training by the number of its place.

| figure | value |
|---|---|"""


def _of_pictures(card: Mapping[str, Any]) -> str:
    return f"""PSNR in dB of the result clipped to [0, 1], all channels, on photos that were not trained on, each
damaged as in training by the number of its place.

| figure | value |
|---|---|
| before | {card["figures"]["given"]:.2f} |
| after | {card["figures"]["restored"]:.2f} |"""


def _aims(card: Mapping[str, Any]) -> str:
    """Return what was aimed at beside what was reached, where ``training.aims`` has measured it."""
    if not card.get("aims"):
        return ""
    rows = "\n".join(f"| {row['what']} | {row['aimed']:g} | {row['reached']:g} | {_verdict(row)} |"
                     for row in card["aims"])
    return f"""
What was aimed at, and what it reaches:

| figure | aimed at | reached | |
|---|---|---|---|
{rows}
"""


def _verdict(row: Mapping[str, Any]) -> str:
    short = row["aimed"] - row["reached"]
    return f"falls short by {short:.2f}" if short > 0 else "reached"


def worst_of(card: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of the held-out photos that gained least."""
    return sorted(card["held_out"], key=lambda row: row["restored"] - row["given"])[:_WORST]


def _worst(card: Mapping[str, Any]) -> str:
    if not card["held_out"]:
        return ""
    rows = "\n".join(f"| {row['photo']} | {row['given']:.2f} | {row['restored']:.2f} |" for row in worst_of(card))
    picture = card.get("worst")
    seen = f"\n![As given, restored, and as they should be](../../../docs/images/cards/{picture})\n" if picture else ""
    return f"""
The photos that gained least, before and after:

| photo | before | after |
|---|---|---|
{rows}
{seen}"""
