"""What the deblurring networks learn from: motions, kernels and pages are what they are said to be."""

from __future__ import annotations

from math import radians

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.blurring import blurred
from desktop_app.numerics.kernels import motion_kernel
from plugins.restoration.common.unet import RestorationUnet
from plugins.restoration.dcnn.network import build as build_after
from plugins.restoration.dcnn.network import conditioned
from plugins.restoration.dcnn.separable import SeparableFilter
from plugins.restoration.learnt_blind.network import build as build_features
from plugins.restoration.motion_field.network import CELL, candidates
from plugins.restoration.motion_field.network import build as build_motion
from plugins.restoration.motion_field.sharpening import sharpened_by
from plugins.restoration.motion_field.smoothing import smooth_field
from tests.support.restoring import psnr
from training.chance import drawn_by
from training.damages import Dice
from training.lesson import Lesson
from training.lessons import deblur_dcnn, learnt_blind, motion_field
from training.pages import page

LESSONS = {"dcnn": deblur_dcnn.LESSON, "blind": learnt_blind.LESSON, "text": learnt_blind.TEXT,
           "motion": motion_field.LESSON}  # fmt: skip


def blocks(side: int = 96, seed: int = 0) -> Tensor:
    """Rectangles of any colour, ``(1, 3, side, side)``."""
    generator = torch.Generator().manual_seed(seed)
    picture = torch.full((3, side, side), 0.5)
    for _ in range(60):
        top, left, height, width = (torch.rand(4, generator=generator) * side).int().tolist()
        picture[:, top : top + height // 3 + 3, left : left + width // 3 + 3] = torch.rand(3, 1, 1, generator=generator)
    return picture[None]


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_pairs_are_drawn_by_the_generator_alone(lesson: Lesson) -> None:
    first, again, other = (lesson.pairs(blocks(64), drawn_by(seed)) for seed in (1, 1, 2))
    assert first.given.equal(again.given)
    assert not first.given.equal(other.given)


@pytest.mark.parametrize(
    ("lesson", "build"),
    [(motion_field.LESSON, build_motion), (learnt_blind.LESSON, build_features)], ids=["motion", "blind"],
)  # fmt: skip
def test_a_batch_is_learnt_in_a_few_steps(lesson: Lesson, build: type[torch.nn.Module]) -> None:
    state = torch.get_rng_state()
    torch.manual_seed(0)
    network = build()
    torch.set_rng_state(state)
    pair = lesson.pairs(torch.cat([blocks(64, seed) for seed in range(2)]), drawn_by(4))
    optimizer, values = torch.optim.Adam(network.parameters(), lr=2e-3), []
    for _ in range(6):
        value = lesson.loss(network, pair)
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
        optimizer.step()
        values.append(float(value.detach()))
    assert values[-1] < values[0]


def test_the_kernel_of_a_pair_is_what_blurred_it() -> None:
    pair = learnt_blind.pairs(blocks(80), drawn_by(7))
    kernel, start = pair.extra["kernel"][0], pair.extra["start"][0]
    torch.testing.assert_close(torch.stack([kernel.sum(), start.sum()]), torch.ones(2))
    again = blurred(pair.wanted, kernel, lambda: None)
    assert psnr(pair.given, again) > 35.0  # noise and JPEG are left
    assert psnr(pair.given, pair.wanted) < 30.0


def test_a_motion_that_is_the_same_everywhere_is_a_line() -> None:
    photo, dice = blocks(90), Dice(drawn_by(1))
    for _ in range(20):
        moved, field = motion_field.moved(photo, dice)
        right, down = field[0, :, 45, 45].tolist()
        if float(field.std((2, 3)).max()) < 1e-5 and abs(right) + abs(down) > 4.0:
            break
    length, angle = (right**2 + down**2) ** 0.5, torch.rad2deg(torch.atan2(torch.tensor(-down), torch.tensor(right)))
    line = blurred(photo, motion_kernel(length + 1.0, float(angle)), lambda: None)
    inner = (..., slice(16, -16), slice(16, -16))
    assert psnr(moved[inner], line[inner]) > psnr(photo[inner], line[inner]) + 6.0


def test_a_sure_network_gives_its_motions_and_an_unsure_cell_those_around_it() -> None:
    told = candidates()
    number = int((told - torch.tensor([11.0, radians(40.0)])).abs().sum(1).argmin())
    logits = torch.zeros(len(told), 5, 6)
    logits[number] = 30.0
    logits[:, 2, 3] = 0.0  # knows nothing
    for smoothness in (0.05, 0.3):
        field = smooth_field(logits, smoothness)
        assert torch.allclose(field[2, 3], told[number], atol=0.8)
        assert torch.allclose(field[0, 0], told[number], atol=0.1)
    assert float(smooth_field(logits, 0.0)[2, 3, 0]) < 1.0


def test_the_right_motions_sharpen_and_where_nothing_moved_nothing_changes() -> None:
    sharp = blocks(96, seed=2).mean(1, keepdim=True)
    line = motion_kernel(11.0, 30.0)
    soft = blurred(sharp, line, lambda: None)
    field = torch.tensor([10.0, radians(30.0)]).expand(96 // CELL, 96 // CELL, 2)
    assert psnr(sharpened_by(soft[0], field, 0.5, lambda _: None)[None], sharp) > psnr(soft, sharp) + 3.0
    assert sharpened_by(soft[0], torch.zeros_like(field), 0.5, lambda _: None).equal(soft[0])


def test_separable_parts_make_the_filter_and_keep_what_is_flat() -> None:
    line = torch.linspace(-1.0, 1.0, 21)
    whole = (-(line[:, None] / 0.3).square() - (line / 0.2).square()).exp()
    whole = whole + 0.2 * line[:, None].cos() * line.sin().square()
    parts = SeparableFilter.of(whole / whole.sum())
    assert len(parts.rows) == 2
    plane = torch.rand((60, 50), generator=torch.Generator().manual_seed(1))
    direct = torch.nn.functional.conv2d(plane[None, None], (whole / whole.sum()).flip(0, 1)[None, None])[0, 0]
    torch.testing.assert_close(parts.on(plane, lambda: None), direct, atol=1e-4, rtol=1e-3)
    flat = parts.on(torch.full((40, 40), 0.6), lambda: None)
    torch.testing.assert_close(flat, torch.full_like(flat, 0.6), atol=1e-4, rtol=0.0)


def test_after_deconvolution_a_network_starts_as_the_trunk() -> None:
    network, trunk = build_after().eval(), RestorationUnet(0.0).eval()
    trunk.load_state_dict({name: value for name, value in network.state_dict().items() if name != "guide.weight"})
    photo, other = blocks(48), blocks(48, seed=3)
    noise = torch.full((1, 1, 1, 1), 0.02)
    with torch.no_grad():
        found = network(conditioned(photo, other, noise))[:, :3]
        torch.testing.assert_close(found, trunk.moments(photo, noise)[0])


def test_pages_are_text_on_paper() -> None:
    first, again = (page(90, 120, drawn_by(5)) for _ in range(2))
    assert first.equal(again)
    assert first.shape == (3, 90, 120)
    assert float(first.std()) > 0.05
    assert len(first[0].unique()) > 3  # the edges of letters are smooth
