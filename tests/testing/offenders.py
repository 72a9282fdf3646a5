"""Tools that each break one promise, for the kit to find."""

from __future__ import annotations

import random
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from desktop_app.api import AttackParams, Map, Params, Result, param


class SwitchParams(Params):
    mode: Literal["works", "fails"] = param("works", help="Which way it goes.")


class SilentParams(Params):
    amount: float = 1.0


class NeedyParams(Params):
    amount: float = param(..., help="More is more.")


class PushParams(AttackParams):
    steps: int = param(1, help="More is stronger.", ge=1)


def honest(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=1.0 - images)


def overwrites(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=images.mul_(0.5))


def doubles_precision(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=images.double())


def hates_small(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=images - images[..., 2:3, 2:3])


def rolls_dice(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=images + random.random() + float(np.random.rand()) + torch.rand(1))


def draws_unsaid(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=images + run.randn(images))


def mixes_batch(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=images - images.mean())


def looks_far(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=images + images.roll(5, -1))


def cuts_gradient(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=images.detach() + 0.0 * images)


def fails_on_choice(images: Tensor, params: SwitchParams, run: Any) -> Result:
    run.check()
    if params.mode == "fails":
        raise RuntimeError("no")
    return Result(image=images.clone())


def never_checks(images: Tensor, params: Any, run: Any) -> Result:
    return Result(image=images.clone())


def runs_backwards(images: Tensor, params: Any, run: Any) -> Result:
    run.progress(0.9)
    run.progress(0.1)
    return Result(image=images.clone())


def overspends(images: Tensor, params: PushParams, run: Any) -> Result:
    run.check()
    return Result(image=images + 2.0 * params.eps / 255.0)


def idles(images: Tensor, params: PushParams, run: Any) -> Result:
    run.check()
    return Result(image=images.clone())


def doubts_negatively(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    layer = Map(name="doubt", values=-images.mean(1), kind="uncertainty", unit="", meaning="none")
    return Result(maps=[layer])


def trains_subject(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    run.model.module.train()
    run.model(images)
    run.model.module.register_forward_hook(lambda *_: None)
    return Result(image=images.clone(), maps=[])
