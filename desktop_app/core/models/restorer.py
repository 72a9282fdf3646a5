"""A network that restores, as the host calls it: any photo in, whatever channels and sizes the network wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.api.errors import ToolError

_PADDING = 64  # pixels at most that a network which fills up sizes by itself may leave beyond the photo


class Restorer(nn.Module):
    """Feed photos to a network in the channels and sizes that it takes.

    Parameters
    ----------
    network : nn.Module
        What is called, one photo at a time: community networks are not all made for more.
    channels : tuple of int
        How many it takes and gives.
    scale : int
        Output size over input size.
    multiple, minimum : int
        In pixels, what heights and widths must be multiples of, and at least.
    square : bool
        Whether they must be equal.
    takes_mask : bool
        Whether it fills what a mask marks, which then is the photos' last channel.
    call : callable, optional
        Calls the network with a photo (and a mask), where it is not simply called.
    """

    def __init__(
        self, network: nn.Module, channels: tuple[int, int] = (3, 3), scale: int = 1, *, multiple: int = 1,
        minimum: int = 1, square: bool = False, takes_mask: bool = False, call: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.channels, self.scale, self.takes_mask = channels, scale, takes_mask
        self._multiple, self._minimum, self._square = multiple, minimum, square
        self._call = call or (lambda network, *planes: network(*planes))

    def forward(self, images: Tensor) -> Tensor:
        """Return ``(N, C, scale·H, scale·W)`` of photos ``(N, C, H, W)`` float32 with C 1 or 3, not clipped.

        A network for grey gets each channel of a colour photo by itself, one for colour a grey photo three times.
        """
        photos, masks = (images[:, :-1], images[:, -1:]) if self.takes_mask else (images, None)
        count = photos.shape[1]
        each_alone = self.channels[0] == 1 and count > 1
        rows = photos.flatten(0, 1)[:, None] if each_alone else photos
        masks = masks.repeat_interleave(count, 0) if masks is not None and each_alone else masks
        answers = [
            self._one(rows[index : index + 1], None if masks is None else masks[index : index + 1])
            for index in range(len(rows))
        ]
        answer = torch.cat(answers)
        if each_alone:
            return answer[:, :1].reshape(len(images), count, *answer.shape[-2:])
        return answer[:, :3].mean(1, keepdim=True) if count == 1 else answer[:, :3].expand(-1, 3, -1, -1)

    def _one(self, photo: Tensor, mask: Tensor | None) -> Tensor:
        height, width = photo.shape[-2:]
        wanted = self.channels[0]
        if wanted > photo.shape[1] == 1:
            photo = photo.expand(-1, min(wanted, 3), -1, -1)
        if wanted == 4:  # a photo's transparency never reaches a tool: the network is told that there is none
            photo = torch.cat([photo, torch.ones_like(photo[:, :1])], dim=1)
        planes = [photo] if mask is None else [photo, (mask > 0.5).to(photo)]
        planes = [self._padded(plane) for plane in planes]
        # Copies: some networks write on what they are given
        answer = self._call(self.network, *(plane.clone() for plane in planes))
        if isinstance(answer, tuple | list):
            answer = answer[0]
        if not isinstance(answer, Tensor) or answer.ndim != 4:
            raise ToolError(f"expected a picture from the network, got {type(answer).__name__}; it is no restorer")
        sides = [side * self.scale for side in planes[0].shape[-2:]]
        if all(got - side > max(_PADDING, side // 2) for got, side in zip(answer.shape[-2:], sides, strict=True)):
            raise ToolError(f"expected a picture {self.scale} times the photo's size from the network, got one of "
                            f"{answer.shape[-1]}×{answer.shape[-2]} pixels for {width}×{height}; mend its scale")
        return answer[..., : height * self.scale, : width * self.scale]

    def _padded(self, plane: Tensor) -> Tensor:
        height, width = (max(side, self._minimum) for side in plane.shape[-2:])
        height, width = (side + -side % self._multiple for side in (height, width))
        if self._square:
            height = width = max(height, width)
        down, right = height - plane.shape[-2], width - plane.shape[-1]
        if not down and not right:
            return plane
        # Mirrored as far as the photo goes: what it looks like beyond its border is not a new edge.
        can_mirror = down < plane.shape[-2] and right < plane.shape[-1]
        return F.pad(plane, (0, right, 0, down), "reflect" if can_mirror else "replicate")
