"""Classifiers by the names that timm and torchvision give them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.core.models.community import library
from desktop_app.core.models.recognition import part_with
from desktop_app.numerics.preparation import IMAGENET, Preprocessing

if TYPE_CHECKING:
    from torch import Tensor, nn


_IMAGENET_CLASSES = 1000


@dataclass(frozen=True, eq=False)
class Named:
    """A network, what it wants done to a photo, and its labels where they are known."""

    network: nn.Module
    how: Preprocessing
    labels: tuple[str, ...]


def library_of(wanted: str) -> tuple[str, str] | None:
    """Return the library that knows a name, and the name; None where neither does or neither is installed.

    Parameters
    ----------
    wanted : str
        A name, for which torchvision is asked first, or ``timm:NAME``, ``torchvision:NAME``.

    Raises
    ------
    InputError
        If the library that is named is not installed.
    """
    given, _, name = wanted.rpartition(":")
    for door, names in (("torchvision", _torchvision_names), ("timm", _timm_names)):
        try:
            if given in ("", door) and name in names():
                return door, name
        except InputError:
            if given:
                raise
    return None


def spoken_of(text: str) -> str:
    """Return the longest name of torchvision's or timm's that stands by itself in a text; empty where none does."""
    found = {""}
    for names in (_torchvision_names, _timm_names):
        with suppress(InputError):  # not installed, so it cannot help
            found |= {name for name in names() if re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text)}
    return max(sorted(found), key=len)


def named_classifier(name: str, state: Mapping[str, Tensor], door: str) -> Named:
    """Build a classifier by its name and fill it.

    Parameters
    ----------
    name : str
        As the library calls it: ``resnet50``.
    state : mapping of str to Tensor
        Its weights, float of any shape, which also say how many classes it has.
    door : str
        ``torchvision`` or ``timm``.

    Raises
    ------
    ParameterError
        If the weights are of another network, or of two.
    """
    make, classes = _of_torchvision if door == "torchvision" else _of_timm, _IMAGENET_CLASSES
    try:
        network, how = make(name, classes)
        state = part_with(state, dict(network.named_parameters()).keys())
        if others := _other_sizes(network, state):
            (classes,) = others
            network, how = make(name, classes)
        network.load_state_dict(dict(state))
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        last = str(error).strip().splitlines()[-1].strip()[:200]
        raise ParameterError(f"expected weights of {door}'s {name}, got others ({last}); name another "
                             "architecture") from error
    return Named(network, how, imagenet_labels() if classes == len(imagenet_labels()) else ())


def _other_sizes(network: nn.Module, state: Mapping[str, Tensor]) -> set[int]:
    """Return how many outputs those weights have that are of another size than the network's: its last layer's.

    A file's order tells nothing: safetensors has an order of its own.
    """
    own = network.state_dict()
    return {
        value.shape[0] for name, value in state.items()
        if value.ndim and name in own and value.shape != own[name].shape
    }  # fmt: skip


@cache
def imagenet_labels() -> tuple[str, ...]:
    """Return the names of ImageNet's thousand classes as torchvision has them; none where it is not installed."""
    try:
        models = library("torchvision").models
    except InputError:
        return ()
    return tuple(models.get_model_weights("resnet18").DEFAULT.meta["categories"])


def _of_torchvision(name: str, classes: int) -> tuple[nn.Module, Preprocessing]:
    models = library("torchvision").models
    more = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    network: nn.Module = models.get_model(name, weights=None, num_classes=classes, **more)
    weights = models.get_model_weights(name)
    preset: Any = next(iter(weights)).transforms() if len(weights) else None
    size = preset.crop_size[0] if preset else 224
    mean, std = (tuple(preset.mean), tuple(preset.std)) if preset else IMAGENET
    crop = size / preset.resize_size[0] if preset else 0.875
    bicubic = preset is not None and "bicubic" in str(preset.interpolation).lower()
    return network, Preprocessing(
        size=size, crop=crop, mean=mean, std=std, interpolation="bicubic" if bicubic else "bilinear"
    )


def _of_timm(name: str, classes: int) -> tuple[nn.Module, Preprocessing]:
    timm = library("timm")
    network: nn.Module = timm.create_model(name, pretrained=False, num_classes=classes)
    config = timm.data.resolve_model_data_config(network)
    return network, Preprocessing(
        size=config["input_size"][-1], crop=config["crop_pct"], mean=tuple(config["mean"]), std=tuple(config["std"]),
        interpolation="bicubic" if config["interpolation"] == "bicubic" else "bilinear",
    )


@cache
def _torchvision_names() -> frozenset[str]:
    models = library("torchvision").models
    return frozenset(models.list_models(module=models))


@cache
def _timm_names() -> frozenset[str]:
    timm = library("timm")
    return frozenset([*timm.list_models(), *timm.list_pretrained()])  # the latter say by which training, too
