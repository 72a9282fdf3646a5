"""Tools that each break one promise, for the kit to find."""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, pad

from desktop_app.api import Cancelled, Map, Result
from tests.testing.offending_params import (
    AmountParams,
    BackwardsParams,
    PushParams,
    RadiusParams,
    StepParams,
    SwitchParams,
    TwoParams,
    WidthParams,
)

Function = Callable[[Tensor, Any, Any], Result]
REMEMBERED: list[float] = []
BY_SHAPE: dict[tuple[int, ...], Tensor] = {}
REPLACED: list[Any] = []
KEPT: list[Tensor] = []
ENDED = threading.Event()


def pointwise(change: Callable[[Tensor], Tensor]) -> Function:
    """Return a well-behaved tool that does this to the picture."""

    def function(images: Tensor, params: Any, run: Any) -> Result:
        run.check()
        return Result(image=change(images))

    return function


def ask(images: Tensor, run: Any) -> None:
    """Ask all that is in question, as every tool does that has a subject."""
    run.check()
    for target in run.targets:
        images = target(images)
    for model in run.models:
        model(images)


def described(**facts: Any) -> Function:
    """Return a question of the model whose map is its picture's brightness in levels, but for these facts."""

    def function(images: Tensor, params: Any, run: Any) -> Result:
        ask(images, run)
        values = facts.get("change", lambda x: x)(images.mean(1) * 255.0)
        kept = {"name": "doubt", "kind": "uncertainty", "unit": "levels", "meaning": "High is doubtful."}
        return Result(maps=[Map(**{**kept, **facts.get("words", {})}, values=values)] * facts.get("copies", 1))

    return function


def blurred(images: Tensor, radius: int) -> Tensor:
    return avg_pool2d(pad(images, (radius,) * 4, mode="replicate"), 2 * radius + 1, stride=1)


honest = pointwise(lambda images: 1.0 - images)
overwrites = pointwise(lambda images: images.mul_(0.5))
doubles_precision = pointwise(lambda images: images.double())
moves_away = pointwise(lambda images: images.to("meta"))
hates_small = pointwise(lambda images: images - images[..., 2:3, 2:3])
hates_grey = pointwise(lambda images: images - images[:, 2:3])
colours_grey = pointwise(lambda images: images.expand(-1, 3, -1, -1) * 0.5)
wants_even = pointwise(lambda images: images.unflatten(-1, (-1, 2)).flatten(-2))
hates_flat = pointwise(lambda images: images / images.std(dim=(1, 2, 3), keepdim=True))
mixes_batch = pointwise(lambda images: images - images.mean())
looks_far = pointwise(lambda images: images + images.roll(5, -1))
looks_everywhere = pointwise(lambda images: images - images.mean((1, 2, 3), keepdim=True))
sees_blocks = pointwise(lambda images: interpolate(avg_pool2d(images, 3, ceil_mode=True), images.shape[-2:]))
cuts_gradient = pointwise(lambda images: images.detach() + 0.0 * images)
rounds = pointwise(lambda images: (images * 255.0).round() / 255.0)
clips_input = pointwise(lambda images: 0.5 * images.clamp(0.0, 1.0) + 0.1)
clips_output = pointwise(lambda images: (1.0 - images).clamp(0.0, 1.0))
doubles_size = pointwise(lambda images: interpolate(images, scale_factor=2))
makes_nothing = pointwise(lambda images: images / 0.0)


def returns_picture(images: Tensor, params: Any, run: Any) -> Any:
    run.check()
    return images


def rolls_dice(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=images + random.random() + float(np.random.rand()) + torch.rand(1))


def draws_unsaid(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=images + run.randn(images))


def draws_once(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=images + torch.randn(images.shape[1:], generator=torch.Generator().manual_seed(run.seeds[0])))


def remembers(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    REMEMBERED.append(1.0)
    return Result(image=images + len(REMEMBERED) * 0.01)


def caches_by_shape(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=BY_SHAPE.setdefault(tuple(images.shape), images * 0.5).clone())


def changes_dtype(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    torch.set_default_dtype(torch.float64)
    return Result(image=1.0 - images)


def changes_environment(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    os.environ["OFFENDED"] = "yes"
    return Result(image=1.0 - images)


def changes_folder(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    os.chdir(Path(os.getcwd()).parent)
    return Result(image=1.0 - images)


def prints(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    print("here I am")
    return Result(image=1.0 - images)


def overwrites_mask(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=images * run.inputs["where"].mul_(0.5) if "where" in run.inputs else images * 0.5)


def needs_optional(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=images * run.inputs["where"])


def fails_on_choice(images: Tensor, params: SwitchParams, run: Any) -> Result:
    run.check()
    if params.mode == "fails":
        raise RuntimeError("no")
    return Result(image=images.clone())


def fails_at_end(images: Tensor, params: AmountParams, run: Any) -> Result:
    run.check()
    return Result(image=images * (0.5 / params.amount if params.amount else float("nan")))


def reaches_further(images: Tensor, params: RadiusParams, run: Any) -> Result:
    run.check()
    return Result(image=blurred(images, params.radius))


def never_checks(images: Tensor, params: Any, run: Any) -> Result:
    return Result(image=1.0 - images)


def sleeps(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    time.sleep(0.6)
    return Result(image=1.0 - images)


def swallows_cancel(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    for step in range(4):
        try:
            run.progress(step / 4)
        except Cancelled:
            break
    return Result(image=1.0 - images)


def runs_backwards(images: Tensor, params: Any, run: Any) -> Result:
    run.progress(0.9)
    run.progress(0.1)
    return Result(image=images.clone())


def hoards(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    held = [images + step for step in range(400)]
    return Result(image=1.0 - held[0])


def reports_an_object(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=1.0 - images, reports=[{"it": object()} for _ in images])


def one_report_short(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=1.0 - images, reports=[{}] * (len(images) + 1))


def hands_over_nan(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(image=1.0 - images, artifacts={"kernel": torch.full((len(images), 3, 3), float("nan"))})


def prints_below(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    os.write(1, b"here I am")
    return Result(image=1.0 - images)


def complains(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    print("here I am", file=sys.stderr)
    return Result(image=1.0 - images)


def replaces_function(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    REPLACED.append(torch.nn.functional.silu)
    torch.nn.functional.silu = lambda *given, **_more: REPLACED[0](*given)
    return Result(image=1.0 - images)


def leaves_thread(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    thread = threading.Thread(target=ENDED.wait, daemon=True)
    thread.start()
    return Result(image=1.0 - images)


def keeps_photo(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    KEPT.append(images)
    return Result(image=1.0 - images)


def counts_on(images: Tensor, params: Any, run: Any) -> Result:
    """Make each photo's seed out of the first one's."""
    run.check()
    generators = [torch.Generator().manual_seed(run.seeds[0] + index) for index in range(len(images))]
    noise = [torch.randn(image.shape, generator=each) for image, each in zip(images, generators, strict=True)]
    return Result(image=images + torch.stack(noise))


def looks_wider(images: Tensor, params: WidthParams, run: Any) -> Result:
    run.check()
    return Result(image=blurred(images, 9 if params.is_wide else 1))


def looks_up(images: Tensor, params: RadiusParams, run: Any) -> Result:
    run.check()
    tall = pad(images, (0, 0, params.radius, params.radius), mode="replicate")
    return Result(image=avg_pool2d(tall, (2 * params.radius + 1, 1), stride=1))


def fails_between(images: Tensor, params: StepParams, run: Any) -> Result:
    run.check()
    return Result(image=images * {1: 0.9, 2: 0.8, 4: 0.6, 5: 0.5}[params.step])


def fails_together(images: Tensor, params: TwoParams, run: Any) -> Result:
    run.check()
    return Result(image=images / (1.0 - params.first * params.second))


def fades(images: Tensor, params: BackwardsParams, run: Any) -> Result:
    run.check()
    return Result(image=images * (1.0 - params.share))


class _Mirrored(torch.autograd.Function):
    @staticmethod
    def forward(_context: Any, images: Tensor) -> Tensor:
        return 1.0 - images

    @staticmethod
    def backward(_context: Any, slope: Tensor) -> Tensor:
        return slope


misleads = pointwise(_Mirrored.apply)
detaches_some = pointwise(lambda images: torch.cat([images[:, :1], images[:, 1:].detach()], 1) * 0.5)


def never_asks(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    return Result(maps=[Map(
        name="doubt", kind="uncertainty", unit="levels", meaning="High is doubtful.", values=images.mean(1) * 255.0,
    )])


def asks_first(images: Tensor, params: Any, run: Any) -> Result:
    run.model(images)
    return never_asks(images, params, run)


def hands_back(images: Tensor, params: Any, run: Any) -> Result:
    change = (run.target(images) - images).abs().mean(1)
    return Result(image=images, maps=[Map(
        name="change", kind="uncertainty", unit="levels", meaning="High is doubtful.", values=change * 255.0,
    )])


def climbs_anywhere(images: Tensor, params: PushParams, run: Any) -> Result:
    return climbs(images, params.model_copy(update={"target_class": None}), run)


def hates_grey_photos(images: Tensor, params: PushParams, run: Any) -> Result:
    return climbs(images, params, run) if images.shape[1] > 1 else Result(image=images)


def overspends(images: Tensor, params: PushParams, run: Any) -> Result:
    ask(images, run)
    return Result(image=(images + 2.0 * params.eps / 255.0).clamp(0.0, 1.0))


def leaves_range(images: Tensor, params: PushParams, run: Any) -> Result:
    ask(images, run)
    step = params.eps / 255.0 / (1.0 if params.norm == "linf" else images[0].numel() ** 0.5)
    return Result(image=images + step * (1.0 + 0.0 * images) if params.eps < 4.0 else images * 0.0 - step)


def idles(images: Tensor, params: PushParams, run: Any) -> Result:
    ask(images, run)
    return Result(image=images.clone())


def gives_up(images: Tensor, _params: PushParams, run: Any) -> Result:
    ask(images, run)
    return Result(image=images, reports=[{"caveats": ["nothing was found"]} for _ in images])


def is_noise(images: Tensor, params: PushParams, run: Any) -> Result:
    ask(images, run)
    step = run.randn(images).sign() * params.eps / 255.0
    if params.norm == "l2":
        step = step / images[0].numel() ** 0.5
    return Result(image=(images + step).clamp(0.0, 1.0))


def climbs(images: Tensor, params: PushParams, run: Any) -> Result:
    """Take one step up against all that is in question, as an honest attack does."""
    run.check()
    with torch.enable_grad():
        seen = restored = images.clone().requires_grad_(True)
        for target in run.targets:
            restored = target(restored)
        answers = [model(restored).log_softmax(1) for model in run.models]
        aim = params.target_class
        wanted = [(answer.max(1).values if aim is None else -answer[:, int(aim)]).sum() for answer in answers]
        loss = -sum(wanted, torch.zeros(())) if answers else restored.sum()
        (gradient,) = torch.autograd.grad(loss, seen)
    if params.norm == "linf":
        step = gradient.sign()
    else:
        step = gradient / gradient.flatten(1).norm(dim=1).clamp(min=1e-30)[:, None, None, None]
    return Result(image=(images + step * (params.eps / 255.0)).clamp(0.0, 1.0))


doubts_negatively = described(change=torch.neg)
says_nothing = described(words={"unit": "", "meaning": "none"})
says_a_million = described(change=lambda values: values * 1e6)
gives_nats = described(words={"unit": "nats"})
says_one_number = described(change=lambda values: torch.full_like(values, 3.0))
gives_no_number = described(change=lambda values: values * float("nan"))
says_it_twice = described(copies=2)


def trains_subject(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    with torch.no_grad():
        run.model.module.head.bias.add_(0.01)
    return described()(images, params, run)


def trains_last(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    with torch.no_grad():
        run.models[-1].module.head.bias.add_(0.01)
    return described()(images, params, run)


def hooks_subject(images: Tensor, params: Any, run: Any) -> Result:
    run.check()
    run.model.module.register_forward_hook(lambda *_: None)
    return described()(images, params, run)
