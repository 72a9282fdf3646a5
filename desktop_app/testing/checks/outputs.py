"""Whether what comes back is what was promised: a picture and maps with sane values, on every picture."""

from __future__ import annotations

import math
from collections.abc import Iterator

from desktop_app.api import Map, VerilensError
from desktop_app.core.kinds import traits_of
from desktop_app.testing.findings import Fault, told
from desktop_app.testing.pictures import textured, troublesome
from desktop_app.testing.trial import Trial

_CLIPPED_SHARE = 0.5  # of the values outside [0, 1], that came back exactly at an end
_ABSURD = 1e4
_PHOTO = (3, 64, 80)  # channels, height and width of one on which published lengths show
_CEILINGS = {"levels": 2550.0, "nats": 100.0, "bits": 100.0, "share": 10.0, "%": 1000.0, "°": 3600.0}
"""By unit what no map exceeds on a textured picture within [0, 1]: ten times what it means, and more."""


def runs(trial: Trial) -> Iterator[Fault]:
    """The tool gives a result on an ordinary picture; all else rests on this."""
    try:
        trial.plain  # noqa: B018 - the call is made when it is first asked for
    except Exception as error:  # noqa: BLE001 - whatever a tool raises is the finding
        yield Fault(f"expected a result, got {told(error)}")


def pictures(trial: Trial) -> Iterator[Fault]:
    """Grey, colour, odd, tiny, flat and unclipped pictures give the results that the host asks for."""
    first = ""
    for name, images in troublesome().items():
        try:
            trial.call(images)
        except VerilensError as error:
            first = first or f"expected a result, got {told(error)}"  # what the others raise is of the same cause
            yield Fault(first, name)


def severities(trial: Trial) -> Iterator[Fault]:
    """Of a degradation with published steps one at least does more to a photo than the one before it."""
    from desktop_app.api import SeverityParams

    if trial.tool.params is None or not issubclass(trial.tool.params, SeverityParams):
        return
    images = textured(*_PHOTO)
    damaged = [trial.call(images, {"severity": step}).image for step in range(1, 6)]
    changes = [(one - images).square().mean() for one in damaged if one is not None and one.shape == images.shape]
    if len(changes) == len(damaged) and changes == sorted(changes, reverse=True):
        yield Fault("expected some severity to change a photo more than the one below it, got less and less, or the "
                    "same")


def clipping(trial: Trial) -> Iterator[Fault]:
    """A restoration keeps values outside [0, 1], which are real: noise that was not clipped, overshoot."""
    if not traits_of(trial.tool.kind).can_be_target:
        return
    images = (textured(3, 24, 29) - 0.5) * 3.0 + 0.5
    first, clipped = (trial.call(one) for one in (images, images.clamp(0.0, 1.0)))
    if first.image is None or clipped.image is None or first.image.shape != images.shape:
        return
    outside = ((images < 0.0) | (images > 1.0)).float().mean()
    at_ends = ((first.image == 0.0) | (first.image == 1.0)).float().mean()
    is_bounded = bool(first.image.min() >= 0.0) and bool(first.image.max() <= 1.0)
    looks_away = first.image.equal(clipped.image) and not clipped.image.equal(images.clamp(0.0, 1.0))
    if looks_away or (is_bounded and float(at_ends) >= _CLIPPED_SHARE * float(outside)):
        yield Fault("expected values outside [0, 1] to count, got them clipped; leave clipping to the host")


def maps(trial: Trial) -> Iterator[Fault]:
    """Each map says what it means, keeps to its unit, and looks at the photo; uncertainty is never negative."""
    result = trial.plain.result
    for layer in result.maps:
        yield from (Fault(said, f"map {layer.name!r}") for said in _map_faults(layer))
    for layer, other in zip(result.maps, trial.on_another.maps, strict=False):
        if traits_of(trial.tool.kind).measures and _is_one_number(layer, other):
            yield Fault("expected a map that tells places or photos apart, got one number", f"map {layer.name!r}")


def _map_faults(layer: Map) -> Iterator[str]:
    low, high = (float(end) for end in layer.values.aminmax())
    if layer.kind == "uncertainty" and low < 0:
        yield f"expected an uncertainty of 0 or more, got {low:.3g}"
    if not layer.meaning.strip().endswith(".") or not layer.unit:
        yield "expected a unit and a sentence of meaning, got none; add them"
    most, limit = max(abs(low), abs(high)), _ceiling(layer)
    if most > limit:
        yield f"expected at most {limit:g} {layer.unit} on a photo in [0, 1], got {most:.3g}; check the map's unit"


def _ceiling(layer: Map) -> float:
    if layer.unit == "px":
        return 10.0 * math.hypot(*layer.values.shape[-2:])
    return _CEILINGS.get(layer.unit, _ABSURD)


def _is_one_number(layer: Map, other: Map) -> bool:
    """Return whether a map is one number everywhere, the same for two photos; of zeros the subject may be the cause."""
    low, high = layer.values.aminmax()
    return bool(low == high) and bool((other.values == low).all()) and float(low) != 0.0
