"""The checks, each a function of a `Trial` that yields what is wrong as a `Fault`; nothing when all is well."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from desktop_app.testing.checks.admitted import bounds, choices, without_inputs
from desktop_app.testing.checks.attacks import budget, effect, goal, grey
from desktop_app.testing.checks.conduct import (
    asking,
    cancelling,
    gradients,
    keeping,
    memory,
    pace,
    subject,
    surroundings,
)
from desktop_app.testing.checks.outputs import clipping, maps, pictures, runs, severities
from desktop_app.testing.checks.sameness import batches, reach, seeds, tiles
from desktop_app.testing.findings import Fault
from desktop_app.testing.trial import Trial

Check = Callable[[Trial], Iterator[Fault]]

CHECKS: Mapping[str, Check] = {
    check.__name__: check
    for check in (
        runs, surroundings, subject, asking, maps, seeds, keeping, batches, pictures, severities, clipping, tiles,
        reach, gradients, choices, bounds, without_inputs, budget, effect, grey, goal, cancelling, pace, memory,
    )
}
"""All checks that call the tool, by name, in their order."""

RESTS_ON: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(CHECKS, ("runs",)),
    "runs": ("defaults",),
    "seeds": ("runs", "surroundings", "subject"),
    "batches": ("runs", "seeds"),
    "pictures": ("runs", "surroundings"),
    "clipping": ("runs", "batches"),
    "tiles": ("runs", "batches"),
    "keeping": ("runs", "seeds"),
    "severities": ("runs", "bounds"),
    "reach": ("runs", "tiles"),
    "effect": ("runs", "budget", "asking"),
    "grey": ("runs", "budget", "pictures"),
    "goal": ("runs", "budget", "effect"),
    "pace": ("runs", "cancelling"),
}
"""By name of a check those that must have found nothing, or else it would only say once more what they said."""
