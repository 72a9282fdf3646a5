"""Degradations whose strength has five published steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, Unpack

from pydantic import ConfigDict, GetJsonSchemaHandler, ModelWrapValidatorHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from desktop_app.api.params import Params, param

__all__ = ["Severities", "SeverityParams"]

Severities = Mapping[str, tuple[Any, Any, Any, Any, Any]]


class SeverityParams(Params):
    """Base of parameters that a severity from 1 to 5 can set all at once.

    A subclass is given `severities`: by name of a parameter its five values. They are the constants of ImageNet-C
    (Hendrycks, Dietterich 2019, arXiv:1903.12261), made for photos of 224 pixels: lengths do not grow with the photo,
    so a severity looks weaker on a large one.

    Examples
    --------
    >>> class Fade(SeverityParams, severities={"share": (0.1, 0.2, 0.3, 0.4, 0.5)}):
    ...     share: float = param(0.25, help="How much of the colour goes; more is greyer.", ge=0, le=1)
    >>> Fade(severity=5).share
    0.5
    """

    SEVERITIES: ClassVar[Severities] = {}

    severity: int | None = param(
        None, title="Severity", ge=1, le=5, none="as set below",
        help="Step of the ImageNet-C benchmark; more is worse. When given, it sets the parameters of its strength.",
    )

    def __init_subclass__(cls, severities: Severities | None = None, **kwargs: Unpack[ConfigDict]) -> None:
        super().__init_subclass__(**kwargs)
        if severities is not None:
            cls.SEVERITIES = severities

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Say that what a severity sets counts only without one."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name in cls.SEVERITIES:
            properties[name]["when"] = {"severity": [None]}
        return schema

    @model_validator(mode="wrap")
    @classmethod
    def _set_by_severity(cls, values: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        checked = handler(values)
        if checked.severity is None:
            return checked
        row = {name: constants[checked.severity - 1] for name, constants in cls.SEVERITIES.items()}
        return handler({**checked.model_dump(), **row})
