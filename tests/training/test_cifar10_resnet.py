"""The recipe of the CIFAR-10 classifier, on a few made-up photos; then the weights that it made."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file

from desktop_app.api.errors import InputError
from desktop_app.core.plugins.loading import load_function
from plugins.classification.cifar10_resnet import network
from plugins.classification.cifar10_resnet.descriptor import NETS
from plugins.classification.cifar10_resnet.network import LABELS, build
from training import cifar10_card, cifar10_images, cifar10_lessons, cifar10_resnet, optimisation, recipes, scores
from training.augmix import augmix
from training.cifar10_images import Photos
from training.cifar10_resnet import Cifar10Training, Recipe
from training.loop import train
from training.weights import write_half

OUTPUT = Path(__file__).resolve().parents[2] / "resources" / "weights"
TINY = Recipe(epochs=2, batch=10, rate=0.05, held_out_per_class=1)


@pytest.fixture(autouse=True)
def random_state() -> Iterator[None]:
    """Training draws dropout from torch's global generator: leave it as it was."""
    before = torch.get_rng_state()
    yield
    torch.set_rng_state(before)


def made_up(count: int) -> Photos:
    """Photos whose class is their brightness."""
    labels = torch.arange(count) % 10
    noise = torch.randint(0, 20, (count, 32, 32, 3), generator=torch.Generator().manual_seed(1))
    return Photos((labels.view(-1, 1, 1, 1) * 23 + noise).to(torch.uint8), labels)


def write_archive(file: Path, photos: Photos) -> None:
    streams = [io.BytesIO() for _ in photos.labels]
    for stream, pixels in zip(streams, photos.pixels.numpy(), strict=True):
        Image.fromarray(pixels).save(stream, "JPEG", quality=90)
    jpegs = [np.frombuffer(stream.getvalue(), np.uint8) for stream in streams]
    arrays: dict[str, Any] = {}
    for split in ("train", "test"):
        arrays[f"{split}_jpeg"] = np.concatenate(jpegs)
        arrays[f"{split}_off"] = np.cumsum([0, *map(len, jpegs)])
        arrays[f"{split}_y"] = photos.labels.numpy()
    file.parent.mkdir(parents=True)
    np.savez(file, **arrays)


def test_resuming_goes_on_exactly(tmp_path: Path) -> None:
    class Dying(Cifar10Training):
        def loss(self, model: network.Cifar10ResNet, step: int) -> torch.Tensor:
            if step == 3:
                raise KeyboardInterrupt
            return super().loss(model, step)

    photos = made_up(30)
    whole = train(Cifar10Training("net", TINY, photos), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(Dying("net", TINY, photos), tmp_path / "killed")
    torch.manual_seed(99)
    resumed = train(Cifar10Training("net", TINY, photos), tmp_path / "killed")
    assert [row["loss"] for row in resumed.curve] == [row["loss"] for row in whole.curve]
    for name, tensor in resumed.network.state_dict().items():
        assert torch.equal(tensor, whole.network.state_dict()[name]), name


def test_every_photo_is_seen_once_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    training, seen = Cifar10Training("net", TINY, made_up(30)), list[int]()

    def watched(padded: torch.Tensor, which: torch.Tensor, *_: Any) -> torch.Tensor:
        seen.extend(which.tolist())
        return torch.rand(len(which), 3, 32, 32)

    monkeypatch.setattr(cifar10_resnet, "augment", watched)
    monkeypatch.setitem(cifar10_lessons.LESSONS, "plain", lambda *_: torch.zeros(()))
    model = network.build()
    for step in range(2 * training.per_epoch):
        training.loss(model, step)
    count = len(training.split[0].labels)
    assert sorted(seen[:count]) == sorted(seen[count:]) == list(range(count))
    assert seen[:count] != seen[count:]


def test_from_the_command_line_to_the_card(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file holds float16, reloads to the very model that was judged, and the cards tell the truth."""
    archive, folder = tmp_path / "material" / "train" / "a.npz", tmp_path / "out"
    write_archive(archive, made_up(20))
    monkeypatch.setitem(cifar10_resnet.RECIPES, "cifar10_resnet", TINY)
    words = ["cifar10_resnet", "--data", str(archive), "--output", str(folder), "--device", "cpu", "--epochs", "1"]
    done = recipes.train(words)
    assert "cifar10_resnet 1/1" in capsys.readouterr().out

    card = json.loads((folder / "cifar10_resnet.json").read_text())
    assert card["figures"] == done["figures"]
    assert card["command"].startswith("verilens train cifar10_resnet --epochs 1")
    content = (folder / card["file"]).read_bytes()
    assert card["sha256"] == hashlib.sha256(content).hexdigest()
    assert card["bytes"] == len(content)
    tensors = load_file(folder / card["file"])
    assert {t.dtype for t in tensors.values()} == {torch.float16, torch.int64}
    model = build()
    model.load_state_dict(tensors)
    test = cifar10_images.load_split(archive, "test")
    again = scores.score(scores.predict(model, test), test.labels)
    assert again.accuracy == pytest.approx(card["figures"]["test_accuracy"], abs=1e-4)
    assert again.nll == pytest.approx(card["figures"]["test_nll"], abs=1e-4)
    people = (folder / "MODEL_CARD.md").read_text()
    assert card["sha256"] in people
    assert f"{card['figures']['test_accuracy']:.2%}" in people


@pytest.mark.parametrize("lesson", cifar10_lessons.LESSONS)
def test_every_lesson_teaches(lesson: str) -> None:
    """A few steps of each on the same photos bring its own loss down, and leave no gradient where none belongs."""
    torch.manual_seed(0)
    model, photos = network.build_small(), made_up(20)
    images, generator = cifar10_images.as_float(photos.pixels), torch.Generator().manual_seed(0)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], 0.1)
    losses = []
    for _ in range(5):
        loss = cifar10_lessons.LESSONS[lesson](model, images, photos.labels, 0.0, generator)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert images.grad is None


@pytest.mark.parametrize("lesson", ["fast", "pgd", "trades"])
def test_attacked_photos_stay_near_and_are_photos(lesson: str) -> None:
    seen: list[torch.Tensor] = []

    class Watched(torch.nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(x.detach())
            return super().forward(x.flatten(1))

    images = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    cifar10_lessons.LESSONS[lesson](Watched(192, 10), images, torch.arange(4), 0.0, torch.Generator().manual_seed(1))
    assert len(seen) > 1
    for photos in seen:
        assert (photos - images).abs().max() <= (24 if lesson == "fast" else 8) / 255 + 1e-6
        assert lesson == "fast" or 0 <= photos.min() <= photos.max() <= 1


def test_accuracy_under_attack_is_that_of_the_attacked() -> None:
    """Brightness classes lie 23 levels apart: eight levels fool nobody who looks at the mean, and a copycat always."""
    photos = made_up(20)
    images = cifar10_images.as_float(photos.pixels)

    class Means(torch.nn.Module):
        def __init__(self, sharpness: float) -> None:
            super().__init__()
            self.sharpness = sharpness

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            levels = (torch.arange(10) * 23 + 9.5) / 255
            return -self.sharpness * (x.float().mean((1, 2, 3))[:, None] - levels) ** 2

    assert cifar10_lessons.accuracy_under_attack(Means(1e3), images, photos.labels, 10) == 1.0
    shifted = images + 8 / 255
    assert cifar10_lessons.accuracy_under_attack(Means(1e3), shifted, photos.labels, 10) < 1.0


def test_mixed_photos_are_photos_near_the_old_ones() -> None:
    images = cifar10_images.as_float(made_up(40).pixels)
    once, again = (augmix(images, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(once, again)
    assert once.shape == images.shape
    assert -1e-5 <= once.min() <= once.max() <= 1 + 1e-5
    moved = (once - images).abs().mean((1, 2, 3))
    assert moved.max() > 0.01
    assert torch.equal(images, cifar10_images.as_float(made_up(40).pixels))


def test_bagging_draws_with_replacement() -> None:
    photos = made_up(200)
    tagged = Photos(torch.arange(200).view(200, 1, 1, 1), photos.labels)
    drawn = cifar10_images.resampled(tagged, 0)
    kept = len(drawn.pixels.unique()) / 200
    assert kept == pytest.approx(1 - 1 / torch.e, abs=0.08)
    assert torch.equal(drawn.labels, drawn.pixels.flatten() % 10)


def test_the_same_weights_make_the_same_file(tmp_path: Path) -> None:
    model, made = torch.nn.Linear(2, 2), {str(key): key for key in range(8)}
    files = [tmp_path / name for name in ("a", "b", "c")]
    for file in files:
        write_half(model, file, made)
    assert len({file.read_bytes() for file in files}) == 1


def test_weights_beyond_half_precision_are_refused(tmp_path: Path) -> None:
    model = torch.nn.Linear(2, 2)
    model.weight.data[0, 0] = 1e6
    with pytest.raises(ValueError, match="expected weight within float16's range"):
        write_half(model, tmp_path / "w.safetensors", {})
    assert not list(tmp_path.iterdir())


def test_a_missing_archive_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pass --data FILE or set VERILENS_DATA"):
        cifar10_images.load_split(tmp_path / "none.npz", "train")


def test_the_held_out_photos_are_balanced_and_not_seen() -> None:
    photos = made_up(50)
    tagged = Photos(torch.arange(50).view(50, 1, 1, 1), photos.labels)
    seen, held = cifar10_images.hold_out(tagged, 2, seed=3)
    assert held.labels.bincount().tolist() == [2] * 10
    assert sorted(torch.cat([seen.pixels, held.pixels]).flatten().tolist()) == list(range(50))


def test_augmenting_only_shifts_and_mirrors() -> None:
    """Without a hidden square each window is one of the 25 shifts of the mirrored, or unmirrored, photo."""
    pixels = torch.randint(256, (6, 32, 32, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    padded, flipped = cifar10_images.pad_reflected(pixels, 2), torch.arange(6) % 2 == 1
    np.testing.assert_array_equal(padded, np.pad(pixels, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect"))
    got = cifar10_images.augment(padded, torch.arange(6), flipped, 0, torch.Generator().manual_seed(1))
    for photo, flip, window in zip(padded, flipped, got, strict=True):
        shifts = [photo[y : y + 32, x : x + 32] for y in range(5) for x in range(5)]
        wanted = [cifar10_images.as_float((s.flip(1) if flip else s)[None])[0] for s in shifts]
        assert any(torch.equal(window, w) for w in wanted)


def test_a_hidden_square_has_its_size_and_lies_inside() -> None:
    padded = torch.zeros(8, 36, 36, 3, dtype=torch.uint8)
    never = torch.zeros(8, dtype=torch.bool)
    got = cifar10_images.augment(padded, torch.arange(8), never, 8, torch.Generator().manual_seed(0))
    assert ((got > 0).sum(dim=(1, 2, 3)) == 3 * 8 * 8).all()


def test_flips_alternate() -> None:
    first, second, third = (cifar10_images.alternating_flips(100, epoch, seed=0) for epoch in range(3))
    assert torch.equal(first, ~second)
    assert torch.equal(first, third)
    assert 20 < first.sum() < 80


def test_the_learning_rate_rises_then_falls() -> None:
    rates = [optimisation.triangle(step, 100) for step in range(101)]
    assert rates[0] == pytest.approx(0.2)
    assert max(rates) == rates[20] == pytest.approx(1.0)
    assert rates[-1] == pytest.approx(0.02)
    assert rates == [*sorted(rates[:20]), *sorted(rates[20:], reverse=True)]


def test_lookahead_moves_both_weights() -> None:
    model, slow = (torch.nn.Linear(1, 1, bias=False) for _ in range(2))
    model.weight.data.fill_(1.0)
    slow.weight.data.fill_(0.0)
    optimisation.lookahead(model, slow, 0.75)
    assert model.weight.item() == slow.weight.item() == 0.25


def test_calibration_error_by_hand() -> None:
    """Four answers at 80% confidence, three of them right: 5 points off, in one bin."""
    logits = torch.tensor([[0.8, 0.2]]).log().repeat(4, 1)
    result = scores.score(logits, torch.tensor([0, 0, 0, 1]))
    assert result.accuracy == 0.75
    assert result.ece == pytest.approx(0.05, abs=1e-6)
    assert result.nll == pytest.approx(-(3 * np.log(0.8) + np.log(0.2)) / 4, abs=1e-6)


@pytest.fixture(scope="module", params=NETS)
def card(request: pytest.FixtureRequest) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((OUTPUT / request.param / f"{request.param}.json").read_text())
    return content


def folder_of(card: dict[str, Any]) -> Path:
    return OUTPUT / Path(card["file"]).stem


def test_the_bundled_file_is_the_one_on_its_card(card: dict[str, Any]) -> None:
    content = (folder_of(card) / card["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == card["sha256"]
    assert len(content) == card["bytes"] <= 5_000_000
    assert tuple(card["labels"]) == LABELS
    least = {"classify.cifar10_resnet": 0.9, "classify.cifar10_robust": 0.6, "classify.cifar10_provable": 0.5,
             "classify.cifar10_equivariant": 0.8, "classify.cifar10_dropout": 0.86,
             "classify.cifar10_contrastive": 0.79}  # fmt: skip
    assert card["figures"]["test_accuracy"] >= least.get(card["id"], 0.87)
    assert (folder_of(card) / "MODEL_CARD.md").read_text() == cifar10_card.to_markdown(card)
    with safe_open(folder_of(card) / card["file"], "pt") as file:
        made = json.loads(file.metadata()["made"])
    assert made["test_accuracy"] == card["figures"]["test_accuracy"]


def test_the_bundled_weights_know_exact_photos(card: dict[str, Any]) -> None:
    """On 200 photos a share p is uncertain by sqrt(p (1 - p) / 200): allow four times that below the card."""
    file = cifar10_images.data_root() / cifar10_images.EXACT
    if not file.is_file():
        pytest.skip(f"no exact CIFAR-10 photos at {file}; set VERILENS_DATA to the folder of training material")
    photos = cifar10_images.load_exact(file)
    model = load_function(card["factory"])()
    model.load_state_dict(load_file(folder_of(card) / card["file"]))
    share = card["figures"]["test_accuracy"]
    slack = 4 * (share * (1 - share) / len(photos.labels)) ** 0.5
    assert scores.score(scores.predict(model, photos), photos.labels).accuracy >= share - slack


def test_a_robust_net_is_looked_at_under_attack_too() -> None:
    training = Cifar10Training("net", Recipe(lesson="fast", held_out_per_class=1), made_up(30))
    with torch.no_grad():
        assert set(training.held_out(network.build())) == {"accuracy", "attacked"}
