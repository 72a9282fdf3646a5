"""Telling tampered photos by what a restoration does to the answer, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import InputSpec, Params, Tool, param, provides
from plugins.uncertainty.common.inputs import KNOWN

RESTORED = InputSpec("restored", "answers", (
    "The answers-restored.tif that evaluating the model with this restoration in front (--before) has written, beside "
    "the answers.tif that is given as known."
))


class DetectParams(Params):
    """Parameters of telling tampered photos."""

    false_alarms: float = param(
        0.05, title="False alarms", ge=0.001, le=0.5, soft=(0.01, 0.2), log=True, help=(
            "Share of untouched photos that may be called tampered; fewer let more tampered ones pass."
    ))  # fmt: skip
    threshold: float | None = param(
        None, title="Threshold", ge=0, le=2, soft=(0, 2), step=0.05, none="by known photos", advanced=True, help=(
            "How far the two answers may differ, from 0 to 2; by known photos, so that so many are false alarms."
    ))  # fmt: skip


verilens_tools = provides(__name__, Tool(
    id="defend.detect", title="Tampered with?", kind="uncertainty", version="1.0", params=DetectParams,
    subjects=("classifier+restoration",), inputs=(KNOWN, RESTORED), discrete=True, memory=8.0,
    keywords=("defence", "adversarial", "tampered", "manipulated", "squeezing", "false alarm", "attack detection"),
    summary="Compares a classifier's answers to a photo and to the restored one: of a tampered photo they differ.",
    sources=(
        "Xu, Evans, Qi 2018, Feature squeezing: detecting adversarial examples in deep neural networks, "
        "arXiv:1704.01155",
        "Carlini, Wagner 2017, Adversarial examples are not easily detected: bypassing ten detection methods, "
        "arXiv:1705.07263",
    ),
))
