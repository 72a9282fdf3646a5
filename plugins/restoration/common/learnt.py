"""What learnt restorers share: how much of the result is kept, their networks, and the map of their own doubt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desktop_app.api import Map, Model, Params, Result, Run, bundled_network, hookimpl, param

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["StrengthParams", "doubt", "network_model", "provides_network", "restored_by"]


class StrengthParams(Params):
    """How much of a learnt restoration is kept."""

    strength: float = param(
        100.0, title="Strength", unit="%", ge=0, le=100, step=1,
        help="How much of what the network changed is kept; less is nearer to the photo as it was.",
    )


def network_model(folder: str, *, id: str, title: str, summary: str, **more: Any) -> Model:
    """Return the model of a bundled network that a tool loads by itself, from its card.

    Parameters
    ----------
    folder : str
        Of ``resources/weights``, as its recipe made it.
    id, title, summary : str
        As of `Model`; the summary's ``{given}``, ``{restored}`` and other figures are filled in from the card.

    Raises
    ------
    InputError
        If the installation lacks the card or the weights.
    """
    card, files = bundled_network(folder)
    return Model(id=id, title=title, task="network", summary=summary.format(**card["figures"]), **files, **more)


def provides_network(folder: str, *, id: str, title: str, summary: str, **more: Any) -> Callable[[], list[Model]]:
    """Return the hook of a tool with one network, for its descriptor to call `verilens_models`; see `network_model`."""

    @hookimpl
    def verilens_models() -> list[Model]:
        """Return the tool's network.

        Raises
        ------
        InputError
            If the installation lacks the card or the weights.
        """
        return [network_model(folder, id=id, title=title, summary=summary, **more)]

    return verilens_models


def restored_by(images: Tensor, strength: float, run: Run, network: str) -> Result:
    """Restore photos by one pass of a network that says how far it may be off, as the trunk does.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32 with C 1 or 3, nominally in [0, 1]; values outside are kept.
    strength : float
        In per cent of what the network changed.
    run : Run
        Of the tool that lists the network among its models.
    network : str
        The id of a network that maps such photos to ``(N, 2 C, H, W)``: mean, then standard deviation of the error.
    """
    run.progress(0.0, "restoring")
    run.check()
    mean, deviation = run.network(network)(images).chunk(2, dim=1)
    return Result(image=images + (strength / 100.0) * (mean - images), maps=[doubt(deviation)])


def doubt(deviation: Tensor) -> Map:
    """Return the map of the error that a network expects, of standard deviations ``(N, C, H, W)`` in [0, 1].

    In levels: the root of the mean over the channels of its variances.
    """
    return Map(
        name="expected error",
        values=255.0 * deviation.detach().square().mean(1).sqrt(),
        kind="uncertainty",
        unit="levels",
        meaning="How far the restored value may be off, as a standard deviation, by the network's own reckoning.",
    )
