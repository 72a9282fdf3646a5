"""Damage to learn from, by kind: made by the project's own degradation tools, of a strength drawn for the photo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import cos, pi, sin

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.blurring import blurred
from desktop_app.numerics.kernels import defocus_kernel, gaussian_kernel, motion_kernel, normalised
from training.noise import degraded

__all__ = ["DAMAGES", "Dice", "damaged", "depth_map", "downpour", "furnished", "shake_kernel"]


class Dice:
    """Numbers drawn from one generator."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator

    def between(self, low: float, high: float) -> float:
        """Return a uniform number."""
        return low + (high - low) * float(torch.rand((), generator=self.generator))

    def seed(self) -> int:
        """Return a seed for a tool."""
        return int(torch.randint(1 << 31, (1,), generator=self.generator))

    def one_of(self, *choices: str) -> str:
        """Return one of several."""
        return choices[int(torch.randint(len(choices), (1,), generator=self.generator))]


def damaged(kind: str, images: Tensor, generator: torch.Generator) -> Tensor:
    """Return photos ``(N, 3, H, W)`` in [0, 1] with one kind of damage, each drawn for itself; noise is unclipped.

    Before it half of the photos are a little softer, and after it half are JPEG files without visible blocks, as
    photos are that nothing is wrong with: neither is to say anything.

    Parameters
    ----------
    kind : str
        One of `DAMAGES`.
    """
    dice, damage = Dice(generator), DAMAGES[kind]
    made = [damage(_taken(image, dice), dice) for image in torch.split(images, 1)]
    return torch.cat(made if kind == "compression" else [_delivered(image, dice) for image in made])


def shake_kernel(dice: Dice, reach: float, points: int = 64) -> Tensor:
    """Return the kernel ``(k, k)`` of a hand that shook: a smooth random path, at most `reach` pixels either way.

    The path is a random walk of the second order whose turns are drawn anew at every point, as a hand with inertia
    moves (Boracchi, Foi 2012, doi:10.1109/TIP.2012.2192126, section V.A, in its spirit); each point is spread over the
    four pixels around it.
    """
    heading, turn, place = dice.between(0, 2 * pi), 0.0, [(0.0, 0.0)]
    nervousness = dice.between(0.02, 0.5)
    for _ in range(points - 1):
        turn = 0.8 * turn + nervousness * dice.between(-1.0, 1.0)
        heading += turn
        place.append((place[-1][0] + sin(heading), place[-1][1] + cos(heading)))
    path = torch.tensor(place, dtype=torch.float64)
    path = path - path.mean(0)
    path *= reach / max(float(path.abs().max()), 1e-6)
    half = int(reach) + 2
    kernel = torch.zeros((2 * half + 1, 2 * half + 1), dtype=torch.float64)
    corner, part = path.floor().long(), path - path.floor()
    for down in (0, 1):
        for right in (0, 1):
            weight = (part[:, 0] if down else 1 - part[:, 0]) * (part[:, 1] if right else 1 - part[:, 1])
            kernel.index_put_((corner[:, 0] + down + half, corner[:, 1] + right + half), weight, accumulate=True)
    return normalised(kernel)


def depth_map(image: Tensor, dice: Dice) -> Tensor:
    """Return distances ``(1, 1, H, W)`` in [0, 1]: smooth hills over a ground that leads away, objects among them."""
    height, width = image.shape[-2:]
    hills = F.interpolate(torch.rand((1, 1, 4, 5), generator=dice.generator), (height, width), mode="bicubic")
    ground = torch.linspace(1.0, 0.0, height).view(1, 1, -1, 1) * dice.between(0.0, 1.0)
    # where a scene's depth jumps, its light does, too
    bright = F.avg_pool2d(image.mean(1, keepdim=True), 5, 1, 2) * dice.between(-0.3, 0.3)
    depth = (hills * dice.between(0.1, 1.0) + ground + bright).clamp(min=0.0)
    return (depth / depth.max().clamp(min=1e-6)).clamp(0.0, 1.0) * dice.between(0.3, 1.0) + dice.between(0.0, 0.3)


def downpour(image: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Return a grey day on which it pours, and the same day without rain, both ``(1, 3, H, W)`` in [0, 1].

    Streaks are short, of many sizes, thicker in places, and hardly seen before light.
    """
    grey = image.mean(1, keepdim=True)
    image = torch.lerp(grey, image, dice.between(0.2, 1.0)) * dice.between(0.5, 1.0)
    places = depth_map(image, dice)
    fallen, slant = torch.zeros_like(image), dice.between(-30.0, 30.0)
    for _ in range(int(dice.between(1, 4))):
        fallen += degraded("rain", torch.zeros_like(image), {
            "amount": 10.0 * 10.0 ** dice.between(0.0, 1.0), "length": dice.between(3.0, 30.0),
            "slant": slant + dice.between(-4.0, 4.0), "brightness": dice.between(70.0, 200.0),
            "width": dice.between(0.2, 1.2),
        }, dice.seed())  # fmt: skip
    thick = torch.lerp(torch.ones(()), places / places.amax().clamp(min=1e-6), dice.between(0.0, 1.0))
    fallen = (fallen * thick).clamp(max=0.9)
    return image + fallen * (dice.between(0.7, 1.0) - image).clamp(min=0.0), image


def furnished(photo: Tensor, things: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Return a photo as a room with things in it, and the distances: where a distance jumps, the picture does, too.

    A pixel's ray meets the far wall, or before it one of the side walls, floor or ceiling, whose distance falls as
    one over the angle from where they would meet.

    Parameters
    ----------
    photo, things : Tensor
        ``(1, 3, H, W)``: what walls and floor look like, and what the things are cut from.

    Returns
    -------
    picture, depth : Tensor
        ``(1, 3, H, W)``, and ``(1, 1, H, W)`` in [0, 1].
    """
    height, width = photo.shape[-2:]
    across = torch.linspace(-1.0, 1.0, width).view(1, 1, 1, -1) - dice.between(-0.5, 0.5)
    down = torch.linspace(-1.0, 1.0, height).view(1, 1, -1, 1) - dice.between(-0.5, 0.5)
    nearness, picture = torch.ones(1, 1, height, width), photo.clone()  # of the far wall
    for wall in (across, -across, down, -down):
        nearness = torch.maximum(nearness, wall * dice.between(0.7, 3.0))
    for _ in range(int(dice.between(0, 8))):
        top, left = int(dice.between(0.0, 0.9) * height), int(dice.between(-0.2, 0.9) * width)
        tall, broad = int(dice.between(0.1, 0.8) * height), int(dice.between(0.05, 0.5) * width)
        place = (..., slice(top, top + tall), slice(max(left, 0), max(left + broad, 0)))
        if nearness[place].numel():
            nearness[place] = float(nearness[place].amax()) * dice.between(1.0, 1.6)
            picture[place] = things[place]
    return picture, (dice.between(0.6, 1.2) / nearness).clamp(max=1.0)


def _taken(image: Tensor, dice: Dice) -> Tensor:
    """Return a photo as a lens and a sensor give it: half of them somewhat softer than one that was made smaller."""
    return _soft(image, dice.between(0.3, 0.9)) if dice.between(0, 1) < 0.5 else image


def _delivered(image: Tensor, dice: Dice) -> Tensor:
    """Return a photo as it is handed on: half of them as a JPEG file that shows no blocks."""
    if dice.between(0, 1) < 0.5:
        return image
    return degraded("jpeg", image, {"quality": int(dice.between(70, 98))}, dice.seed())


def _soft(image: Tensor, width: float) -> Tensor:
    return blurred(image, gaussian_kernel(width), lambda: None)


def _nothing(image: Tensor, dice: Dice) -> Tensor:
    return degraded("gaussian_noise", image, {"sigma": dice.between(0.0, 1.5)}, dice.seed())


def _noise(image: Tensor, dice: Dice) -> Tensor:
    match dice.one_of("sensor", "white", "white", "grain"):
        case "sensor":
            image = degraded("poisson_noise", image, {"photons": 10.0 ** dice.between(0.9, 2.3)}, dice.seed())
            return degraded("gaussian_noise", image, {"sigma": dice.between(0.0, 8.0)}, dice.seed())
        case "white":
            return degraded("gaussian_noise", image, {"sigma": dice.between(5.0, 60.0)}, dice.seed())
        case _:  # what demosaicing, a film or a change of size made of it: coarse, and more of it where there is light
            flat = degraded("gaussian_noise", torch.zeros_like(image), {"sigma": 40.0}, dice.seed())
            coarse = _soft(flat, dice.between(0.4, 1.4))
            told = dice.between(6.0, 30.0) / 255.0 / float(coarse.std().clamp(min=1e-6))
            light = image.clamp(min=0.0).sqrt()
            return image + told * coarse * torch.lerp(torch.ones(()), light, dice.between(0.0, 1.0))


def _jpeg(image: Tensor, dice: Dice) -> Tensor:
    return degraded("jpeg", image, {"quality": int(dice.between(5, 40))}, dice.seed())


def _blur(image: Tensor, dice: Dice) -> Tensor:
    match dice.one_of("shake", "shake", "shake", "line", "line", "defocus", "soft"):
        case "shake":
            kernel = shake_kernel(dice, dice.between(2.0, 16.0))
        case "line":
            kernel = motion_kernel(dice.between(4.0, 30.0), dice.between(-90.0, 90.0))
        case "defocus":
            kernel = defocus_kernel(dice.between(1.8, 5.0))
        case _:
            kernel = gaussian_kernel(dice.between(1.3, 3.0))
    soft = blurred(image, kernel, lambda: None)
    return degraded("gaussian_noise", soft, {"sigma": dice.between(0.0, 2.0)}, dice.seed())


def _rain(image: Tensor, dice: Dice) -> Tensor:
    if dice.between(0, 1) < 0.5:  # what falls far away is mist
        image = torch.lerp(image, torch.full((), dice.between(0.4, 0.9)), dice.between(0.05, 0.45))
    if dice.between(0, 1) < 0.4:
        return degraded("rain", image, {
            "amount": 2.0 * 20.0 ** dice.between(0.0, 1.0), "length": dice.between(6.0, 70.0),
            "slant": dice.between(-45.0, 45.0), "brightness": dice.between(70.0, 220.0),
            "width": dice.between(0.3, 2.0),
        }, dice.seed()).clamp(0.0, 1.0)  # fmt: skip
    return downpour(image, dice)[0]


def _drops(image: Tensor, dice: Dice) -> Tensor:
    if dice.between(0, 1) < 0.25:  # splashes that only add light
        params = {"kind": "water", "threshold": dice.between(0.65, 0.69), "size": dice.between(1.5, 5.0)}
        return degraded("spatter", image, params, dice.seed()).clamp(0.0, 1.0)
    return degraded("drops", image, {
        "cover": dice.between(9.0, 35.0), "size": dice.between(8.0, 28.0), "bend": dice.between(2.0, 6.0),
        "blur": dice.between(0.5, 5.0), "opacity": dice.between(60.0, 100.0), "brightness": dice.between(-20.0, 40.0),
    }, dice.seed()).clamp(0.0, 1.0)  # fmt: skip


def _haze(image: Tensor, dice: Dice) -> Tensor:
    if dice.between(0, 1) < 0.4:
        image, depth = furnished(image, image.flip(3).roll(image.shape[-2] // 3, 2), dice)
    else:
        depth = depth_map(image, dice).clamp(0, 1)
    params = {
        "density": dice.between(0.6, 3.0), "airlight": dice.between(150.0, 255.0), "warmth": dice.between(-15.0, 15.0),
    }  # fmt: skip
    return degraded("haze", image, params, dice.seed(), {"depth": depth})


def _dark(image: Tensor, dice: Dice) -> Tensor:
    match dice.one_of("all", "still", "partly"):
        case "all":
            params = {"exposure": dice.between(-5.0, -1.5), "full_well": 10.0 ** dice.between(3.0, 4.3)}
        case "still":  # from a stand, or made smaller: dark without grain
            params = {"exposure": dice.between(-4.5, -1.3), "full_well": 1e6}
        case _:  # against the light, or lit by a lamp: most lies in shadow
            lit = (depth_map(image, dice) - dice.between(0.3, 0.7)).clamp(min=0.0).div(0.4).clamp(max=1.0)
            image = image * torch.lerp(torch.full((), dice.between(0.1, 0.35)), torch.ones(()), lit)
            params = {"exposure": dice.between(-0.8, 0.2), "full_well": 10.0 ** dice.between(3.7, 6.0)}
    return degraded("low_light", image, params, dice.seed())


def _water(image: Tensor, dice: Dice) -> Tensor:
    depth = depth_map(image, dice).clamp(0, 1)
    if dice.between(0, 1) < 0.5:
        return degraded("underwater", image, {
            "water": dice.one_of("IB", "II", "III", "1", "3", "5"), "distance": dice.between(3.0, 9.0),
            "dive": dice.between(0.5, 7.0), "veil": dice.between(80.0, 180.0),
        }, dice.seed(), {"depth": depth})  # fmt: skip
    # what a camera's white balance and contrast left of it: any green or blue, in the scene and in the water before it
    deep, gain = dice.between(0.3, 0.9), dice.between(1.0, 1.6)
    veil = torch.tensor([dice.between(0.0, 0.4), dice.between(0.5, 1.0), dice.between(0.05, 1.0)]) * deep
    green, blue = dice.between(0.4, 1.0), dice.between(0.1, 1.0)
    kept = torch.tensor([dice.between(0.1, 0.6) * max(green, blue), green, blue])
    passed, hidden = kept.view(1, 3, 1, 1), (1.0 - dice.between(0.1, 0.9) ** (0.3 + depth))
    seen = image * passed * (1.0 - hidden) + veil.view(1, 3, 1, 1) * hidden
    return _soft((gain * seen).clamp(max=1.0), dice.between(0.3, 1.2))


DAMAGES: Mapping[str, Callable[[Tensor, Dice], Tensor]] = {
    "nothing": _nothing, "noise": _noise, "compression": _jpeg, "blur": _blur, "rain": _rain, "drops": _drops,
    "haze": _haze, "darkness": _dark, "water": _water,
}  # fmt: skip
"""By kind: of a photo ``(1, 3, H, W)`` in [0, 1] and dice, the damaged photo."""
