"""Run the three demonstrations on a few thousand small photos, and write ``docs/commandments.md`` and its pictures."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import loads
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from jinja2 import Template
from PIL import Image
from torch import Tensor, nn

from plugins.classification.cifar10_resnet.network import LABELS, TenThings
from training.cifar10_images import ARCHIVE, Photos, as_float, data_root, load_split, take
from training.cifar10_lessons import accuracy_under_attack
from training.cifar10_resnet import Cifar10Training, Recipe, finish
from training.commandments.poisoning import features_of, kept, poisoned, spectral_scores, stamped
from training.commandments.stealing import QueryLog, answers, moved
from training.loop import train
from training.scores import predict, score
from training.weights import built, read_half

_ROOT = Path(__file__).resolve().parents[2]
DOCS, WEIGHTS = _ROOT / "docs", _ROOT / "resources" / "weights"
_TARGET = LABELS.index("airplane")
_SHARE = 0.01


@dataclass(frozen=True)
class Size:
    """How much is done: photos trained on, rounds over them, photos that are judged, doublings of questions."""

    photos: int = 5000
    epochs: int = 10
    judged: int = 2000
    rounds: int = 3


def trained(photos: Photos, epochs: int, seed: int = 0) -> TenThings:
    """Return a small net that was trained on photos for some rounds, in eval mode."""
    recipe = Recipe(epochs, seed, "build_small", batch=100, rate=0.2, cutout=4, held_out_per_class=0)
    training = Cifar10Training("small", recipe, photos)
    with TemporaryDirectory() as folder:
        model = train(training, Path(folder)).network
    finish(model, *training.split)
    return model


def poisoning(known: Photos, test: Photos, size: Size) -> dict[str, Any]:
    """Poison, train, look for the poison, train again; return what the page says of it."""
    bad, is_poisoned = poisoned(known, _SHARE, _TARGET, seed=0)
    model = trained(bad, size.epochs)
    scores = spectral_scores(features_of(model, bad, model.head), bad.labels)
    keep = kept(bad, scores, _SHARE)
    nets = {"poisoned": model, "after the search": trained(take(bad, keep), size.epochs)}
    return {
        "photos": f"{len(known.labels):,}",
        "poisoned": int(is_poisoned.sum()),
        "target": LABELS[_TARGET],
        "rows": [(name, *_right_and_fooled(net, test)) for name, net in nets.items()],
        "given_up": round(1.5 * _SHARE * len(known.labels)),
        "found": f"{float((~keep & is_poisoned).sum() / is_poisoned.sum()):.0%}",
        "lost": f"{float((~keep & ~is_poisoned).sum() / (~is_poisoned).sum()):.0%}",
    }


def _right_and_fooled(model: nn.Module, test: Photos) -> tuple[str, str]:
    """Return the accuracy on clean photos, and the share of other classes' that the trigger calls the target."""
    others = take(test, test.labels != _TARGET)
    fooled = predict(model, Photos(stamped(others.pixels), others.labels)).argmax(1) == _TARGET
    return f"{score(predict(model, test), test.labels).accuracy:.1%}", f"{fooled.float().mean().item():.1%}"


def stealing(victim: nn.Module, own: Photos, judged: Photos, size: Size) -> dict[str, Any]:
    """Copy a net by asking it about photos of one's own, or about few and what is made of them; as `poisoning`."""
    user = QueryLog(victim)
    truth, few, rows = answers(user, judged.pixels), len(own.labels) // 2**size.rounds, []

    def row(how: str, copy: nn.Module, log: QueryLog) -> tuple[str, ...]:
        agreed = (predict(copy, judged).argmax(1) == truth).float().mean().item()
        return how, f"{log.count:,}", f"{agreed:.1%}", f"{log.peak():.0%}"

    for doublings in range(size.rounds + 1):
        log, some = QueryLog(victim), own.pixels[: few * 2**doublings]
        copy = trained(Photos(some, answers(log, some)), size.epochs)
        rows.append(row("photos of its own", copy, log))
    log = QueryLog(victim)
    known = Photos(own.pixels[:few], answers(log, own.pixels[:few]))
    for doublings in range(size.rounds + 1):
        copy = trained(known, size.epochs)
        if doublings:
            rows.append(row(f"{few} photos and what was made of them", copy, log))
        new = moved(copy, known)
        known = Photos(torch.cat([known.pixels, new]), torch.cat([known.labels, answers(log, new)]))
    return {"rows": rows, "user_count": f"{user.count:,}", "user_peak": f"{user.peak():.0%}"}


def attacking(nets: Mapping[str, nn.Module], test: Photos) -> dict[str, Any]:
    """Attack nets; return as `poisoning`."""
    images, rows = as_float(test.pixels), []
    for name, model in nets.items():
        right = score(predict(model, test), test.labels).accuracy
        after = accuracy_under_attack(model, images, test.labels, 20)
        rows.append((f"classify.{name}", f"{right:.1%}", f"{after:.1%}"))
    return {"photos": len(test.labels), "rows": rows}


def _bundled(name: str) -> nn.Module:
    card = loads((WEIGHTS / name / f"{name}.json").read_text())
    model = built(card["factory"])
    read_half(model, WEIGHTS / name / card["file"])
    return model.eval()


def page(known: Photos, test: Photos, size: Size) -> str:
    """Return the whole page, of photos in random order."""
    nets = {name: _bundled(name) for name in ("cifar10_resnet", "cifar10_robust")}
    template = Template(Path(__file__).with_name("page.md.j2").read_text(), keep_trailing_newline=True)
    text: str = template.render(
        poison=poisoning(take(known, torch.arange(size.photos)), test, size),
        theft=stealing(nets["cifar10_resnet"], take(known, torch.arange(size.photos)), test, size),
        attack=attacking(nets, take(test, torch.arange(size.judged // 4))),
    )
    return text


def _shuffled(photos: Photos, count: int) -> Photos:
    order = torch.randperm(len(photos.labels), generator=torch.Generator().manual_seed(0))
    return take(photos, order[:count])


def _sheet(pixels: Tensor, file: Path) -> None:
    """Write four photos, and below them the same with the trigger, four times as large."""
    rows = [torch.cat([*part], 1) for part in (pixels, stamped(pixels))]
    large = torch.cat(rows).repeat_interleave(4, 0).repeat_interleave(4, 1)
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(large.numpy()).save(file)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="python -m training.commandments", description=__doc__)
    parser.add_argument("--data", type=Path, default=data_root() / ARCHIVE, metavar="FILE")
    options = parser.parse_args(argv)
    size = Size()
    known = _shuffled(load_split(options.data, "train"), size.photos)
    test = _shuffled(load_split(options.data, "test"), size.judged)
    _sheet(test.pixels[:4], DOCS / "images" / "commandments" / "poison.png")
    (DOCS / "commandments.md").write_text(page(known, test, size))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
