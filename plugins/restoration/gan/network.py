"""The network of ``deblur.multiscale`` with most of its weights its own, and the coarsest ones borrowed.

What critics teach is how edges and texture look, which is the business of the finer levels. The lowest level's weights,
which they would move by a hundredth of their size, are those of ``deblur.multiscale``: they are not stored twice.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from desktop_app.api import bundled_network
from plugins.restoration.common.multiscale_unet import MultiscaleUnet

__all__ = ["BORROWED", "BorrowingUnet", "build"]

BORROWED = "bottom."
"""What the names of the borrowed weights begin with."""
_LENDER = "deblur_multiscale"


class BorrowingUnet(MultiscaleUnet):
    """Sharpen photos as `MultiscaleUnet`; its state dict lacks what it borrows, and is completed when it is loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.bottom.requires_grad_(False)
        self.register_state_dict_post_hook(_left_out)  # type: ignore[no-untyped-call] # torch has no hints here
        self.register_load_state_dict_pre_hook(_completed)  # type: ignore[no-untyped-call] # nor here


def _left_out(_module: nn.Module, state: dict[str, Tensor], prefix: str, _metadata: Any) -> None:
    for name in [name for name in state if name.startswith(prefix + BORROWED)]:
        del state[name]


def _completed(_module: nn.Module, state: dict[str, Tensor], prefix: str, *_more: Any) -> None:
    from safetensors.torch import load_file

    _, files = bundled_network(_LENDER)
    for name, value in load_file(files["weights"]).items():
        if name.startswith(BORROWED):
            state[prefix + name] = value.float()


def build() -> BorrowingUnet:
    """Return the network, whose own weights are random."""
    return BorrowingUnet()
