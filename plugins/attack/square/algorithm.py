"""The square attack (Andriushchenko 2020, algorithms 1 to 3): stripes or tiles first, then ever smaller squares.

In L∞ a square has one colour, at the border of the budget; in L2 it has two opposite bumps, paid for by a second square
whose change is taken back. The squares of all photos are drawn at once, inside the box of the mask; photos that are
fooled leave the batch; each draws from a generator of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from desktop_app.api import Result, Run
from desktop_app.numerics.projections import lengths
from plugins.attack.common.balls import Ball
from plugins.attack.common.counted import Counted
from plugins.attack.square.descriptor import SquareParams
from plugins.attack.square.windows import Room, two_bumps

# After which share of 10,000 queries the squares' share of the photo is halved (section 4.1).
_HALVINGS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)
_AT_ONCE = 500  # queries whose chances are drawn together
_TILES = 5  # along the shorter side, at the start in L2
_LEAST = 3  # pixels, of a square's side in L2
_TINY = 1e-12  # keeps the direction of nothing finite


def run(images: Tensor, params: SquareParams, run: Run) -> Result:
    """Move photos ``(N, C, H, W)`` float32 in [0, 1] within their budget, by answers alone.

    Errors are those of `Counted.begun`.
    """
    counted, draws = Counted.begun(images, params, run, params.queries), run.generators()
    best, clean = counted.best, counted.best.images.clone()
    room = Room.of(clean, run.mask)
    radii = torch.full((len(clean), 1, 1, 1), params.eps / 255.0, device=clean.device)
    start, move = _MOVES[params.norm]
    with torch.no_grad():
        signs = start(clean, draws)
        for query, chances in enumerate(_chances(clean, draws, params.queries - 1), 1):
            run.progress(query / params.queries, f"query {query} of {params.queries}")
            some = counted.unfinished
            if not len(some):
                break
            ball = Ball.around(clean, some, radii[some], run)
            if query == 1:
                change = _filled(ball.slopes(signs[some]), ball, params)
            else:
                change = move(best.images[some] - ball.clean, ball, room.of_some(some), _share(query, params),
                              chances[some])  # fmt: skip
            tried = ball.holds(ball.clean + change, params)
            best.keep(tried, *counted.ask(tried, some), some)
    return Result(image=best.images, reports=counted.reports())


def _share(query: int, params: SquareParams) -> float:
    done = query / params.queries
    return params.start_size / 2.0 ** sum(done > halving for halving in _HALVINGS)


def _filled(change: Tensor, ball: Ball, params: SquareParams) -> Tensor:
    """Return changes ``(M, C, H, W)``, in L∞ signs, that fill the budget."""
    return change * ball.radii if params.norm == "linf" else _to_border(change, ball)


def _to_border(change: Tensor, ball: Ball) -> Tensor:
    return change * (ball.radii / lengths(change).clamp_min(_TINY))


def _chances(clean: Tensor, draws: list[torch.Generator], queries: int) -> Iterator[Tensor]:
    """Yield what each query draws evenly from [0, 1), ``(N, 5 + C)``: two places, a direction, and signs."""
    for begin in range(0, queries, _AT_ONCE):
        yield from _drawn((min(_AT_ONCE, queries - begin), 5 + clean.shape[1]), clean, draws).transpose(0, 1)


def _drawn(shape: tuple[int, ...], clean: Tensor, draws: list[torch.Generator]) -> Tensor:
    return torch.stack([torch.rand(shape, generator=draw) for draw in draws]).to(clean)


def _signs(chances: Tensor) -> Tensor:
    return torch.where(chances < 0.5, -1.0, 1.0)


def _stripes(clean: Tensor, draws: list[torch.Generator]) -> Tensor:
    """Return signs of vertical stripes a pixel wide, ``(N, C, H, W)``."""
    channels, _, width = clean.shape[1:]
    return _signs(_drawn((channels, 1, width), clean, draws)).expand_as(clean)


def _tiles(clean: Tensor, draws: list[torch.Generator]) -> Tensor:
    """Return bumps in tiles, ``(N, C, H, W)``, each upright or lying and of one sign a channel."""
    channels, height, width = clean.shape[1:]
    side = max(1, min(height, width) // _TILES)
    rows, columns = (torch.arange(length, device=clean.device) for length in (height, width))
    table = _drawn((1 + channels, -(-height // side), -(-width // side)), clean, draws)
    chances = table[:, :, rows // side][..., columns // side]
    rows, columns, is_upright = (rows % side).view(-1, 1), columns % side, chances[:, :1] < 0.5
    along, across = torch.where(is_upright, rows, columns), torch.where(is_upright, columns, rows)
    bumps = two_bumps(along, across, torch.full((1, 1, 1, 1), side, device=clean.device))
    return bumps * _signs(chances[:, 1:])


def _coloured(change: Tensor, ball: Ball, room: Room, share: float, chances: Tensor) -> Tensor:
    """Return changes ``(M, C, H, W)`` with one more square of one colour, at the border of the budget."""
    inside = room.window(room.sides(share), chances[:, :2]).holds(change)
    return torch.where(inside, ball.radii * _signs(chances[:, 5:, None, None]), change)


def _bumped(change: Tensor, ball: Ball, room: Room, share: float, chances: Tensor) -> Tensor:
    """Return changes ``(M, C, H, W)`` with two more bumps in one square, for what another square's change had."""
    sides = room.odd_sides(share, _LEAST)
    window = room.window(sides, chances[:, :2])
    inside, taken = window.holds(change), room.window(sides, chances[:, 2:4]).holds(change)
    rows, columns = window.places(change)
    is_upright = chances[:, 4, None, None, None] < 0.5
    along, across = torch.where(is_upright, rows, columns), torch.where(is_upright, columns, rows)
    bumps = two_bumps(along, across, sides.view(-1, 1, 1, 1))
    bumps = ball.slopes(bumps / lengths(bumps).clamp_min(_TINY)) * _signs(chances[:, 5:, None, None])
    added = bumps + _unit(change * inside)
    spare = (ball.radii.square() - lengths(change).square()).clamp_min(0.0) / change.shape[1]
    freed = (change * (inside | taken)).square().sum((2, 3), keepdim=True)
    moved = torch.where(inside, _unit(added) * (spare + freed).sqrt(), change * ~taken)
    return _to_border(moved, ball)


def _unit(change: Tensor) -> Tensor:
    """Return changes ``(M, C, H, W)`` whose every channel has a norm of 1, or 0."""
    length: Tensor = torch.linalg.vector_norm(change, dim=(2, 3), keepdim=True)
    return change / length.clamp_min(_TINY)


Start = Callable[[Tensor, list[torch.Generator]], Tensor]
Move = Callable[[Tensor, Ball, Room, float, Tensor], Tensor]
_MOVES: Mapping[str, tuple[Start, Move]] = {"linf": (_stripes, _coloured), "l2": (_tiles, _bumped)}
