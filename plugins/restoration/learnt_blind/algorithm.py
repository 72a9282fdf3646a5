"""Blind deblurring with learnt features: inverts ``y = M ⊗ x + e``, M unknown and the same everywhere.

A network guesses the sharp photo's gradients from the blurred photo and from what the kernel so far makes of it; with
them the kernel is found in closed form, and the photo anew by that kernel, in turns and from coarse to fine (Schuler
2016, arXiv:1406.7444, sections 3 and 4). One network saw photos of anything, the other one pages of text alone, which
it knows better: "content-agnostic" and "content-specific" training.
"""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Result, Run
from plugins.restoration.common.blind_restoration import restore_blindly
from plugins.restoration.learnt_blind.descriptor import NETWORKS, LearntBlindParams
from plugins.restoration.learnt_blind.turns import learnt_guess


def run(images: Tensor, params: LearntBlindParams, run: Run) -> Result:
    """Deblur photos with kernels found in their luminance.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3; values outside [0, 1] are kept.
    """
    network = run.network(NETWORKS[params.content])
    return restore_blindly(images, params, run, lambda _: learnt_guess(network, run.check), boldness=(1.0,))
