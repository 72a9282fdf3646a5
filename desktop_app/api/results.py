"""What a tool returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from desktop_app.api.descriptors import MapKind

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Map", "Result", "Standing", "top_classes"]

Standing = Literal["calibrated", "ranks", "unchecked"]


@dataclass(frozen=True, kw_only=True)
class Map:
    """A number per pixel, to be laid over the photo.

    Parameters
    ----------
    name : str
        Short, unique within the result: ``"spread"``.
    values : Tensor
        ``(N, H, W)`` float32, of the output's height and width; ``(N, h, w)`` of another size only with
        ``is_aligned=False`` (an estimated kernel, say).
    kind : MapKind
        What family of meaning it has: ``"uncertainty"``, 0 or more; ``"perturbation"``, how far a pixel was moved;
        ``"attribution"``, how much it counts for an answer; ``"difference"`` of two pictures; ``"estimate"`` of
        something about the scene or the camera (depth, transmission, illumination, a kernel).
    unit : str
        ``"levels"`` (8-bit levels), ``"nats"``, ``"px"`` …
    meaning : str
        What a high value says about that pixel, in one sentence.
    colormap : str
        Suggested matplotlib colour map.
    is_aligned : bool
        Whether it has the output's size and can be laid over it.
    standing : {"calibrated", "ranks", "unchecked"}
        How far its values were held against the truth: they hold what they promise; they order places rightly, no
        more; or nobody has looked.
    checked : mapping, or sequence of mapping
        Unless it is unchecked: on what, on how many, with which figures; JSON-able. One for all photos, or one each.
    """

    name: str
    values: Tensor
    kind: MapKind
    unit: str
    meaning: str
    colormap: str = "inferno"
    is_aligned: bool = True
    standing: Standing = "unchecked"
    checked: Mapping[str, Any] | Sequence[Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Result:
    """The outcome of one call.

    Parameters
    ----------
    image : Tensor, optional
        ``(N, C, scale·H, scale·W)`` float32, or of its frame's size; values outside [0, 1] are kept. Required of
        restorations, degradations and attacks. An uncertainty tool gives the restoration that it questioned, or
        nothing.
    maps : sequence of Map
        Per-pixel numbers.
    reports : sequence of mapping
        Empty, or one JSON-able mapping per sample. Of a tiled tool the first tile's is kept: say only what
        `prepare` computed.
    artifacts : mapping of str to Tensor
        What later steps can take as an input (an estimated kernel, a calibration), ``(N, …)``.
    """

    image: Tensor | None = None
    maps: Sequence[Map] = ()
    reports: Sequence[Mapping[str, Any]] = ()
    artifacts: Mapping[str, Tensor] = field(default_factory=dict)


def top_classes(probabilities: Tensor, labels: Sequence[str], count: int = 5) -> list[dict[str, Any]]:
    """Return the most probable classes of one sample, as every report states them.

    Parameters
    ----------
    probabilities : Tensor
        ``(K,)``, summing to one.
    labels : sequence of str
        K names; an unnamed class is called by its index.
    count : int
        How many to return at most.

    Returns
    -------
    list of dict
        ``{"label", "index", "p"}``, most probable first.
    """
    values, indices = probabilities.detach().float().cpu().topk(min(count, probabilities.numel()))
    return [
        {"label": labels[i] if i < len(labels) else str(i), "index": i, "p": p}
        for p, i in zip(values.tolist(), indices.tolist(), strict=True)
    ]
