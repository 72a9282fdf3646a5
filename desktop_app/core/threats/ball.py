"""A ball around the photo: the change, measured by a norm over all values of a sample, is at most ε."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_app.api.errors import ToolError
from desktop_app.core.threats.bound import Bound, Figures, Scene

if TYPE_CHECKING:
    from torch import Tensor

    from desktop_app.numerics.projections import Norm

_TITLES = {"linf": "L∞", "l2": "L2", "l1": "L1", "l0": "L0"}
_ROUNDING = 2.0**-24  # what a sum in [0, 1] may be off by
_MARGINS = (1e-6, 1e-5, 1e-4, 1e-3)  # of pulls towards the original, of which rounding undoes a little each time
_TINY = 1e-300
_BESIDE = 2.0**-8  # levels: how far below a half a value is put that is not to be rounded up
_WHITE = 255.0  # levels
_TOLERANCE = 1e-3  # levels: float32 keeps a value in [0, 1] to about 1.5e-5 levels


@dataclass(frozen=True)
class Ball(Bound):
    """All pictures within ε: 8-bit levels, or for L0 pixels that are changed in any channel."""

    norm: Norm
    eps: float

    @property
    def words(self) -> str:
        """Which ball."""
        return f"{_TITLES[self.norm]} ball of {self.eps:g} {self.unit}"

    @property
    def size(self) -> float:
        """Its radius."""
        return self.eps

    @property
    def unit(self) -> str:
        """Of the radius."""
        return "pixels" if self.norm == "l0" else "levels"

    @property
    def caveat(self) -> str:
        """A ball that holds every picture."""
        if self.norm != "linf" or self.eps < _WHITE:
            return ""
        return (f"ε of {self.eps:g} levels allows any picture at all, since black and white are {_WHITE:g} apart: a "
                "success says nothing about the model; choose a smaller one")  # fmt: skip

    def held(self, image: Tensor, scene: Scene) -> Tensor:
        """Return the projection of pictures ``(N, C, H, W)`` in [0, 1]."""
        return project(image, scene.original, self.norm, self.eps)

    def rounded(self, image: Tensor, scene: Scene) -> Tensor:
        """Return pictures ``(N, C, H, W)`` in [0, 1] of which what rounding would carry too far is taken back."""
        return kept_by_rounding(image, scene.original, self.norm, self.eps)

    def figures(self, image: Tensor, scene: Scene) -> Figures:
        """Return norm, ε, and the distances of pictures ``(N, C, H, W)`` in [0, 1], of their 8-bit copies, too."""
        always: tuple[Norm, ...] = ("linf", "l2")
        names = always if self.norm in always else (*always, self.norm)
        far = distances(image, scene.original)
        printed = distances(eight_bit(image) / 255.0, eight_bit(scene.original) / 255.0)
        worst = float(far[self.norm].max())
        if worst > self.eps + _TOLERANCE:
            raise ToolError(f"expected a change of at most {self.eps} {self.unit}, got {worst:.4f}; report this")
        columns: dict[str, Tensor] = {str(name): far[name] for name in names}
        columns |= {f"{name}_8bit": printed[name] for name in names}
        return [
            {"norm": self.norm, "eps": self.eps, **{name: float(column[index]) for name, column in columns.items()}}
            for index in range(len(image))
        ]


def project(attacked: Tensor, original: Tensor, norm: Norm, eps: float) -> Tensor:
    """Return the nearest picture in [0, 1] (for L2: along the line) within the budget around the original.

    Within it to the last bit, as far as float32 can say: a script may compare the distance with the budget.

    Parameters
    ----------
    attacked, original : Tensor
        ``(N, C, H, W)``; the original in [0, 1].
    norm : Norm
        Of the difference, per sample over all channels.
    eps : float
        The budget in 8-bit levels, for L0 in pixels. Zero returns the original.
    """
    from desktop_app.numerics.projections import onto_ball

    radius = eps if norm == "l0" else eps / 255.0 - (_ROUNDING if norm == "linf" else 0.0)
    delta = onto_ball(attacked.clamp(0.0, 1.0) - original, norm, max(radius, 0.0))
    image = (original + delta).clamp(0.0, 1.0)
    for margin in _MARGINS if norm in ("l2", "l1") else ():
        length = distances(image, original)[norm]
        if bool((length <= eps).all()):
            break
        share = (eps * (1.0 - margin) / length.clamp_min(_TINY)).clamp_max(1.0)
        delta = delta * share[:, None, None, None].to(delta)
        image = (original + delta).clamp(0.0, 1.0)
    return image


def kept_by_rounding(attacked: Tensor, original: Tensor, norm: Norm, eps: float) -> Tensor:
    """Return pictures whose 8-bit copies lie within the budget around the original's, too.

    Rounding carries some values further from the original. Where that leaves the budget, the values that it carries
    furthest are taken back until it would leave them nearer: all of them for L∞, as many as needed for L2 and L1. To
    L0 rounding adds nothing.

    Parameters
    ----------
    attacked, original : Tensor
        ``(N, C, H, W)`` in [0, 1], within the budget.
    norm : Norm
        Of the difference, per sample over all channels.
    eps : float
        The budget in 8-bit levels, for L0 in pixels.
    """
    import torch

    if norm == "l0":
        return attacked
    values, start = (attacked.cpu().double() * 255.0).flatten(1), eight_bit(original).flatten(1)
    rounded = eight_bit(attacked).flatten(1)
    steps = (rounded - start).abs()
    short = rounded - 0.5 * (rounded - start).sign()  # where rounding begins to go the other way
    carried = torch.where(steps > 0, (rounded - values) * (rounded - start).sign(), -1.0)
    if norm == "linf":
        is_taken = steps > eps
    else:
        order = carried.argsort(dim=1, descending=True)
        power = 2 if norm == "l2" else 1
        gains = (steps**power - (steps - 1.0).clamp_min(0.0) ** power).gather(1, order)
        excess = (steps**power).sum(1, keepdim=True) - eps**power
        is_taken = torch.zeros_like(steps, dtype=torch.bool).scatter(1, order, gains.cumsum(1) - gains < excess)
        is_taken &= steps > 0
    taken = short - _BESIDE * (rounded - start).sign()
    values = torch.where(is_taken, taken, values).div_(255.0).view(attacked.shape)
    return torch.where(is_taken.view(attacked.shape).to(attacked.device), values.to(attacked), attacked)


def eight_bit(images: Tensor) -> Tensor:
    """Return pictures ``(N, C, H, W)`` in [0, 1] as 8-bit files have them, 0 to 255: float64 on the CPU."""
    return (images.cpu().float() * 255.0).round().double()


def distances(attacked: Tensor, original: Tensor) -> Mapping[Norm, Tensor]:
    """Return the distances per sample ``(N,)`` by norm: float64 on the CPU, since not every GPU has it.

    In 8-bit levels; L0 in pixels, changed in any channel.
    """
    moved = attacked.cpu().double() - original.cpu().double()
    delta = moved.flatten(1) * 255.0
    pixels = (moved != 0).any(1).flatten(1).sum(1).double()
    return {"linf": delta.abs().amax(1), "l2": delta.norm(dim=1), "l1": delta.abs().sum(1), "l0": pixels}
