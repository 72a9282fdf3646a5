"""Whose a table is: what was measured of one model or tool, with its weights, holds for no other.

``verilens evaluate`` writes it into the files that it makes, calibrations and answers; a step that is given one asks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import ParameterError
from desktop_app.api.resources import bundled
from desktop_app.core.jobs.request import ModelSpec, TargetSpec
from desktop_app.core.json_text import parsed_json

if TYPE_CHECKING:
    from desktop_app.core.application import Application
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.request import Subject, ToolRequest
    from desktop_app.core.steps.inputs import Given

__all__ = ["VERSION", "Owner", "check_tables", "described", "noise_of", "owner_of", "refuse_other_noise",
           "refuse_others"]

VERSION = 1
"""Of the files' form; one of a later version is refused."""

_CALIBRATION, _ANSWERS = "calibration", "answers"
_SHOWN = 8  # digits of a hash
_TIMES, _APART = 1.25, 2.0  # levels: how far estimates of one noise may lie from one another on other photos


@dataclass(frozen=True)
class Owner:
    """Whose numbers a table holds.

    Parameters
    ----------
    subject : str
        A model's or a tool's id.
    weights : tuple of str
        The SHA-256s, in order, of all weights that the numbers hang on: the networks', and of a calibration those
        of the rule and of the second opinion by which widths are scaled.
    params : mapping
        All parameters that a tool had; a model has none.
    """

    subject: str
    weights: tuple[str, ...]
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """Both, short."""
        return f"{self.subject} ({', '.join(one[:_SHOWN] for one in self.weights) or 'without weights'})"


def owner_of(application: Application, subject: Subject) -> Owner:
    """Return whose a table of a classifier's answers or of a restoration's calibration is."""
    from desktop_app.core.jobs.loaded import validate_params  # torch comes with both; the window's thread reads this
    from desktop_app.numerics.error_scale import ASKED, WEIGHTS

    store = application.models
    if isinstance(subject, ModelSpec):
        return Owner(subject.model, (store.descriptor(subject.model).sha256,))
    tool = application.host.tool(subject.tool)
    names = [*tool.models, *application.host.tool(ASKED[0]).models]
    if tool.network and tool.params is not None:
        names.append(subject.params.get(tool.network) or tool.params.model_fields[tool.network].default)
    hashes = {store.descriptor(str(name)).sha256 for name in names if name}
    rule = hashlib.sha256(bundled(WEIGHTS).read_bytes()).hexdigest()
    params: Mapping[str, Any] = validate_params(tool, subject.params).model_dump(mode="json")
    return Owner(subject.tool, tuple(sorted(hashes | {rule})), params)


def described(owner: Owner, noise: Sequence[float] | None = None) -> str:
    """Return what a file says, in a TIFF's description, of its owner and of the usual noise in levels."""
    facts = {"verilens": VERSION, "subject": owner.subject, "weights": list(owner.weights),
             "params": dict(owner.params)}  # fmt: skip
    return json.dumps(facts if noise is None else facts | {"noise": list(noise)})


def refuse_others(path: Path, owner: Owner) -> None:
    """Look who owns a table; one that does not say so, as earlier versions wrote them, passes.

    Raises
    ------
    ParameterError
        If it is another's, of other weights or parameters, or of a later version of the program.
    """
    said = _said(path)
    if said is None:
        return
    if said.get("verilens") != VERSION:
        raise ParameterError(f"expected {path.name} in version {VERSION} of its form, got version {said['verilens']}; "
                             "update Verilens, or evaluate again")
    found = Owner(str(said.get("subject")), tuple(map(str, said.get("weights", ()))))
    if (found.subject, found.weights) != (owner.subject, owner.weights):
        raise ParameterError(f"expected what was measured of {owner.words}, got {path.name} of {found.words}, which "
                             "says nothing of it; run verilens evaluate again and give its file")
    theirs = said.get("params")  # earlier versions did not write them
    if not isinstance(theirs, dict):
        return
    for name, value in owner.params.items():
        if theirs.get(name) != value:
            raise ParameterError(
                f"expected what was measured of {owner.subject} at {name} = {value}, got {path.name} of it at {name} = "
                f"{theirs.get(name)}, which says nothing of it; run verilens evaluate again with the same parameters "
                "and give its file"
            )


def noise_of(raster: Raster) -> float:
    """Return how noisy a photo is by its own look, in 8-bit levels."""
    import torch

    from desktop_app.numerics.noise import estimate_sigma

    return round(estimate_sigma(torch.from_numpy(raster.planes())), 2)


def refuse_other_noise(path: Path, raster: Raster) -> None:
    """Hold the noise of a photo against that of the photos that a calibration was measured on.

    One that does not say it, as earlier versions wrote them, passes.

    Raises
    ------
    ParameterError
        If it lies well outside.
    """
    said = (_said(path) or {}).get("noise")
    if not isinstance(said, list) or len(said) != 2 or not all(isinstance(one, int | float) for one in said):
        return
    least, most = said
    found = noise_of(raster)
    if not least / _TIMES - _APART <= found <= most * _TIMES + _APART:
        raise ParameterError(
            f"expected noise of {least:.1f} to {most:.1f} levels, as the photos of {path.name} had, got "
            f"{found:.1f}, and beyond them its width would be a guess; evaluate photos like this one (verilens "
            "evaluate) and give their file"
        )


def check_tables(
    application: Application, request: ToolRequest, inputs: Mapping[str, Given], raster: Raster
) -> None:
    """Look who owns the tables that a step is given as files; raises as `refuse_others` and `refuse_other_noise`."""
    kinds = {spec.name: spec.kind for spec in application.host.tool(request.tool).inputs if spec.is_table}
    wanted = {_CALIBRATION: TargetSpec, _ANSWERS: ModelSpec}
    for name, given in inputs.items():
        subjects = [one for one in request.subjects if isinstance(one, wanted.get(kinds.get(name, ""), ()))]
        if isinstance(given, str) and subjects and Path(given).is_file():
            refuse_others(Path(given), owner_of(application, subjects[0]))
            if kinds[name] == _CALIBRATION:
                refuse_other_noise(Path(given), raster)


def _said(path: Path) -> Mapping[str, Any] | None:
    """Return what a TIFF says of its owner, or None where it says nothing."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            found = parsed_json(file.pages.first.description)
    except (OSError, ValueError, tifffile.TiffFileError):
        return None  # another kind of file, of which the one who reads it says more
    return found if isinstance(found, dict) and "verilens" in found else None
