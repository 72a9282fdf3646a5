"""What the host hands to every call of a tool. Nothing else is kept between calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from desktop_app.api.results import Result

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

__all__ = ["Classifier", "Restoration", "Run"]


class Classifier(Protocol):
    """The model in question. Its weights are frozen and in eval mode; the host restores every flag afterwards."""

    @property
    def id(self) -> str:
        """The model's id."""

    @property
    def sha256(self) -> str:
        """Of the file of its weights: what was measured of others says nothing of it."""

    @property
    def labels(self) -> Sequence[str]:
        """Class names in the order of the logits."""

    @property
    def module(self) -> nn.Module:
        """The network itself, for tools that look inside (dropout layers, features)."""

    @property
    def is_differentiable(self) -> bool:
        """Whether gradients flow through it; of an ONNX file none do, and asking for one is refused."""

    def __call__(self, images: Tensor) -> Tensor:
        """Return logits ``(N, K)`` of images ``(N, C, H, W)`` in [0, 1]; differentiable."""


class Restoration(Protocol):
    """The tool, with its parameters, that is questioned, attacked or used as a prior (``--target``)."""

    @property
    def tool(self) -> str:
        """The tool's id."""

    @property
    def params(self) -> Mapping[str, Any]:
        """Its parameters."""

    @property
    def networks(self) -> Sequence[nn.Module]:
        """The networks that it runs, frozen and in eval mode, for tools that look inside (dropout layers)."""

    @property
    def is_differentiable(self) -> bool:
        """Whether gradients flow through it, as its descriptor says."""

    def __call__(self, images: Tensor, seeds: Sequence[int] | None = None) -> Tensor:
        """Return the restored images ``(N, C, H', W')``, floating point; differentiable where the tool is."""


class Run(Protocol):
    """The surroundings of one call."""

    @property
    def device(self) -> torch.device:
        """Where the images are and the work is to be done."""

    @property
    def seeds(self) -> Sequence[int]:
        """One seed per sample, so that a result does not depend on the batch."""

    @property
    def prepared(self) -> Any:
        """What the tool's `prepare` returned for the whole photo; None without one."""

    @property
    def inputs(self) -> Mapping[str, Tensor]:
        """The further inputs by name, ``(N, 1 or C, H, W)`` float32, cut like the images; a kernel ``(N, 1, h, w)``."""

    @property
    def mask(self) -> Tensor | None:
        """Where an attack may change something, ``(N, 1, H, W)`` in [0, 1]; None where it may everywhere.

        The host holds the attack to it: one that knows of it spends nothing elsewhere.
        """

    @property
    def model(self) -> Classifier:
        """The classifier in question, the first of several.

        Raises
        ------
        InputMissingError
            If the user gave no model.
        """

    @property
    def target(self) -> Restoration:
        """The restoration in question, the first of several.

        Raises
        ------
        InputMissingError
            If the user gave no target.
        """

    @property
    def models(self) -> Sequence[Classifier]:
        """All classifiers in question, in the user's order: more than one where ``subjects`` says ``classifiers``."""

    @property
    def targets(self) -> Sequence[Restoration]:
        """All restorations in question, in the user's order."""

    @property
    def has_model(self) -> bool:
        """Whether a classifier was given."""

    @property
    def has_target(self) -> bool:
        """Whether a restoration was given."""

    def generators(self) -> list[torch.Generator]:
        """Return a fresh CPU generator per sample, seeded with its seed."""

    def randn(self, images: Tensor) -> Tensor:
        """Return standard normal noise of the images' shape, dtype and device.

        Each sample's is drawn on the CPU from its own generator, which goes on from call to call: the same on every
        device and for every batch size.
        """

    def rand(self, images: Tensor) -> Tensor:
        """Return uniform noise in [0, 1) of the images' shape and dtype, drawn as `randn` draws."""

    def progress(self, done: float, message: str = "", until: float | None = None) -> None:
        """Say how far the work is (0–1), and stop if the user cancelled.

        Parameters
        ----------
        done : float
            The share that is done.
        message : str
            What it is at.
        until : float, optional
            How far it will be once the tool that is called next has run: that tool's progress fills what lies between.

        Raises
        ------
        Cancelled
            If the user asked for it. Call this, or `check`, at least every 200 ms on a megapixel.
        """

    def check(self) -> None:
        """Stop here if the user cancelled.

        Raises
        ------
        Cancelled
            If the user asked for it.
        """

    def ends_early(self) -> bool:
        """Say that what there is would do for a result, and return whether the user wants to end with it.

        For tools of many passes, once some are made: whoever cancels then gets what they say, and how few they were.
        """

    def call(
        self,
        tool: str,
        images: Tensor,
        params: Mapping[str, Any] | None = None,
        *,
        seeds: Sequence[int] | None = None,
        inputs: Mapping[str, Tensor] | None = None,
        mask: Tensor | None = None,
        is_behind: bool = False,
    ) -> Result:
        """Run another tool inside this job, with its `prepare`, tiles and checks; gradients flow where it lets them.

        Images and inputs are ``(N, C, H, W)`` float32, nominally in [0, 1]. An attack that is called attacks the
        model alone or, with `is_behind`, the model behind the restoration in question, both as one; it changes what
        the mask ``(N, 1, H, W)`` allows, of which this job's own is no part.

        Raises
        ------
        ParameterError
            If there is no such tool or a parameter does not fit.
        """

    def network(self, model_id: str) -> nn.Module:
        """Return a network of the model store on this device, frozen and in eval mode."""
