"""What a plugin tells about a tool or a model before either is loaded. Standard library only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

__all__ = [
    "API_VERSION",
    "Encoding",
    "InputKind",
    "InputSpec",
    "Kind",
    "MapKind",
    "Model",
    "ModelTask",
    "Subject",
    "Tool",
    "Use",
]

API_VERSION = 1

Kind = Literal["restoration", "attack", "uncertainty", "degradation"]
Subject = Literal[
    "classifier", "restoration", "classifiers", "restorations",
    "classifier+restoration", "classifiers+restoration", "classifier+restorations", "classifiers+restorations",
]
Encoding = Literal["encoded", "srgb", "linear"]
InputKind = Literal["mask", "kernel", "reference", "depth", "map", "image", "calibration", "answers"]
MapKind = Literal["uncertainty", "perturbation", "attribution", "difference", "estimate"]
ModelTask = Literal["classifier", "restoration", "network"]
Use = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class InputSpec:
    """A further input that a tool takes by name.

    Parameters
    ----------
    name : str
        As in ``--input NAME=FILE`` and ``run.inputs[name]``.
    kind : InputKind
        ``mask``, ``depth`` and ``map`` are one plane ``(1, H, W)``, ``reference`` and ``image`` are pictures
        ``(C, H, W)``; all of them have the photo's height and width and are tiled with it. ``kernel`` (weights of the
        pixels around one), ``calibration`` (figures measured on other photos) and ``answers`` (a classifier's to
        photos that it knows, a row each) are one plane ``(1, h, w)`` with a size of its own and are never cut.
    help : str
        What it is, in a sentence.
    required : bool
        Whether the tool refuses to run without it.
    """

    name: str
    kind: InputKind
    help: str
    required: bool = False

    @property
    def is_spatial(self) -> bool:
        """Whether it has the photo's size and is cut into the same tiles."""
        return self.kind != "kernel" and not self.is_table

    @property
    def is_table(self) -> bool:
        """Whether it holds what was measured on other photos, in numbers of any range."""
        return self.kind in ("calibration", "answers")

    @property
    def is_picture(self) -> bool:
        """Whether it keeps its channels; all else is one plane, the mean of a file's channels."""
        return self.kind in ("reference", "image")


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One method, as its plugin describes it.

    Parameters
    ----------
    id : str
        ``task.method``, such as ``denoise.tv``; a third party's begins with its plugin's name.
    title : str
        What the tool list shows.
    kind : Kind
        What the host holds the tool to: a restoration or degradation returns a picture, an attack a picture inside
        its budget, an uncertainty tool a map or a report.
    summary : str
        What it does to a photo, in one sentence that a photographer understands.
    version : str
        The method's own version; part of every step's record.
    algorithm : str
        ``"package.module:function"``, or ``".module:function"`` beside a descriptor that uses `provides`; imported when
        the tool first runs. The function gets ``(images, params, run)``:
        a float32 tensor ``(N, C, H, W)`` with C 1 or 3, the validated `params`, and a `Run`; it returns a `Result`.
    params : type of Params, optional
        The parameters' class; none when there is nothing to set.
    prepare : str, optional
        ``"package.module:function"`` with the same arguments, called once with the whole photo before it is cut into
        tiles; what it returns is ``run.prepared``. Its ``run.progress`` says how far the whole run is: where that takes
        long, let it say so.
    reach : int or callable or None
        How many pixels away (in the input) an output pixel looks; a callable computes it from the parameters. With it
        the host may cut the photo into overlapping tiles without changing the result. None: the whole photo is needed.
    align : int
        Tile positions and sizes are multiples of this many pixels.
    scale : int or Fraction or callable
        Height and width of the output over those of the input; below 1 only without a reach. Sizes are rounded up.
    frame : callable, optional
        ``(params, (height, width)) -> (height, width)``: the size of the output, for a tool that lays the photo into
        another frame (crops, turns, resizes it). It sees the whole photo and does the same to every channel, so that
        the host has it do the same to transparency; it has neither reach nor scale. May raise `ParameterError` where
        the parameters do not fit a photo of that size.
    inputs : tuple of InputSpec
        Further inputs.
    subjects : tuple of Subject
        What an attack or uncertainty tool can question, as alternatives: ``"classifier"`` (``--model``),
        ``"restoration"`` (``--target``); ``"classifiers"``: one or more (an ensemble);
        ``"classifier+restoration"``: both together (the model behind a restoration). One that may
        come or not makes two alternatives.
    models : tuple of str
        Ids of the networks the tool itself loads through ``run.network``.
    differentiable : bool
        Whether gradients flow from output to input.
    stochastic : bool
        Whether the result depends on the seed.
    discrete : bool
        Whether it makes discrete choices (block matching, sorting), so that tiles may differ in a few pixels.
    is_joint : bool
        Whether it works on all photos of a call together, so that what becomes of one depends on the others.
    takes_missing : bool
        Whether it is handed photos with values that are NaN or infinite; the host refuses those for any other tool.
    encoding : Encoding
        What the numbers mean that it is handed. ``"encoded"``: the photo's own, in whatever space its profile names.
        ``"srgb"``: those of sRGB, for a tool that weighs colours, looks for light and dark, or runs a network that
        learnt from photos; the host turns the photo's into them and the tool's picture back. Colours that sRGB lacks
        have numbers outside [0, 1], and come back if the tool lets them pass. ``"linear"``: linear light of sRGB's
        primaries, likewise. An attack is ``"encoded"``: its threat is in the numbers that are saved.
    memory : float
        Peak working memory, as a multiple of the bytes of the float32 tile: the host's forecast uses it.
    sources : tuple of str
        Papers, with DOI or arXiv id.
    network : str
        Name of the parameter that holds the id of the network it runs: reach, alignment, scale, memory and gradients
        are then that network's.
    keywords : tuple of str
        Everyday words and phrases by which people look for what it does (``"blurry"``, ``"remove object"``): the search
        finds it by them.
    recommended_for : str
        What it is the first tool to try for, as people say it (``"Remove noise"``); empty for most. Of several of one
        task the program's own is marked, then the first by id.
    usual_model : str
        Id of the classifier that it questions where nobody is named, for a tool that not every network suits; empty
        for the first that is installed.
    api : int
        The version of this interface that it is written for.
    """

    id: str
    title: str
    kind: Kind
    summary: str
    version: str
    algorithm: str = ".algorithm:run"
    params: type[Any] | None = None
    prepare: str | None = None
    reach: int | Callable[[Any], int] | None = None
    align: int = 1
    scale: int | Fraction | Callable[[Any], int | Fraction] = 1
    frame: Callable[[Any, tuple[int, int]], tuple[int, int]] | None = None
    inputs: tuple[InputSpec, ...] = ()
    subjects: tuple[Subject, ...] = ()
    models: tuple[str, ...] = ()
    differentiable: bool = False
    stochastic: bool = False
    discrete: bool = False
    is_joint: bool = False
    takes_missing: bool = False
    encoding: Encoding = "encoded"
    memory: float = 6.0
    network: str = ""
    sources: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    recommended_for: str = ""
    usual_model: str = ""
    api: int = API_VERSION

    @property
    def task(self) -> str:
        """The part of the id before its last dot: ``denoise`` of ``denoise.tv``."""
        return self.id.rpartition(".")[0]

    def reach_for(self, params: Any) -> int | None:
        """Return the reach in pixels under these parameters; None when the whole photo is needed."""
        return self.reach(params) if callable(self.reach) else self.reach

    def scale_for(self, params: Any) -> int | Fraction:
        """Return the factor from the input's to the output's size under these parameters."""
        return self.scale(params) if callable(self.scale) else self.scale


@dataclass(frozen=True, kw_only=True)
class Model:
    """A network with weights, as its plugin describes it; without weights, an architecture for files of that kind.

    Parameters
    ----------
    id : str
        Such as ``classify.cifar10_resnet``.
    title : str
        What the model picker shows.
    task : ModelTask
        ``"classifier"``: the module maps ``(N, C, H, W)`` in [0, 1], of any size, to logits ``(N, K)``; whatever
        preprocessing it needs is part of it. ``"restoration"``: it maps ``(N, c, H, W)``, nominally in [0, 1], to
        ``(N, c', scale·H, scale·W)``; the host sees to channels, padding and tiles. ``"network"``: loaded by a tool
        that knows what it is.
    builder : str
        ``"package.module:function"``; called without arguments it returns the untrained ``torch.nn.Module``. Of an
        architecture it is called with a state dict (names to tensors), so that it can take widths and depths from it.
    weights : Path, optional
        A safetensors file; half-precision weights are loaded as float32. None: users bring the file.
    sha256 : str
        Of the weights file, in lower-case hexadecimal; checked before every first load.
    keys : tuple of str
        Names that a state dict of this architecture has: a user's file that has them all is recognised by them.
    aliases : tuple of str
        Further names that ``models add --architecture`` takes.
    labels : tuple of str
        A classifier's class names, in the order of its logits.
    scale : int
        Height and width of a restoration's output over those of its input.
    channels : tuple of int
        How many channels a restoration takes and gives.
    reach : int, optional
        How many pixels away (in the input) a restoration's output looks; measured when it is not given.
    multiple : int
        A restoration wants heights and widths that are multiples of this many pixels.
    card : Path, optional
        The model card (Markdown).
    licence : str
        Of the weights.
    commercial : Use
        Whether they may be used commercially.
    """

    id: str
    title: str
    task: ModelTask
    builder: str
    weights: Path | None = None
    sha256: str = ""
    version: str = "1.0"
    keys: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    scale: int = 1
    channels: tuple[int, int] = (3, 3)
    reach: int | None = None
    multiple: int = 1
    card: Path | None = None
    licence: str = ""
    commercial: Use = "unknown"
    summary: str = ""
    sources: tuple[str, ...] = field(default=())
