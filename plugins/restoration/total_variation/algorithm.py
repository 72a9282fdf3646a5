"""Total variation by fast gradient projection on the dual problem.

Minimises ``½ ‖x - y‖² + λ TV(x)`` (Rudin, Osher, Fatemi 1992). The dual variable q holds a vector per pixel and
channel, of length at most λ; the photo is ``x = y - Dᵀq`` with D the forward differences (Chambolle 2004). Rows lie
flat in memory, one after the other: q's horizontal part is zero in the last column, so what wraps round a row's end is
zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.total_variation.descriptor import TotalVariationParams

_STRIP = 1 << 15  # values per plane and strip on a CPU, so that a strip's planes stay in the cache
_STEP = 0.125  # 1/8: the inverse of the bound on ‖DDᵀ‖ (Beck and Teboulle 2009, lemma 4.2)


def run(images: Tensor, params: TotalVariationParams, run: Run) -> Result:
    """Denoise photos ``(N, C, H, W)``; in colour the gradients of the channels are shrunk together.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, nominally in [0, 1]; values outside are kept.
    params : TotalVariationParams
        Strength in 8-bit levels, number of iterations, isotropic or anisotropic.
    run : Run
        Progress and cancellation.
    """
    with torch.no_grad():
        restored = [_denoise(image, params, run) for image in images]
    return Result(image=torch.stack(restored))


@dataclass(frozen=True)
class _State:
    """One photo at work, in flat rows. One row more than the photo's stands before q, and after x."""

    noisy: Tensor  # (C, H·W)
    restored: Tensor  # (C, (H + 1)·W)
    dual: Tensor  # (2, C, H·W): horizontal and vertical part of q
    ahead: Tensor  # (2, C, (H + 1)·W): q carried on by its momentum; its first row stays zero
    width: int

    @property
    def rows(self) -> int:
        """Height of the photo."""
        return self.noisy.shape[1] // self.width


def _denoise(image: Tensor, params: TotalVariationParams, run: Run) -> Tensor:
    if params.strength == 0:
        return image.clone()
    state = _start(image)
    bound = params.strength / 255.0
    strips = _strips(state)
    buffers = image.new_empty(3, len(image), max(stop - start for start, stop in strips) * state.width)
    momentum = 1.0
    for iteration in range(params.iterations):
        run.progress(iteration / params.iterations, f"iteration {iteration + 1}")
        following = (1.0 + sqrt(1.0 + 4.0 * momentum**2)) / 2.0  # Beck and Teboulle 2009, eq. 4.9
        for start, stop in strips:
            run.check()
            _restore_rows(state, state.ahead, start + 1 if start else 0, min(stop + 1, state.rows))
            _ascend(state, start, stop, bound, (momentum - 1.0) / following, params.variation, buffers)
        momentum = following
    state.ahead[:, :, state.width :] = state.dual
    _restore_rows(state, state.ahead, 0, state.rows)
    return state.restored[:, : image[0].numel()].view(image.shape).clone()


def _start(image: Tensor) -> _State:
    channels, height, width = image.shape
    padded = (height + 1) * width
    return _State(
        noisy=image.reshape(channels, -1),
        restored=image.new_zeros(channels, padded),
        dual=image.new_zeros(2, channels, height * width),
        ahead=image.new_zeros(2, channels, padded),
        width=width,
    )


def _strips(state: _State) -> list[tuple[int, int]]:
    rows = max(1, _STRIP // state.width) if state.noisy.device.type == "cpu" else state.rows
    return [(start, min(start + rows, state.rows)) for start in range(0, state.rows, rows)]


def _restore_rows(state: _State, dual: Tensor, start: int, stop: int) -> None:
    """Write rows of ``x = y - Dᵀq`` (Beck and Teboulle 2009, eq. 4.3), one row ahead of the ascent that reads them."""
    low, high, width = start * state.width, stop * state.width, state.width
    if low >= high:
        return
    across, down = dual
    here = slice(low + width, high + width)  # of q, which has a row of zeros before its first
    x = torch.add(state.noisy[:, low:high], across[:, here], out=state.restored[:, low:high])
    x.sub_(across[:, here.start - 1 : here.stop - 1])
    x.add_(down[:, here]).sub_(down[:, low:high])


def _ascend(
    state: _State, start: int, stop: int, bound: float, inertia: float, variation: str, buffers: Tensor
) -> None:
    """Take a gradient step of q in rows, project it, and carry it on (Beck and Teboulle 2009, eqs. 4.7 to 4.10)."""
    width = state.width
    low, high = start * width, stop * width
    x, step = state.restored, buffers[:2, :, : high - low]
    torch.sub(x[:, low + 1 : high + 1], x[:, low:high], out=step[0])
    step[0].view(len(x), -1, width)[:, :, -1] = 0.0  # no neighbour to the right of the last column
    torch.sub(x[:, low + width : high + width], x[:, low:high], out=step[1])
    if stop == state.rows:
        step[1][:, -width:] = 0.0  # nor below the last row
    ahead = state.ahead[:, :, low + width : high + width]
    torch.add(ahead, step, alpha=_STEP, out=step)
    _project(step, bound, variation, buffers[2, 0, : high - low])
    dual = state.dual[:, :, low:high]
    torch.lerp(dual, step, 1.0 + inertia, out=ahead)
    dual.copy_(step)


def _project(dual: Tensor, bound: float, variation: str, norm: Tensor) -> None:
    """Shorten the vectors to `bound`: of each pixel over directions and channels, or each number on its own."""
    if variation == "anisotropic":
        dual.clamp_(-bound, bound)
        return
    planes = dual.flatten(0, 1)
    torch.mul(planes[0], planes[0], out=norm)
    for plane in planes[1:]:
        norm.addcmul_(plane, plane)
    dual.mul_(norm.clamp_(min=bound * bound).rsqrt_().mul_(bound))
