"""Two theorems on robustness as experiments: ``python docs/make_theorems.py`` writes plots and a section.

*Robust generalisation needs more data* (Schmidt et al. 2018, arXiv:1804.11285): two Gaussians in d dimensions, learned
from n points. *Robustness may be at odds with accuracy* (Tsipras et al. 2018, arXiv:1805.12152): one strong feature and
many weak ones. Accuracies of a given linear classifier are exact; only the learning draws by chance. The part of
``docs/robustness.md`` between the two marks is written anew.
"""

from __future__ import annotations

from math import log10, sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

DOCS = Path(__file__).resolve().parent
IMAGES = DOCS / "images" / "theorems"
BEGIN, END = "<!-- theorems: made by docs/make_theorems.py -->", "<!-- theorems: end -->"

NOISE = 0.6  # the Gaussians' spread is this times the fourth root of d
BUDGET = 0.5  # of the two Gaussians' distance along each axis, half
DIMENSIONS = (100, 1000, 10_000, 100_000, 1_000_000)
COUNTS = tuple(sorted({round(10 ** (step / 8)) for step in range(25)}))  # points to learn from, 1 to 1000
TRIALS = 5
WANTED = 0.9  # accuracy

WEAK, RIGHT = 1000, 0.95  # how many weak features, and how often the strong one is right
LEAN = 3.0 / sqrt(WEAK)  # of a weak feature towards the class: together they are right 99.9% of the time
STRONG = 1e6  # a weight beside which the weak features say nothing
_WEIGHTS = np.concatenate([np.linspace(0.0, 8.0, 161), [STRONG]])  # of the strong feature

Values = NDArray[np.float64]
Needed = tuple[int, int]  # points for standard accuracy, and for robust
_normal = NormalDist().cdf


def main() -> None:
    """Draw the plots and write the section."""
    more_data, needed = learn()
    _plot_data(more_data, needed)
    _plot_trade()
    path = DOCS / "robustness.md"
    page = path.read_text(encoding="utf-8")
    if BEGIN not in page:
        page = f"{page.rstrip()}\n\n{BEGIN}\n{END}\n"
    before, rest = page.split(BEGIN, 1)
    path.write_text(f"{before}{BEGIN}\n{_section(needed)}{END}{rest.split(END, 1)[1]}", encoding="utf-8")


def accuracy(weights: Values, middle: Values, spread: float, eps: float) -> float:
    """Return how often a linear classifier is right about two Gaussians around ±middle, at the worst point in reach.

    Parameters
    ----------
    weights, middle : ndarray
        ``(D,)`` float64: the classifier answers the sign of the product with `weights`.
    spread : float
        Standard deviation along each axis.
    eps : float
        By how much each coordinate may be moved; 0 for the standard accuracy.
    """
    margin = weights @ middle - eps * np.abs(weights).sum()
    return _normal(float(margin / (spread * np.linalg.norm(weights))))


def learned(count: int, middle: Values, spread: float, draw: np.random.Generator) -> Values:
    """Return the mean ``(D,)`` of `count` points, each times its class: of one draw, as all of them would give it."""
    return middle + spread / sqrt(count) * draw.standard_normal(len(middle))


def learn() -> tuple[dict[int, Values], dict[int, Needed]]:
    """Return standard and robust accuracy ``(2, counts)`` for each d, and the points it needs for either."""
    draw = np.random.default_rng(0)
    found: dict[int, Values] = {}
    for size in DIMENSIONS:
        middle, spread = np.ones(size), NOISE * size**0.25
        trials = []
        for _ in range(TRIALS):
            each = [learned(count, middle, spread, draw) for count in COUNTS]
            trials.append([[accuracy(weights, middle, spread, eps) for weights in each] for eps in (0.0, BUDGET)])
        found[size] = np.mean(trials, axis=0)
    return found, {size: (points_needed(figures[0]), points_needed(figures[1])) for size, figures in found.items()}


def points_needed(accuracies: Values) -> int:
    """Return the fewest of `COUNTS` from which accuracies ``(counts,)`` are as wanted.

    Raises
    ------
    ValueError
        If none of them is.
    """
    enough = np.flatnonzero(accuracies >= WANTED)
    if not len(enough):
        got = f"{accuracies.max():.3f}"
        raise ValueError(f"expected an accuracy of {WANTED} from at most {COUNTS[-1]} points, got {got}")
    return COUNTS[int(enough[0])]


def accuracy_of_features(
    weight: float, eps: float, weak: int = WEAK, lean: float = LEAN, right: float = RIGHT
) -> float:
    """Return how often the sign of ``weight · strong + Σ weak / √weak`` is right, at the worst point in reach.

    Parameters
    ----------
    weight : float
        Of the strong feature, which is the class with a probability of `right`, else its opposite; at least 0.
    eps : float
        By how much each feature may be moved.
    weak : int
        How many weak features there are, each normal around `lean` times the class with a spread of 1.
    lean, right : float
        See there.
    """
    rest = sqrt(weak) * (lean - eps)
    agrees, errs = (_normal(weight * (side - eps) + rest) for side in (1.0, -1.0))
    return right * agrees + (1.0 - right) * errs


def best_weight(eps: float) -> float:
    """Return the weight of the strong feature with the highest accuracy at the worst point in reach."""
    return float(max(_WEIGHTS, key=lambda weight: accuracy_of_features(float(weight), eps)))


def bound(standard: float, right: float = RIGHT) -> float:
    """Return the most robust accuracy, at twice the lean, of any classifier of a standard accuracy (theorem 2.1)."""
    return min(1.0, right / (1.0 - right) * (1.0 - standard))


def _plot_data(found: dict[int, Values], needed: dict[int, Needed]) -> None:
    figure, (left, right) = _axes()
    for size, figures in list(found.items())[::2]:
        line = left.semilogx(COUNTS, figures[1], label=f"robust, d = 10^{round(log10(size))}")[0]
        left.semilogx(COUNTS, figures[0], "--", color=line.get_color(), label=f"standard, d = 10^{round(log10(size))}")
    left.set(xlabel="points to learn from, n", ylabel="accuracy", title=f"Two Gaussians, ε = {BUDGET}")
    left.legend(fontsize=8)
    sizes = np.array(list(needed))
    plain, robust = zip(*needed.values(), strict=True)
    right.loglog(sizes, robust, "o-", label=f"n for {WANTED:.0%} robust accuracy")
    right.loglog(sizes, robust[-1] * np.sqrt(sizes / sizes[-1]), "--", label="∝ √d")
    right.loglog(sizes, plain, "o:", label=f"n for {WANTED:.0%} standard accuracy")
    right.set(xlabel="dimensions, d", ylabel="points to learn from, n", title="What robustness costs in data")
    right.legend(fontsize=8)
    _save(figure, "more_data")


def _plot_trade() -> None:
    figure, (left, right) = _axes()
    reach = np.linspace(0.0, 3.0 * LEAN, 61)
    fixed = {"weak features alone": 0.0, "best at ε = 0": best_weight(0.0), "strong alone": STRONG}
    for title, weight in fixed.items():
        left.plot(reach / LEAN, [accuracy_of_features(weight, float(eps)) for eps in reach], label=title)
    trained = [best_weight(float(eps)) for eps in reach]
    best = [accuracy_of_features(weight, float(eps)) for weight, eps in zip(trained, reach, strict=True)]
    left.plot(reach / LEAN, best, "k:", label="best at each ε")
    left.plot(reach / LEAN, [accuracy_of_features(weight, 0.0) for weight in trained], "k--", lw=1,
              label="… and its standard accuracy")  # fmt: skip
    left.set(xlabel="ε, in leans of a weak feature", ylabel="accuracy at the worst point", title="Accuracy against ε")
    left.legend(fontsize=8)
    pairs = [[accuracy_of_features(float(weight), eps) for weight in _WEIGHTS] for eps in (0.0, 2.0 * LEAN)]
    standards = np.linspace(RIGHT - 0.005, 1.0, 50)
    right.plot(*pairs, ".-", label="weighings of the strong feature")
    right.plot(standards, [bound(float(standard)) for standard in standards], "--", label="no classifier lies above")
    right.set(xlabel="standard accuracy", ylabel="robust accuracy at ε = 2 leans", title="No free lunch")
    right.legend(fontsize=8)
    _save(figure, "no_free_lunch")


def _axes() -> tuple[Any, Any]:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update({"svg.hashsalt": "theorems", "svg.fonttype": "path"})
    figure = Figure(figsize=(9.5, 3.8), layout="constrained")
    return figure, figure.subplots(1, 2)


def _save(figure: Any, name: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = IMAGES / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None})
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")


def _section(needed: dict[int, Needed]) -> str:
    rows = "".join(f"| {size:,} | {plain} | {robust} |\n" for size, (plain, robust) in needed.items())
    standard, fallen = (accuracy_of_features(best_weight(0.0), eps) for eps in (0.0, 2.0 * LEAN))
    kept = accuracy_of_features(STRONG, 2.0 * LEAN)
    return f"""
## Two theorems, tried

**Robustness needs more data** (Schmidt et al. 2018). Two Gaussians around ±(1, …, 1) with a spread of
{NOISE} · d^¼ are told apart by the mean of n points. One point is enough to be right; to stay right when every
coordinate may move by {BUDGET}, the points needed grow as the root of the dimensions (means of {TRIALS} draws;
counts on a grid of eight a decade):

| d | n for {WANTED:.0%} standard accuracy | n for {WANTED:.0%} robust accuracy |
|---|---|---|
{rows}
![Accuracy against n, and the n that is needed against d](images/theorems/more_data.svg)

**No free lunch** (Tsipras et al. 2018). One feature is the class {RIGHT:.0%} of the time; {WEAK:,} more lean
towards it, each by {LEAN:.3f} of its own spread. The weighing that is best where nothing is attacked is right
{standard:.1%} of the time, and {fallen:.1%} where each feature may move by twice the lean; the strong feature alone is
right {kept:.1%} of the time even there. Beyond a standard accuracy of {RIGHT:.0%} every step is paid for: the dashed
line of the right plot is the theorem's bound for any classifier.

![Accuracy against ε, and standard against robust accuracy](images/theorems/no_free_lunch.svg)

Both plots come from `python docs/make_theorems.py`, which takes some seconds.

"""


if __name__ == "__main__":
    main()
