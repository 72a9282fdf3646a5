"""What the host asks of a network that restores: any photo in, a picture of the promised size out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from torch import Tensor

from desktop_app.testing.checks.any_network import Loaded, batches, conduct, gradients, keeping, repetition
from desktop_app.testing.findings import Fault, told
from desktop_app.testing.pictures import textured, troublesome

_TILE_TOLERANCE = 1e-5
_FARTHEST = 64  # pixels of reach beyond which a picture that shows it would take too long
_CORE = 16  # pixels of the tile that is compared
_BRIGHTEST = 8.0  # that a photo within [0, 1] can become, highlights and overshoot included


def pictures(model: Loaded) -> Iterator[Fault]:
    """Photos of every size, in colour and grey, give finite pictures in the photo's channels and of the scaled size."""
    scale = model.descriptor.scale
    for name, photo in {**troublesome(), "97×65": textured(3, 65, 97)}.items():
        try:
            answer = model(photo)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a network raises is the finding
            yield Fault(f"expected a picture of any photo, got {told(error)}", name)
            continue
        wanted = (*photo.shape[:2], *(scale * side for side in photo.shape[2:]))
        if tuple(answer.shape) != wanted:
            yield Fault(f"expected a picture {scale} times the photo's size, {wanted}, got {tuple(answer.shape)}", name)
        elif not answer.is_floating_point() or not bool(answer.isfinite().all()):
            yield Fault("expected finite values, got NaN, infinity or whole numbers", name)
        elif float(answer.abs().max()) > _BRIGHTEST * max(1.0, float(photo.abs().max())):
            yield Fault(f"expected values about [0, 1], got up to {float(answer.abs().max()):.3g}; leave no 255 in it",
                        name)


def likeness(model: Loaded) -> Iterator[Fault]:
    """The picture is the photo, restored: its values, colours and places, and not what is to be taken from it."""
    import torch
    from torch.nn.functional import avg_pool2d

    photo = textured(3, 48, 48) * torch.linspace(1.0, 0.6, 48)  # no mirror image of itself
    answer = avg_pool2d(model(photo), model.descriptor.scale)
    if float(answer.min()) < _DARKEST:
        yield Fault(f"expected values about [0, 1], got down to {float(answer.min()):.3g}; leave no [-1, 1] in it")
        return
    found = {name: _alike(answer, turned(photo)) for name, turned in _TAKEN_FOR.items()}
    here = found.pop("")
    if here < _UNLIKE and max(found.values()) < _SURELY:
        yield Fault("expected the photo, restored, got a picture that is unlike it; let the network itself take from "
                    "the photo what it finds")
    elif max(found.values()) > here + _CLEARLY:
        name = max(found, key=lambda one: found[one])
        yield Fault(f"expected the photo, restored, got it {name}; put every value where it belongs")


_DARKEST = -0.5  # that a photo within [0, 1] can become
_UNLIKE = 0.3  # correlation with the photo below which it is another picture
_SURELY, _CLEARLY = 0.8, 0.02  # correlation, and how much more of it, that tell what was done to the photo
_TAKEN_FOR: Mapping[str, Callable[[Tensor], Tensor]] = {
    "": lambda photo: photo,
    "with red and blue exchanged": lambda photo: photo.flip(1),
    "mirrored": lambda photo: photo.flip(-1),
    "upside down": lambda photo: photo.flip(-2),
    "turned": lambda photo: photo.transpose(-1, -2),
    "inverted": lambda photo: -photo,
    **{f"moved by {x}, {y} pixels": lambda photo, x=x, y=y: photo.roll((y, x), (-2, -1))  # type: ignore[misc] # defaults
       for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y},
}
"""By what it is then, what a photo ``(1, 3, H, W)`` may have been turned into by mistake."""


def _alike(answer: Tensor, photo: Tensor) -> float:
    """Return the mean over channels of the correlation of two pictures ``(1, 3, H, W)`` away from their borders."""
    one, other = (picture[0, :, 2:-2, 2:-2].flatten(1) for picture in (answer, photo))
    one, other = (picture - picture.mean(1, keepdim=True) for picture in (one, other))
    shares = (one * other).sum(1) / (one.norm(dim=1) * other.norm(dim=1)).clamp(min=1e-12)
    return float(shares.mean())


def reach(model: Loaded) -> Iterator[Fault]:
    """A tile with a margin of the declared reach gives what the whole photo gives there."""
    told_reach, unit, scale = model.descriptor.reach, model.descriptor.multiple, model.descriptor.scale
    if told_reach is None or told_reach > _FARTHEST:
        return
    margin, core = (-(-side // unit) * unit for side in (told_reach, _CORE))
    start = unit * -(-_CORE // unit)
    end = start + core + 2 * margin
    photo = textured(3, end + start, end + start)
    whole, tile = model(photo), model(photo[..., start:end, start:end])
    inner = slice(margin * scale, (margin + core) * scale)
    outer = slice((start + margin) * scale, (start + margin + core) * scale)
    far = float((whole[..., outer, outer] - tile[..., inner, inner]).abs().max())
    if far > _TILE_TOLERANCE * max(1.0, float(whole.abs().max())):
        yield Fault(f"expected the same from a tile as whole, got up to {far:.2g} apart; widen the reach, or leave it "
                    "out: it is measured then")


OF_RESTORERS: Mapping[str, Callable[[Loaded], Iterator[Fault]]] = {
    check.__name__: check for check in (conduct, pictures, likeness, repetition, keeping, batches, reach, gradients)
}
"""All checks of a network that restores, by name, in their order."""
