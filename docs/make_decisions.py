"""Hold the lecture's claims on classifiers against the bundled nets: ``python docs/make_decisions.py [--photos N]``.

Asks the bundled CIFAR-10 nets that are there about photos as they are, under the fifteen shifts, and about unknown
textures (`verilens evaluate` does the work, and goes on where it was stopped), and writes tables, plots and what came
of each claim to the section on decisions of ``docs/uncertainty.md``.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from desktop_app.core.application import Application
from desktop_app.core.evaluation import evaluating, page
from desktop_app.core.jobs.control import JobControl
from training.cifar10_images import ARCHIVE, data_root

DOCS = Path(__file__).resolve().parent
PAGE = DOCS / "uncertainty.md"
IMAGES = DOCS / "images" / "uncertainty"
BEGIN, END = "<!-- decisions: made by docs/make_decisions.py -->", "<!-- decisions: end -->"
STANDARD = "classify.cifar10_member_1"
LARGER, AUGMIX, DROPOUT = "classify.cifar10_resnet", "classify.cifar10_augmix", "classify.cifar10_dropout"
PRIORS = ("classify.cifar10_equivariant", "classify.cifar10_contrastive")
SEVERITIES, PASSES = (1, 3, 5), 10
NOTICEABLE = 0.03  # of an error or an ECE: less is within the chance of some hundred photos, and of use to nobody
_COLUMNS = {"model": "model", "method": "method", "accuracy": "accuracy", "nll": "NLL", "ece": "ECE",
            "mean_shift_error": "error under shifts", "mean_shift_ece": "ECE under shifts", "mce": "mCE"}  # fmt: skip

Row = Mapping[str, Any]

_NOT_SHOWN = "not shown by these nets"


def main(argv: Sequence[str] | None = None) -> int:
    """Ask, and write the section."""
    parser = argparse.ArgumentParser(prog="python docs/make_decisions.py", description=__doc__)
    parser.add_argument("--photos", type=int, default=300, help="how many of the 10,000 test photos are drawn")
    parser.add_argument("--folder", type=Path, default=None, help="where answers are kept between two runs")
    options = parser.parse_args(argv)
    with TemporaryDirectory() as home:
        application = Application(Path(home))
        there = {model.id for model in application.host.snapshot().models}
        others = [(one, {}) for one in (DROPOUT, AUGMIX, *PRIORS, LARGER) if one in there]
        passes = [("mc_dropout", {"passes": PASSES})] if DROPOUT in there else []
        methods = [("softmax", {}), ("temperature", {}), ("ensemble", {}), *passes, *others, ("ood", {})]
        wanted = evaluating.Wanted(
            shifts=("all",), severities=SEVERITIES, methods=tuple(methods),
            strangers=data_root() / "val" / "ood_textures",
        )
        found = evaluating.evaluate_model(
            application, STANDARD, data_root() / ARCHIVE, options.folder or Path(home) / "evaluation", JobControl(),
            wanted, limit=options.photos,
        )
        application.close()
    IMAGES.mkdir(parents=True, exist_ok=True)
    for key, name in (("accuracy", "accuracy"), ("ece", "ECE")):
        _, picture = page.levels_plot(by_severity(found["rows"], key), f"{name}, mean of fifteen shifts", "severity")
        (IMAGES / f"decisions_{key}.svg").write_text(picture, encoding="utf-8")
    _write("\n\n".join(section(found)))
    return 0


def by_severity(rows: Sequence[Row], key: str) -> dict[str, list[tuple[float, float]]]:
    """Return a figure's mean over the shifts at each severity, 0 for photos as they are, by way of asking."""
    sums: dict[str, dict[float, list[float]]] = {}
    for row in rows:
        if row["method"] != "ood":  # the softmax again
            line = f"{row['model'].removeprefix('classify.')}, {row['method']}"
            sums.setdefault(line, {}).setdefault(row["level"] or 0, []).append(row[key])
    return {line: [(level, sum(some) / len(some)) for level, some in levels.items()] for line, levels in sums.items()}


def section(found: Mapping[str, Any]) -> list[str]:
    """Return the section's paragraphs."""
    methods = {f"{row['model']}, {row['method']}": row for row in found["methods"] if row["method"] != "ood"}
    accuracy = by_severity(found["rows"], "accuracy")
    errors = by_severity(found["rows"], "ece")
    return [
        "## Per decision, on classifiers",
        f"{found['n']:,} of the 10,000 CIFAR-10 test photos (JPEG copies, 30.4 dB from the originals), as they are and "
        f"under the fifteen shifts at severities {', '.join(map(str, SEVERITIES))}; mCE is over the first row's "
        f"errors. Strangers are {found['ood'][0]['strangers']} photos of textures. {found['convention']}.",
        _table([[_cell(row[name]) for name in _COLUMNS] for row in methods.values()], list(_COLUMNS.values())),
        "![Accuracy against severity](images/uncertainty/decisions_accuracy.svg)\n"
        "![ECE against severity](images/uncertainty/decisions_ece.svg)",
        "### The claims",
        f"What gains less than {NOTICEABLE:g} of error or of ECE is not noticeable: so few photos cannot tell it from "
        "chance.",
        "\n".join(f"- {said}" for said in claims(list(methods.values()), accuracy, errors, found["ood"])),
        "### Unknown textures",
        _table([[row["model"].removeprefix("classify."), row["method"], row["score"], f"{row['auroc']:.3f}",
                 f"{row['beyond']:.0%}", f"{row['confidence']:.1%}"] for row in found["ood"]],
               ["model", "method", "score", "AUROC", "beyond 95% of the known", "mean confidence"]),
    ]  # fmt: skip


def claims(
    methods: Sequence[Row], accuracy: Mapping[str, Any], errors: Mapping[str, Any], strangers: Sequence[Row]
) -> list[str]:
    """Return each claim with what was found; the first row is the standard net's."""
    line = next(iter(accuracy))
    falls = [value for _, value in sorted(accuracy[line])]
    grows = [value for _, value in sorted(errors[line])]
    falls_so = falls == sorted(falls, reverse=True) and falls[0] - falls[-1] >= NOTICEABLE
    grows_so = grows == sorted(grows) and grows[-1] - grows[0] >= NOTICEABLE
    said = [
        f"*Accuracy falls and ECE grows with severity*: {'shown' if falls_so and grows_so else _NOT_SHOWN}. Accuracy "
        f"{' → '.join(f'{value:.1%}' for value in falls)}, ECE {' → '.join(f'{value:.3f}' for value in grows)}.",
    ]
    standard = methods[0]
    augmix = next((one for one in methods if one["model"] == AUGMIX), None)
    for name, row in (("Ensembles are best under shift", _with(methods, "ensemble")), ("AugMix helps both", augmix)):
        if row is None:
            said.append(f"*{name}*: not tried, that net does not ship yet.")
            continue
        rivals = [standard] if row is augmix else [one for one in methods if one["model"] == standard["model"]]
        said.append(
            f"*{name}*: {verdict(row, rivals)}. Mean error {standard['mean_shift_error']:.1%} → "
            f"{row['mean_shift_error']:.1%}, mean ECE {standard['mean_shift_ece']:.3f} → {row['mean_shift_ece']:.3f}."
        )
    sure = strangers[0]
    best = max(strangers, key=lambda row: float(row["auroc"]))
    said.append(
        f"*A classifier is sure of what it does not know*: its mean confidence on the textures is "
        f"{sure['confidence']:.1%}; of the photos that it knows it gets {standard['accuracy']:.1%} right. The best "
        f"score ({best['score']}, {best['method']}) tells them apart with an AUROC of {best['auroc']:.3f}."
    )
    return said


def _with(methods: Sequence[Row], method: str) -> Row | None:
    return next((row for row in methods if row["method"] == method), None)


def verdict(row: Row, rivals: Sequence[Row]) -> str:
    """Return what came of the claim that a way of asking is better under shifts than all its rivals."""
    errors, calibration = (
        min(one[key] - row[key] for one in rivals) for key in ("mean_shift_error", "mean_shift_ece")
    )
    if min(errors, calibration) <= -NOTICEABLE:
        return _NOT_SHOWN
    if errors >= NOTICEABLE:
        return "shown" if calibration >= NOTICEABLE else "shown of accuracy alone"
    return "shown of calibration alone" if calibration >= NOTICEABLE else "not noticeable"


def _table(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (columns, ["---"] * len(columns), *rows))


def _cell(value: Any) -> str:
    if value is None:  # not measured
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else str(value).removeprefix("classify.")


def _write(text: str) -> None:
    """Put the section in the place of the former one, at the end where there was none."""
    old = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else "# Uncertainty and calibration\n"
    before, _, rest = old.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before.rstrip()}\n\n{BEGIN}\n\n{text}\n\n{END}\n{after.lstrip()}", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
