"""What the host asks of a network that restores: any photo in, a picture of the promised size out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from desktop_app.testing.checks.any_network import Loaded, batches, conduct, gradients, repetition
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
    check.__name__: check for check in (conduct, pictures, repetition, batches, reach, gradients)
}
"""All checks of a network that restores, by name, in their order."""
