"""How a tool behaves while it runs: what it leaves alone, when it stops, what it holds, where gradients flow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from desktop_app.api import Cancelled
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.kinds import traits_of
from desktop_app.testing.findings import Fault
from desktop_app.testing.pictures import further_inputs, textured
from desktop_app.testing.trial import LARGE, LARGE_SECONDS, SEEDS, Trial
from desktop_app.testing.watching import Ledger, WatchedControl

if TYPE_CHECKING:
    from torch import Tensor

_LONGEST = 0.4  # seconds without a check on small pictures; a megapixel is to have one every 0.2
_TRIES = 3  # a machine may hesitate once
_FAR_OFF = 2.0
_STEPS = (1e-3, 1e-2, 1e-1)  # of each pixel, at one of which a gradient must foretell what happens
_FORETOLD = (0.6, 1.6)  # times what the gradient says
_UNTOLD = 128 << 20  # bytes: what a method may hold whatever the photo's size


def surroundings(trial: Trial) -> Iterator[Fault]:
    """What the process shares stays as it was, the input too, and nothing is printed."""
    watch = trial.plain.watch
    if watch.disturbed:
        names = ", ".join(sorted(watch.disturbed))
        yield Fault(f"expected {names} to stay, got a change; use run's generators and put settings back")
    for name in sorted(watch.overwritten):
        yield Fault(f"expected {name} to stay as it was, got it changed; work on a copy")
    if watch.printed:
        yield Fault(f"expected nothing on stdout or stderr, got {watch.printed[:40]!r}; say it in a report or by "
                    "run.progress()")


def subject(trial: Trial) -> Iterator[Fault]:
    """The questioned models keep their weights, their statistics and their hooks."""
    if trial.plain.subject_changes:
        changed = ", ".join(trial.plain.subject_changes)
        yield Fault(f"expected the model to stay as it was, got a change of {changed}; put it back in a finally")


def keeping(trial: Trial) -> Iterator[Fault]:
    """Nothing of a photo is held once its result is gone: memory would fill up, and photos are private."""
    tables = tuple(spec for spec in trial.tool.inputs if spec.is_table)
    given = {**further_inputs(trial.tool.inputs, trial.another, trial.classifiers)}
    if tables:  # what is made of a table may be kept
        trial.call(trial.another, seeds=SEEDS[1:], inputs=given)
    assert trial.on_another  # and what is made at a first call
    with Ledger() as ledger, suppress(Cancelled):  # by the control, which has seen enough
        trial.call(trial.another, seeds=SEEDS[1:], inputs=given, control=WatchedControl(seconds=LARGE_SECONDS))
    plane = trial.another[0, 0].nbytes
    if held := ledger.held(plane):
        yield Fault(f"expected nothing of a photo to be kept, got {held} bytes; keep nothing between calls")


def asking(trial: Trial) -> Iterator[Fault]:
    """All that is in question is asked, and what a restoration made is handed on."""
    traits = traits_of(trial.tool.kind)
    if not (traits.measures or traits.is_held_to_budget):  # a restoration may have nothing to ask for
        return
    for unasked in trial.plain.unasked:
        yield Fault("expected all that is in question to be asked, got one that was not", unasked)
    image = trial.plain.result.image
    if trial.targets and traits.measures and image is not None and image.equal(trial.picture):
        yield Fault("expected the picture of the restoration in question, got the photo")


def gradients(trial: Trial) -> Iterator[Fault]:
    """A tool that says it is differentiable gives finite gradients, not all zero, that say how the picture changes."""
    import torch

    if not trial.tool.differentiable:
        return
    images = textured(3, 17, 19).requires_grad_(True)
    with torch.enable_grad():
        image = trial.call(images).image
    if image is None or not image.requires_grad:
        yield Fault("expected a picture that gradients flow from, got none; keep to differentiable operations")
        return
    (gradient,) = torch.autograd.grad(image.square().sum(), images, allow_unused=True, retain_graph=True)
    if gradient is None or not bool(gradient.isfinite().all()) or not bool(gradient.any()):
        yield Fault("expected finite gradients that are not all zero, got others; look for clamps, roots and detach()")
    elif not any(_foretells(trial, images, image, step) for step in _STEPS):
        yield Fault("expected gradients that say how the picture changes, got others; look for a part that is detached "
                    "and a backward of your own")


def _foretells(trial: Trial, images: Tensor, image: Tensor, step: float) -> bool:
    """Return whether a small change of all pixels moves the picture by about what the gradients say."""
    import torch

    draw = torch.Generator().manual_seed(1)
    move = step * torch.randn(images.shape, generator=draw)
    with torch.no_grad():
        there, back = (trial.call(images.detach() + sign * move).image for sign in (1.0, -1.0))
    if there is None or back is None:
        return True
    change = (there - back).detach() / 2.0
    (gradient,) = torch.autograd.grad(image, images, change, retain_graph=True)
    happened, foretold = float(change.double().square().sum()), float((gradient.double() * move).sum())
    return foretold * _FORETOLD[0] <= happened <= foretold * _FORETOLD[1]


def cancelling(trial: Trial) -> Iterator[Fault]:
    """The tool stops when the user cancels, at once and on the way, and its progress runs from 0 to 1."""
    seen = trial.plain.control.seen
    if seen != sorted(seen):
        yield Fault(f"expected progress that rises from 0 to 1, got {[round(f, 3) for f in seen[:20]]}")
    if not _stops(trial, trial.picture, WatchedControl(checks=1)):
        yield Fault("expected a cancelled run to stop, got a result; call run.check() between operations")
    elif len(seen) > 1 and not _stops(trial, trial.picture, _cancelled_at(seen[(len(seen) - 1) // 2])):
        yield Fault("expected a run that is cancelled half-way to stop, got a result; let Cancelled pass")


def pace(trial: Trial) -> Iterator[Fault]:
    """The tool can be stopped often: no long stretch without a check, on a small picture nor on a larger one."""
    large, *_ = trial.large
    gap = max(
        _least(trial, trial.picture, trial.plain.control.gap, lambda control: control.gap),
        # Of a subject the kit's own time would be counted.
        0.0 if trial.subject else _least(trial, textured(*LARGE), large.busy_gap, lambda control: control.busy_gap),
    )
    if gap > _LONGEST:
        yield Fault(f"expected a check at least every 0.2 s, got none for {gap:.1f} s; call it more often")


def memory(trial: Trial) -> Iterator[Fault]:
    """The tensors that the tool holds at once are about what it claims, so that the host's forecast holds."""
    _, peak, photo = trial.large
    if peak > _FAR_OFF * trial.tool.memory * photo + _UNTOLD:
        needed = f"{peak / photo:.0f} times the photo"
        yield Fault(f"expected at most memory={trial.tool.memory:g} times the photo, got {needed}; claim more or cut")


def _least(trial: Trial, images: Tensor, seen: float, gap: Callable[[WatchedControl], float]) -> float:
    """Return the longest gap that shows in every one of a few calls: a busy machine makes one in a few."""
    for _ in range(_TRIES - 1):
        if seen <= _LONGEST:
            break
        control = WatchedControl(seconds=LARGE_SECONDS)
        with suppress(Cancelled):
            trial.call(images, control=control)
        control.end()
        seen = min(seen, gap(control))
    return seen


def _cancelled_at(fraction: float) -> JobControl:
    def look(now: float, _: str) -> None:
        if now >= fraction:
            control.cancel()

    control = JobControl(look)
    return control


def _stops(trial: Trial, images: Tensor, control: JobControl) -> bool:
    try:
        trial.call(images, control=control)
    except Cancelled:
        return True
    return False
