"""A second step of the same kind is pointed out, and no other."""

from __future__ import annotations

from dataclasses import dataclass, replace

from desktop_app.core.jobs.request import StepRecord
from desktop_app.core.plugins.entries import ToolEntry
from desktop_app.core.steps.step import NO_CHANGE
from desktop_app.gui.viewmodel.hints import repeated


def entry(tool_id: str) -> ToolEntry:
    return ToolEntry(
        id=tool_id, title=tool_id, kind="restoration", task=tool_id.partition(".")[0], summary="", version="1",
        plugin="p", plugin_version="1", distribution="d",
    )  # fmt: skip


TOOLS = {name: entry(name) for name in ("denoise.a", "denoise.b", "deblur.a", "lowlight.a")}


@dataclass(frozen=True)
class Made:
    id: str
    parent: str | None
    record: StepRecord | None
    pixels_of: str
    title: str = "Step"


def history(*steps: tuple[str, float]) -> dict[str, Made]:
    """Return an opened photo and steps in a row, each with its strength."""
    states = {"s0": Made("s0", None, None, "s0")}
    for at, (tool, strength) in enumerate(steps, 1):
        record = StepRecord(tool, "restoration", tool, "p", "1", {}, 0, strength=strength)
        states[f"s{at}"] = Made(f"s{at}", f"s{at - 1}", record, f"s{at}", f"“{tool}”")
    return states


def said(shown: str, tool: str, *steps: tuple[str, float]) -> str:
    return repeated(history(*steps), shown, TOOLS[tool], TOOLS)  # type: ignore[arg-type]  # all that it looks at


def test_a_second_denoising_is_pointed_out_wherever_the_first_was() -> None:
    steps = (("denoise.a", 1.0), ("lowlight.a", 1.0))
    assert "was denoised already" in said("s2", "denoise.b", *steps)
    assert "was denoised already" in said("s1", "denoise.a", *steps)


def test_what_was_not_done_is_not_done_again() -> None:
    steps = (("lowlight.a", 1.0), ("denoise.a", 1.0))
    assert said("s1", "denoise.a", *steps) == ""  # the step comes after what is shown
    assert said("s2", "deblur.a", *steps) == ""
    assert said("s2", "lowlight.a", *steps) == ""  # brightening twice is nobody's fault
    assert said("s1", "denoise.a", ("denoise.a", 0.0)) == ""
    assert said("s1", "denoise.a", ("other.gone", 1.0)) == ""


def test_a_step_that_found_nothing_to_do_is_no_reason_against_another() -> None:
    states = history(("denoise.a", 1.0))
    idle = replace(states["s1"].record, notes=(NO_CHANGE,)) if states["s1"].record else None
    states["s1"] = replace(states["s1"], record=idle)
    assert repeated(states, "s1", TOOLS["denoise.b"], TOOLS) == ""  # type: ignore[arg-type]
