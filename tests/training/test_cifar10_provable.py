"""The net for bounds: what it is taught by is what is proved of it, and what is proved no attack undoes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.testing import call_tool
from plugins.attack.pgd.descriptor import verilens_tools as pgd
from plugins.classification.cifar10_resnet.descriptor import verilens_models
from plugins.classification.cifar10_resnet.provable import build_provable
from plugins.uncertainty.bounds.descriptor import verilens_tools
from plugins.uncertainty.bounds.propagation import Network
from plugins.uncertainty.bounds.tape import recorded
from tests.support.photos import SharedPhotos
from training import cifar10_provable
from training.cifar10_images import EXACT, Photos, as_float, evenly, load_exact, take
from training.cifar10_provable import ProvableTraining, box_around, certified, worst_logits
from training.cifar10_resnet import Cifar10Training, Recipe
from training.loop import train

TINY = Recipe(epochs=20, batch=10, rate=1e-2, cutout=0, held_out_per_class=1)


def made_up(count: int) -> Photos:
    """Photos whose class is their brightness."""
    labels = torch.arange(count) % 10
    noise = torch.randint(0, 10, (count, 32, 32, 3), generator=torch.Generator().manual_seed(1))
    return Photos((labels.view(-1, 1, 1, 1) * 24 + noise).to(torch.uint8), labels)


@pytest.mark.parametrize("eps", [0.0, 0.02])
def test_what_is_taught_is_what_the_tool_proves(eps: float) -> None:
    """The recipe's boxes before the last layer are the tool's; the worst answers are no worse than its intervals'."""
    model, photo = build_provable().requires_grad_(False).eval(), as_float(made_up(1).pixels)
    label = int(model(photo).argmax())
    boxes = Network(recorded(model, photo), lambda: None).by_intervals(
        ((photo - eps).clamp(0.0, 1.0), (photo + eps).clamp(0.0, 1.0))
    )
    low, high = boxes[-1]
    leads = worst_logits(model, box_around(model, photo, eps), torch.tensor([label]))[0]
    assert leads[label].abs() < 1e-6
    others = torch.arange(10) != label
    assert bool((leads <= high[0] - low[0, label] + 1e-5)[others].all())
    spread = torch.rand(500, *photo.shape[1:], generator=torch.Generator().manual_seed(0))
    answers = model((photo + eps * (2.0 * spread.round() - 1.0)).clamp(0.0, 1.0))
    assert bool((answers - answers[:, [label]] <= leads + 1e-5).all())


def test_a_little_teaching_makes_proofs_possible(tmp_path: Path) -> None:
    photos = made_up(60)
    training = ProvableTraining(Cifar10Training("net", TINY, photos))
    fresh = training.network()
    assert certified(fresh, photos, 1.0 / 255.0) <= 0.2
    run = train(training, tmp_path)
    assert certified(run.network, photos, 1.0 / 255.0) >= 0.5
    assert set(training.held_out(run.averaged)) == {"accuracy", "certified"}


def bundled() -> LoadedClassifier:
    descriptor = next(one for one in verilens_models() if one.id == f"classify.{cifar10_provable.NET}")
    model = build_provable()
    model.load_state_dict(load_file(descriptor.weights))
    return LoadedClassifier(descriptor, model.requires_grad_(False).eval())


def test_no_attack_undoes_what_is_proved_of_real_photos(photos: SharedPhotos) -> None:
    model = bundled()
    images = as_float(take(load_exact(photos(str(EXACT))), torch.arange(8)).pixels).contiguous()
    reports = call_tool(verilens_tools()[0], images, {"most": 8.0, "halvings": 6}, models=[model]).reports
    radii = [report["certified_radius"] for report in reports]
    assert sum(radius > 0.0 for radius in radii) >= 6, "it is there to be proved"
    assert all(report["by_lines"] >= report["by_intervals"] for report in reports)
    own = model(images).argmax(1)

    def attacked(photo: Tensor, eps: float) -> Tensor:
        image = call_tool(pgd()[0], photo, {"eps": eps, "steps": 20}, models=[model]).image
        assert image is not None
        return model(image).argmax(1)

    for place, radius in enumerate(radii):
        assert attacked(images[place : place + 1], radius)[0] == own[place]
    assert sum(int(attacked(images[place : place + 1], 12.0)[0]) != int(own[place]) for place in range(8)) >= 4


def test_its_share_that_is_proved_is_the_card_s(photos: SharedPhotos) -> None:
    """On 200 exact photos, four standard deviations around the share of the card's thousand."""
    model, exact = bundled(), load_exact(photos(str(EXACT)))
    found = certified(model.module, exact, 2.0 / 255.0)
    share = json.loads(Path(model.descriptor.weights).with_suffix(".json").read_text())["figures"]["certified"]
    assert found == pytest.approx(share, abs=4 * (share * (1 - share) / len(exact.labels)) ** 0.5)


def test_photos_are_drawn_from_all_classes() -> None:
    """The archive's test photos come class by class."""
    some = evenly(Photos(torch.zeros(1000, 1), torch.arange(10).repeat_interleave(100)), 50)
    assert some.labels.bincount().tolist() == [5] * 10
    assert len(evenly(made_up(7), 50).labels) == 7
