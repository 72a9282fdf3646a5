"""Parameters of the tools that each break one promise; imports no torch, as a descriptor must not."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import AttackParams, Params, SeverityParams, param


class SwitchParams(Params):
    mode: Literal["works", "fails"] = param("works", help="Which way it goes.")


class SilentParams(Params):
    amount: float = 1.0


class NeedyParams(Params):
    amount: float = param(..., help="More is more.")


class AmountParams(Params):
    amount: float = param(0.5, help="More is more.", ge=0, le=1)


class RadiusParams(Params):
    radius: int = param(2, help="More is blurrier.", unit="px", ge=1, le=20)


class PushParams(AttackParams):
    steps: int = param(1, help="More is stronger.", ge=1)


class WidthParams(Params):
    is_wide: bool = param(False, help="Whether it looks further.")


class StepParams(Params):
    step: int = param(1, help="More is darker.", ge=1, le=5)


class TwoParams(Params):
    first: float = param(0.5, help="More is lighter.", ge=0, le=2)
    second: float = param(0.5, help="More is lighter.", ge=0, le=2)


class BackwardsParams(SeverityParams, severities={"share": (0.5, 0.4, 0.3, 0.2, 0.1)}):
    share: float = param(0.3, help="More is darker.", ge=0, le=1)


class StrayParams(Params):
    amount: float = param(30.0, help="More is more.", ge=0, le=20)


class SlidingParams(Params):
    amount: float = param(5.0, help="More is more.", ge=0, le=20, soft=(-5, 40))


class WhenParams(Params):
    amount: float = param(5.0, help="More is more.", ge=0, le=20, when={"nothing": [True]})
