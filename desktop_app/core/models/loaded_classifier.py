"""A classifier as tools ask it: answers in float32, questions counted, and a sentence where there are no gradients."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from desktop_app.api.errors import ToolError, VerilensError
from desktop_app.core.faults import is_out_of_memory, one_line

if TYPE_CHECKING:
    from torch import Tensor, nn

    from desktop_app.api.descriptors import Model
    from desktop_app.core.plugins.entries import ModelEntry
    from desktop_app.numerics.seen import Seen

_BY_ANSWERS = "attack.square, attack.hopskipjump or attack.sparse, which only ask, or maps by passes"


@dataclass(eq=False)
class Tally:
    """How many pictures a classifier was asked about, and whether somebody looks into it meanwhile."""

    asked: int = 0
    is_open: bool = False

    def add(self, other: Tally) -> None:
        """Count what another one has counted, too."""
        self.asked += other.asked
        self.is_open |= other.is_open


@dataclass(frozen=True, eq=False)
class LoadedClassifier:
    """A classifier ready to be questioned; implements `api.Classifier`.

    Parameters
    ----------
    descriptor : Model or ModelEntry
        What is known of it.
    network : nn.Module
        Frozen and in eval mode.
    is_differentiable : bool
        Whether gradients flow through it.
    tally : Tally
        Of the questions.
    quick : nn.Module, optional
        What answers the same in less time, as long as nobody looks into the network or switches its layers.
    is_coarse : bool
        Whether gradients are taken in bfloat16; answers without gradients never are.
    """

    descriptor: Model | ModelEntry
    network: nn.Module
    is_differentiable: bool = True
    tally: Tally = field(default_factory=Tally)
    quick: nn.Module | None = None
    is_coarse: bool = False

    @property
    def id(self) -> str:
        """The model's id."""
        return self.descriptor.id

    @property
    def sha256(self) -> str:
        """Of the model's weights."""
        return self.descriptor.sha256

    @property
    def labels(self) -> Sequence[str]:
        """Class names in the order of the logits."""
        return self.descriptor.labels

    @property
    def module(self) -> nn.Module:
        """The network itself, for tools that look inside.

        Raises
        ------
        ToolError
            If there is nothing to look into, as in an ONNX file.
        """
        if not self.is_differentiable:
            raise self._without("layers to look into", "uncertainty.confidence, or another tool that only asks it")
        self.tally.is_open = True
        return self.network

    def hurried(self, *, is_coarse: bool = False, is_folded: bool = True) -> LoadedClassifier:
        """Return it for one who asks many questions: answers differ by rounding alone.

        Parameters
        ----------
        is_coarse : bool
            Whether gradients may be bfloat16's.
        is_folded : bool
            Whether batch norms become part of the convolutions before them.
        """
        from desktop_app.core.models.folding import folded

        if not self.is_differentiable:
            return self
        return replace(self, quick=folded(self.network) if is_folded else None, is_coarse=is_coarse)

    def __call__(self, images: Tensor) -> Tensor:
        """Return float32 logits ``(N, K)``.

        Raises
        ------
        ToolError
            If gradients are wanted of a model that has none, or it fails or answers with anything but logits.
        """
        import torch

        wants_gradients = torch.is_grad_enabled() and images.requires_grad
        if not self.is_differentiable and wants_gradients:
            raise self._without("gradients", _BY_ANSWERS)
        self.tally.asked += len(images)
        is_coarse = self.is_coarse and wants_gradients
        with torch.autocast(images.device.type, torch.bfloat16) if is_coarse else nullcontext():
            answer = self._answer(images).float()
        if wants_gradients and not answer.requires_grad:
            raise ToolError(f"expected a model with gradients, got {self.id!r}, which answers without them, as where "
                            f"it picks the largest value; use {_BY_ANSWERS}")  # fmt: skip
        return answer

    def _answer(self, images: Tensor) -> Tensor:
        """Return the network's logits; whatever else it does is told as its own fault, and no tool's."""
        import torch

        try:
            answer = self._answering()(images)
        except BaseException as error:
            if isinstance(error, (VerilensError, KeyboardInterrupt)) or is_out_of_memory(error):
                raise
            raise self._fault(images, one_line(error)) from error
        if not isinstance(answer, torch.Tensor):
            raise self._fault(images, type(answer).__name__)
        if answer.ndim != 2 or len(answer) != len(images) or answer.shape[1] != (len(self.labels) or answer.shape[1]):
            raise self._fault(images, f"{tuple(answer.shape)}")
        return answer

    def _fault(self, images: Tensor, got: str) -> ToolError:
        size = f"{images.shape[-1]}×{images.shape[-2]}"
        return ToolError(f"{self.id}: expected logits ({len(images)}, {len(self.labels)}) of photos of {size} pixels, "
                         f"got {got}; choose another model, and report this to its author")

    def _answering(self) -> nn.Module:
        """Return the network, or the quicker one where nobody could tell them apart."""
        if self.quick is None or self.tally.is_open or any(part.training for part in self.network.modules()):
            return self.network
        return self.quick

    def look(self, images: Tensor) -> Seen:
        """Return logits, and what three layers hold, of images ``(N, C, H, W)`` float32 in [0, 1]."""
        from desktop_app.numerics.seen import look

        network = self.network if self.is_differentiable else None
        return look(replace(self, quick=None, is_coarse=False), network, images)

    def _without(self, wanted: str, instead: str) -> ToolError:
        return ToolError(f"expected a model with {wanted}, got {self.id!r}, an ONNX file, which has none; use "
                         f"{instead}, or add the network's state dict")
