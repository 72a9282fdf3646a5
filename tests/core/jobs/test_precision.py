"""Networks run in bfloat16 only where that is faster and changes nothing that can be seen."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from desktop_app.core.jobs.bodies import NetworkBody
from desktop_app.core.jobs.choices import Choices
from desktop_app.core.jobs.precision import TOLERANCE, Precision, Probe, example_images, measured, probe, run_body
from desktop_app.core.jobs.request import StepRecord


class Residual(nn.Module):
    """Subtracts what a few convolutions find: the shape of a denoising network."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        layers = [nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 3, 3, padding=1)]
        self.body = nn.Sequential(*layers)
        with torch.no_grad():
            layers[-1].weight.mul_(0.1)

    def forward(self, images: Tensor) -> Tensor:
        return images - self.body(images)


def residual() -> nn.Module:
    with torch.random.fork_rng():
        return Residual().eval().requires_grad_(False)


def test_the_residual_is_added_in_float32() -> None:
    images = example_images(3, torch.device("cpu"))
    exact, low = (run_body(residual(), images, precision) for precision in ("float32", "bfloat16"))
    assert low.dtype == torch.float32
    assert 0 < float((exact - low).abs().max()) <= TOLERANCE
    coarse = images.bfloat16().float()
    assert float((coarse - images).abs().max()) > TOLERANCE, "rounding the picture itself would be seen"


def test_the_choice_needs_both_speed_and_fidelity() -> None:
    assert Probe(2.0, 1.0, TOLERANCE / 2).choice == "bfloat16"
    assert Probe(2.0, 1.0, TOLERANCE * 2).choice == "float32"
    assert Probe(1.0, 2.0, 0.0).choice == "float32"
    assert Probe(2.0, 1.0, TOLERANCE).choice == "bfloat16"
    assert Probe(1.0, 1.0, 0.0).choice == "float32"


def test_a_probe_measures_both() -> None:
    measured = probe(residual(), example_images(3, torch.device("cpu")))
    assert measured.seconds_float32 > 0 < measured.seconds_bfloat16
    assert 0 < measured.difference < 0.1


def test_a_probe_takes_the_median_of_what_came_after_warming_up(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [90.0, 80.0, 1.0, 5.0, 2.0, 4.0, 6.0, 9.0]  # of float32 and bfloat16 in turn
    ticks = iter([tick for each in seconds for tick in (10.0, 10.0 + each)])
    monkeypatch.setattr("desktop_app.core.jobs.precision.time.perf_counter", lambda: next(ticks))
    measured = probe(residual(), example_images(3, torch.device("cpu")))
    assert (measured.seconds_float32, measured.seconds_bfloat16) == (2.0, 5.0)


def test_a_network_that_takes_planes_for_granted_gets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    class Views(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.calls = 0

        def forward(self, images: Tensor) -> Tensor:
            self.calls += 1
            return images.view(len(images), -1).view(images.shape) + 1.0

    class Wrong(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            raise RuntimeError("another")

    network, images = Views(), torch.rand(2, 3, 8, 8)
    for calls in (2, 3):
        assert torch.equal(run_body(network, images, "float32"), images + 1.0)
        assert network.calls == calls
    with pytest.raises(RuntimeError, match="another"):
        run_body(Wrong(), images, "float32")


class Scripted(nn.Module):
    """Answers with its input, off by so much in bfloat16; every run takes so long, and its size is kept."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, off: float, seconds: float) -> None:
        super().__init__()
        self._off, self._seconds, self._now = off, seconds, 0.0
        self.sides: list[int] = []
        monkeypatch.setattr("desktop_app.core.jobs.precision.time.perf_counter", lambda: self._now)

    def forward(self, images: Tensor) -> Tensor:
        self.sides.append(images.shape[-1])
        low = torch.is_autocast_enabled("cpu")
        self._now += self._seconds * (images.shape[-1] / 32) ** 2 * (0.5 if low else 1.0)
        return images + (self._off if low else 0.0)


@pytest.mark.parametrize(
    ("off", "seconds", "sides", "choice"),
    [
        (0.5 * TOLERANCE, 0.001, [32] * 2 + [128] * 8, "bfloat16"),
        (0.5 * TOLERANCE, 0.05, [32] * 2 + [32] * 8, "bfloat16"),
        (0.5 * TOLERANCE, 2.0, [32] * 2 + [32] * 4, "bfloat16"),
        (0.8 * TOLERANCE, 0.001, [32] * 2, "float32"),  # a photo's many pixels would be above it
        (7.0 * TOLERANCE, 2.0, [32] * 2, "float32"),
    ],
)
def test_what_is_large_or_off_is_measured_on_few_pixels(
    monkeypatch: pytest.MonkeyPatch, off: float, seconds: float, sides: list[int], choice: str
) -> None:
    network = Scripted(monkeypatch, off, seconds)
    found = measured(network, 3, torch.device("cpu"))
    assert (network.sides, found.choice) == (sides, choice)
    assert found.difference == pytest.approx(1.5 * off, rel=1e-3)


def test_a_measurement_can_be_stopped() -> None:
    def stop() -> None:
        raise RuntimeError("stopped")

    body = NetworkBody(residual(), lambda _channels, measure: measure().choice, set(), stop)
    with pytest.raises(RuntimeError, match="stopped"):
        body(example_images(3, torch.device("cpu")))


LOW, PLAIN = Probe(2.0, 1.0, 0.0), Probe(1.0, 2.0, 0.0)


def always(precision: Precision) -> Callable[[int, Callable[[], Probe]], Precision]:
    return lambda channels, measure: precision


def unmeasured() -> Probe:
    raise AssertionError("measured again")


def test_a_network_runs_in_what_was_chosen_and_says_so() -> None:
    used: set[str] = set()
    body = NetworkBody(residual(), always("bfloat16"), used)
    images = example_images(3, torch.device("cpu"))
    assert torch.equal(body(images), run_body(body.body, images, "bfloat16"))
    assert used == {"bfloat16"}


def test_gradients_are_always_float32() -> None:
    used: set[str] = set()
    images = example_images(3, torch.device("cpu")).requires_grad_(True)
    NetworkBody(residual(), always("bfloat16"), used)(images).sum().backward()
    assert used == {"float32"}
    assert images.grad is not None
    assert bool(images.grad.isfinite().all())


@pytest.mark.parametrize("is_kept", [True, False])
def test_it_is_measured_once_for_each_network_and_machine(tmp_path: Path, is_kept: bool) -> None:
    choices = Choices(tmp_path / "precision" if is_kept else None)
    assert choices.of({"sha256": "a"}, lambda: LOW) == "bfloat16"
    assert choices.of({"sha256": "a"}, unmeasured) == "bfloat16"
    assert choices.of({"sha256": "b"}, lambda: PLAIN) == "float32"
    assert choices.of({"sha256": "c", "device": "cpu"}, lambda: LOW) == "bfloat16"
    assert choices.of({"device": "cpu", "sha256": "c"}, unmeasured) == "bfloat16", "facts have no order"


def test_a_later_process_takes_what_was_chosen_and_the_first_of_two_decides(tmp_path: Path) -> None:
    early, late = Choices(tmp_path), Choices(tmp_path)

    def while_another_decides() -> Probe:
        assert early.of({"sha256": "a"}, lambda: LOW) == "bfloat16"
        return PLAIN

    assert late.of({"sha256": "a"}, while_another_decides) == "bfloat16"
    assert Choices(tmp_path).of({"sha256": "a"}, unmeasured) == "bfloat16"
    (kept,) = tmp_path.iterdir()  # and no half file beside it
    assert json.loads(kept.read_text()) == {"sha256": "a", **vars(LOW), "precision": "bfloat16"}


@pytest.mark.parametrize("rubbish", ["", "{", "[]", '{"precision": "int8"}', '{"precision": ["float32"]}', "null"])
def test_a_file_that_is_no_choice_is_measured_anew_and_mended(tmp_path: Path, rubbish: str) -> None:
    Choices(tmp_path).of({"sha256": "a"}, lambda: PLAIN)
    (kept,) = tmp_path.iterdir()
    kept.write_text(rubbish)
    assert Choices(tmp_path).of({"sha256": "a"}, lambda: LOW) == "bfloat16"
    assert Choices(tmp_path).of({"sha256": "a"}, unmeasured) == "bfloat16"


def test_a_folder_that_cannot_be_made_costs_a_measurement_only(tmp_path: Path) -> None:
    assert Choices(tmp_path / "made" / "below").of({"sha256": "a"}, lambda: LOW) == "bfloat16"
    assert len(list((tmp_path / "made" / "below").iterdir())) == 1
    (tmp_path / "file").write_text("in the way")
    assert Choices(tmp_path / "file" / "below").of({"sha256": "a"}, lambda: LOW) == "bfloat16"


def test_a_full_disk_costs_a_measurement_only_and_nothing_is_left_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(path: Path, *_args: Any, **_options: Any) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(Path, "write_text", write)
    assert Choices(tmp_path).of({"sha256": "a"}, lambda: LOW) == "bfloat16"
    assert list(tmp_path.iterdir()) == []


_PROCESS = """
import sys, hashlib
from pathlib import Path
from types import SimpleNamespace
import numpy as np, torch
from torch import nn
from desktop_app.api import Result, Tool
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs import engine as room
from desktop_app.core.jobs.request import ToolRequest
torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1)).requires_grad_(False)
net[2].weight.mul_(0.01)
tool = Tool(id="a.b", title="T", kind="restoration", summary="S.", version="1", algorithm="x:y")
tools = SimpleNamespace(tool=lambda name: tool, plugin_of=lambda name: ("p", "1"))
networks = SimpleNamespace(network=lambda *_: net, descriptor=lambda _: SimpleNamespace(sha256="0" * 64))
room.load_function = lambda path: lambda images, params, run: Result(image=images - run.network("n")(images))
engine = room.Engine(tools, networks, Path(sys.argv[1]))
photo = Raster(np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8))
outcome = engine.run(ToolRequest("a.b", precision=sys.argv[2]), photo, exact_16=False)
print(outcome.record.precision, hashlib.sha256(outcome.raster.pixels.tobytes()).hexdigest())
"""


def _answers(cache: Path, wanted: str, times: int) -> set[tuple[Any, ...]]:
    command = [sys.executable, "-c", _PROCESS, str(cache), wanted]
    folder = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    runs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment) for _ in range(times)
    ]
    return {tuple(run.communicate()[0].split()) for run in runs}


@pytest.mark.slow
def test_the_same_request_gives_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    (first,) = _answers(tmp_path, "auto", 4)
    assert _answers(tmp_path, "auto", 1) == {first}
    (plain,), (low,) = _answers(tmp_path, "float32", 1), _answers(tmp_path, "bfloat16", 1)
    assert (plain[0], low[0]) == ("float32", "bfloat16")
    assert plain[1] != low[1], "the precision can be told by the picture"
    assert first in (plain, low)


@pytest.mark.parametrize(("ran_in", "wanted"), [("bfloat16", "bfloat16"), ("bfloat16 + float32", "auto")])
def test_a_step_is_done_again_in_the_precision_it_ran_in(ran_in: str, wanted: str) -> None:
    assert StepRecord("t", "restoration", "T", "p", "1", {}, 0, precision=ran_in).request().precision == wanted
