"""Parameters of the tools that each break one promise; imports no torch, as a descriptor must not."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import AttackParams, Params, param


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
