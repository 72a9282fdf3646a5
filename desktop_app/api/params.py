"""Typed, bounded parameters, from which forms, command-line options and recipes are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from desktop_app.api.threats import Threat

__all__ = ["AttackParams", "BallParams", "GoalParams", "NoParams", "Params", "ThreatParams", "param"]


class Params(BaseModel):
    """Base of every tool's parameters: immutable, no unknown names, no NaN.

    Examples
    --------
    >>> class Blur(Params):
    ...     sigma: float = param(2.0, help="Width of the blur; more is softer.", unit="px", ge=0, le=50)
    >>> Blur(sigma=3).sigma
    3.0
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NoParams(Params):
    """For a tool that has nothing to set."""


def param(
    default: Any,
    *,
    help: str,
    title: str | None = None,
    unit: str = "",
    ge: float | None = None,
    le: float | None = None,
    soft: tuple[float, float] | None = None,
    step: float | None = None,
    log: bool = False,
    advanced: bool = False,
    when: Mapping[str, Sequence[Any]] | None = None,
    none: str = "automatic",
) -> Any:
    """Declare one parameter.

    Parameters
    ----------
    default : Any
        The value when none is given; ``None`` with a type that allows it.
    help : str
        What raising it does to the picture, in a sentence.
    title : str, optional
        Label in the form; the name with spaces when absent.
    unit : str
        Shown behind the number: ``"px"``, ``"°"``, ``"levels"`` (8-bit levels), ``"steps"``, ``"%"``.
    ge, le : float, optional
        Hard bounds, inclusive; a value outside is refused.
    soft : tuple of float, optional
        The slider's ends, where the hard bounds are too wide to be handy.
    step : float, optional
        What one notch of the slider adds.
    log : bool
        Whether the slider moves on a logarithmic scale.
    advanced : bool
        Whether the form folds it away at first.
    when : mapping of str to sequence, optional
        Names of other parameters, each with the values for which this one counts: the form hides it otherwise. It
        always has a value, and is checked as ever. A further input's name stands for its file: ``[None]`` is without.
    none : str
        What the form calls ``None``, in two or three words.
    """
    hints: dict[str, Any] = {"unit": unit, "log": log, "advanced": advanced}
    if when is not None:
        hints["when"] = {name: list(values) for name, values in when.items()}
    if none != "automatic":
        hints["none"] = none
    hints |= {key: value for key, value in (("soft", soft and list(soft)), ("step", step)) if value is not None}
    return Field(default, title=title, description=help, ge=ge, le=le, json_schema_extra=hints)


class ThreatParams(Params):
    """What every attack has: a method that says what it may change, so that the host can hold it to that.

    An attack whose parameters have none is refused at registration.
    """

    SIZES: ClassVar[tuple[str, ...]] = ()
    """Names of the parameters that say how much may be changed: with all of them at 0 the photo comes back."""

    @property
    def asks_exactly(self) -> bool:
        """Whether a classifier is asked as it is, rather than in a quicker form whose answers differ by rounding."""
        return False

    def threat(self) -> Sequence[Threat]:
        """Return the bounds that these parameters set; the first is the one whose size the report states.

        Raises
        ------
        NotImplementedError
            If a subclass has none of its own.
        """
        raise NotImplementedError


class BallParams(ThreatParams):
    """An attack within a ball around the photo: the host projects its picture into it."""

    SIZES = ("eps",)

    norm: Literal["linf", "l2", "l1", "l0"] = param(
        "linf", title="Norm", help=(
            "How the change is measured: the largest of any value, the root of the sum of squares, the sum, or how "
            "many pixels change."
        ),
    )
    eps: float = param(
        8.0, title="Budget ε", unit="levels", ge=0, le=100_000, soft=(0, 32), step=0.5,
        help="How far the attack may move the photo, in 8-bit levels of its own pixels; more is more visible.",
    )

    def threat(self) -> Sequence[Threat]:
        """Return the ball."""
        return (Threat("ball", {"norm": self.norm, "eps": self.eps}),)


class GoalParams(ThreatParams):
    """An attack that wants a classifier to answer otherwise: the host judges its success."""

    target_class: str | int | None = param(
        None, title="Target class", none="any other",
        help="Name or index of the class that the model is to see; any other class than now when none is given.",
    )
    true_class: str | int | None = param(
        None, title="True class", advanced=True, none="the model's answer",
        help="Name or index of the right answer; the model's own first answer when none is given.",
    )
    attribution: bool = param(False, title="Where the model looks", advanced=True, help=(
        "Whether two more maps show which pixels the model's answer hangs on, before the attack and after."
    ))


class AttackParams(GoalParams, BallParams):
    """What most attacks have: a ball around the photo, in which a classifier is to answer otherwise."""

    norm: Literal["linf", "l2"] = param(
        "linf", title="Norm",
        help="How the change is measured: the largest change of any value, or the root of the sum of squares.",
    )
