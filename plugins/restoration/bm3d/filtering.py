"""Collaborative filtering: a group of like patches is transformed, shrunk and put back, many groups at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from desktop_app.numerics.parallel import in_parallel
from plugins.restoration.bm3d.matching import Matches, Region, Search, match
from plugins.restoration.bm3d.transforms import haar, haar_order, inverse_haar, kaiser
from plugins.restoration.common.progress import Told, share_of

_AREA = (192, 192)  # rows and columns whose reference patches' coefficients are held at a time on a CPU
_AREA_OF_FEW = (288, 288)  # the same where a position's coefficients take no more than _FEW bytes
_FEW = 256  # so that no piece exceeds 32 MB: glibc gives larger ones back, and asks for fresh pages every time
_AREA_ON_GPU = (768, 1536)
_MATCHING = 0.4  # share of the time
_BATCH = 1 << 18  # coefficients at a time on a CPU: 1 MB, so that they stay in its cache

Shrink = Callable[[list[Tensor]], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Stage:
    """One of the two stages."""

    search: Search
    transform: Tensor  # (patch, patch) float64, of one dimension
    sums: torch.dtype = torch.float32


@dataclass(frozen=True)
class Layer:
    """A plane ``(H, W)`` to filter, first of those that `shrink` looks at.

    `shrink` takes the spectra of groups, ``(size, groups, patch²)`` of each view, and returns the shrunk spectrum of
    the first and the groups' weights ``(groups,)``.
    """

    views: Sequence[Tensor]
    shrink: Shrink
    is_halved: bool = False
    """Whether every other group is left out, as the fields of one colour on a chessboard."""


@dataclass(frozen=True)
class _Area:
    """Some reference patches, and the positions (rows `top` to `bottom`, columns `left` to `right`) they can reach."""

    references: Region
    top: int
    bottom: int
    left: int
    right: int

    @property
    def size(self) -> int:
        """How many positions it has."""
        return (self.bottom - self.top) * (self.right - self.left)

    def pixels(self, patch: int) -> tuple[slice, slice]:
        """Return the rows and columns of the pixels under patches at these positions."""
        return slice(self.top, self.bottom + patch - 1), slice(self.left, self.right + patch - 1)


def filter_planes(guide: Tensor, layers: Sequence[Layer], stage: Stage, told: Told) -> list[Tensor]:
    """Return filtered planes.

    Parameters
    ----------
    guide : Tensor
        ``(H, W)``, in which patches are matched.
    layers : sequence of Layer
        The planes to filter, and how.
    stage : Stage
        Which patches make a group, and in which transform it is shrunk.
    told : callable
        Hears often which share is done (0–1); may raise to stop.
    """
    sums = guide.new_zeros((len(layers), 2, *guide.shape), dtype=stage.sums)
    areas = _areas(guide, stage)
    whole, done = sum(area.size for area in areas), [0.0] * len(areas)

    def work(index: int) -> Tensor:
        def tell(share: float) -> None:
            done[index] = areas[index].size * share
            told(sum(done) / whole)

        return _filter_area(guide, layers, stage, areas[index], tell)

    for area, part in zip(areas, in_parallel(work, range(len(areas)), guide.device), strict=True):
        rows, columns = area.pixels(stage.search.patch)
        sums[..., rows, columns] += part
    return list((sums[:, 0] / sums[:, 1]).to(guide.dtype))


def _areas(plane: Tensor, stage: Stage) -> list[_Area]:
    height, width = (size - stage.search.patch + 1 for size in plane.shape)
    reach, has_few = stage.search.window // 2, stage.search.patch**2 * stage.sums.itemsize <= _FEW
    tall, wide = (_AREA_OF_FEW if has_few else _AREA) if plane.is_cpu else _AREA_ON_GPU
    return [
        _Area(
            Region(top, top + tall, left, left + wide),
            max(0, top - reach), min(height, top + tall + reach), max(0, left - reach), min(width, left + wide + reach),
        )
        for top in range(0, height, tall)
        for left in range(0, width, wide)
    ]


def _filter_area(guide: Tensor, layers: Sequence[Layer], stage: Stage, area: _Area, told: Told) -> Tensor:
    """Return ``(layers, 2, rows, W)``: weighted sums of filtered patches, and the sums of their weights."""
    groups = _groups(guide, stage.search, area, lambda found: told(_MATCHING * found))
    is_sparser = not stage.search.is_halved and any(layer.is_halved for layer in layers)
    half = _halved(groups, guide, stage.search, area) if is_sparser else groups

    def filtered(share: float) -> None:
        told(_MATCHING + (1.0 - _MATCHING) * share)

    return torch.stack([
        _filter_layer(layer, half if layer.is_halved else groups, stage, area, share_of(filtered, index, len(layers)))
        for index, layer in enumerate(layers)
    ])


def _groups(guide: Tensor, search: Search, area: _Area, told: Told) -> list[Tensor]:
    """Return the groups by size, as positions ``(size, groups)`` within the area, in the order of `haar`."""
    height, width = (size - search.patch + 1 for size in guide.shape)
    wanted, found, count = area.references.count(search, height, width), list[Matches](), 0
    for matches in match(guide, search, area.references):
        found.append(matches)
        count += len(matches.positions)
        told(min(1.0, count / wanted))
    positions = torch.cat([matches.positions for matches in found])
    positions = (positions // width - area.top) * (area.right - area.left) + positions % width - area.left
    levels = torch.cat([matches.levels for matches in found])
    by_size = (positions[levels == level, : 1 << level] for level in range(search.count.bit_length()))
    return [group.T[haar_order(group.shape[1])] for group in by_size if len(group)]


def _halved(groups: list[Tensor], guide: Tensor, search: Search, area: _Area) -> list[Tensor]:
    """Return every other group, as `Search.is_kept` has it."""
    height, width = (size - search.patch + 1 for size in guide.shape)
    half = []
    for positions in groups:
        y, x = area.top + positions[0] // (area.right - area.left), area.left + positions[0] % (area.right - area.left)
        half.append(positions[:, search.is_kept(y, x, height, width)])
    return [positions for positions in half if positions.shape[1]]


def _filter_layer(layer: Layer, groups: list[Tensor], stage: Stage, area: _Area, told: Told) -> Tensor:
    patch = stage.search.patch
    rows, columns = area.pixels(patch)
    coefficients = [_spectra(view[rows, columns], stage.transform) for view in layer.views]
    total = torch.zeros_like(coefficients[0], dtype=stage.sums)
    weight = total.new_zeros(len(total))
    count, filtered = sum(positions.shape[1] for positions in groups), 0
    for positions in _batches(groups, patch):
        told(filtered / count)
        _filter_groups(coefficients, positions, layer.shrink, total, weight)
        filtered += positions.shape[1]
    told(1.0)
    return _put_back(total, weight.view(-1, area.right - area.left), stage.transform)


def _spectra(plane: Tensor, transform: Tensor) -> Tensor:
    """Return ``(positions, patch²)``: the transform of the patch at every position, as a convolution."""
    kernels = torch.kron(transform, transform).to(plane).view(-1, 1, *transform.shape)
    planes = conv2d(plane[None, None], kernels.to(memory_format=torch.channels_last))
    return planes[0].permute(1, 2, 0).reshape(-1, len(kernels))


def _batches(groups: list[Tensor], patch: int) -> Iterator[Tensor]:
    for positions in groups:
        batch = max(1, _BATCH // (len(positions) * patch * patch)) if positions.is_cpu else positions.shape[1]
        yield from torch.split(positions, batch, 1)


def _filter_groups(
    coefficients: list[Tensor], positions: Tensor, shrink: Shrink, total: Tensor, weight: Tensor
) -> None:
    size, count = positions.shape
    flat = positions.reshape(-1)
    spectra = [haar(plane.index_select(0, flat).view(size, count, -1)) for plane in coefficients]
    shrunk, weights = shrink(spectra)
    shrunk *= weights[:, None]
    total.index_add_(0, flat, inverse_haar(shrunk).view(len(flat), -1).to(total.dtype))
    weight.index_add_(0, flat, weights.expand(size, count).reshape(-1).to(total.dtype))


def _put_back(total: Tensor, weights: Tensor, transform: Tensor) -> Tensor:
    """Invert the transform of the weighted sums of patches, which is linear, and lay them over one another.

    First every row of a patch, which are laid side by side, then what has become of its columns.
    """
    patch, (height, width) = len(transform), weights.shape
    window = kaiser(patch)
    inverse = (window[:, None] * torch.linalg.inv(transform)).to(total)
    across = total.new_zeros(height, width + patch - 1, patch)
    weight_across = total.new_zeros(height, width + patch - 1)
    pixels = (inverse @ total.view(-1, patch).T).view(patch, height, width, patch)
    for x in range(patch):
        across[:, x : x + width] += pixels[x]
        weight_across[:, x : x + width].add_(weights, alpha=float(window[x]))
    image = total.new_zeros(2, height + patch - 1, width + patch - 1)
    pixels = (inverse @ across.view(-1, patch).T).view(patch, height, -1)
    for y in range(patch):
        image[0, y : y + height] += pixels[y]
        image[1, y : y + height].add_(weight_across, alpha=float(window[y]))
    return image
