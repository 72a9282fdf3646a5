"""History rows, tool tree, maps and texts: what the panels say, without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.api import Params, param
from desktop_app.core.jobs.request import ModelSpec, StepRecord, TargetSpec
from desktop_app.core.plugins.entries import ModelEntry, Snapshot, ToolEntry
from desktop_app.core.steps.whom import classifiers, targets
from desktop_app.gui.viewmodel.history import before_of, grid_of, history_rows
from desktop_app.gui.viewmodel.intent import missing_inputs
from desktop_app.gui.viewmodel.maps import fixed_ends, map_title
from desktop_app.gui.viewmodel.parameters import step_title
from desktop_app.gui.viewmodel.report import report_view
from desktop_app.gui.viewmodel.texts import duration_text, one_line, size_text, time_left_text
from desktop_app.gui.viewmodel.tools import rank, tool_tree


@dataclass(frozen=True)
class Step:
    id: str
    parent: str | None
    pixels_of: str = ""
    is_saved: bool = True

    @property
    def title(self) -> str:
        return f"step {self.id}"


def states(*links: tuple[str, str | None]) -> dict[str, Step]:
    return {name: Step(name, parent, name) for name, parent in links}


def entry(tool_id: str, title: str, kind: Any = "restoration", **more: Any) -> ToolEntry:
    fixed: dict[str, Any] = {"summary": "", "version": "1", "plugin": "p", "plugin_version": "1", "distribution": "d"}
    return ToolEntry(id=tool_id, title=title, kind=kind, task=tool_id.rpartition(".")[0], **fixed | more)


def test_a_line_of_steps_is_one_lane() -> None:
    rows = history_rows(states(("a", None), ("b", "a"), ("c", "b")), "a", "b")
    assert [(row.state, row.lane, row.is_current, row.is_on_path) for row in rows] == [
        ("a", 0, False, True), ("b", 0, True, True), ("c", 0, False, False),
    ]  # fmt: skip
    assert [row.has_next for row in rows] == [True, True, False]


def test_a_branch_stands_below_the_line_that_it_left() -> None:
    rows = history_rows(states(("a", None), ("b", "a"), ("c", "b"), ("d", "a")), "a", "d")
    assert [(row.state, row.lane) for row in rows] == [("a", 0), ("b", 0), ("c", 0), ("d", 1)]
    assert rows[0].forks == (1,)
    assert [row.through for row in rows] == [(), (1,), (1,), ()]


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), max_size=30))
def test_every_state_has_one_row_below_its_parent(parents: list[int]) -> None:
    links: list[tuple[str, str | None]] = [("0", None)]
    links += [(str(number + 1), str(parent % (number + 1))) for number, parent in enumerate(parents)]
    tree = states(*links)
    rows = history_rows(tree, "0", "0")
    place = {row.state: index for index, row in enumerate(rows)}
    assert sorted(place) == sorted(tree)
    for row in rows:
        assert row.lane not in row.through
        parent = tree[row.state].parent
        if parent is not None:
            assert place[parent] < place[row.state]
            assert row.lane == rows[place[parent]].lane or row.lane in rows[place[parent]].forks


def test_before_skips_steps_that_only_measured() -> None:
    tree = {"a": Step("a", None, "a"), "b": Step("b", "a", "b"), "m": Step("m", "b", "b")}
    assert before_of(tree, "m") == "a"
    assert before_of(tree, "b") == "a"
    assert before_of(tree, "a") is None
    assert before_of(tree, "m", pinned="b") == "b"
    assert before_of(tree, "m", pinned="gone") == "a"


def test_tools_are_grouped_by_kind_and_task() -> None:
    tools = [entry("denoise.tv", "TV"), entry("deblur.wiener", "Wiener"), entry("attack.pgd", "PGD", "attack")]
    tree = tool_tree(tools)
    assert [(group.title, [task.title for task in group.tasks]) for group in tree] == [
        ("Restore", ["Denoise", "Deblur"]), ("Attack", ["On a picture"]),
    ]  # fmt: skip
    assert tree[1].is_flat
    assert not tree[0].is_flat


def test_search_looks_at_every_word() -> None:
    tools = [entry("denoise.tv", "Total variation", summary="Smooths."), entry("denoise.nlm", "Non-local means")]
    found = tool_tree(tools, "VARI smooth")
    assert [tool.id for tool in found[0].tasks[0].tools] == ["denoise.tv"]
    assert tool_tree(tools, "no such tool") == ()


def test_search_puts_the_best_hit_first() -> None:
    tools = [
        entry("denoise.anscombe", "Photon noise", summary="It grows with brightness."),
        entry("enhance.local", "Local brightness"), entry("brightness.other", "Another"),
        entry("degrade.dim", "Brightness and contrast", "degradation"), entry("degrade.b", "Brightness", "degradation"),
    ]  # fmt: skip
    found = [tool for kind in tool_tree(tools, "Brightness ") for task in kind.tasks for tool in task.tools]
    assert [rank(tool, "Brightness ") for tool in found] == [2, 4, 5, 0, 1]  # repairs before damage
    assert rank(tools[1], "right loc") == 3
    assert rank(tools[0], "anscombe") == 0  # what experts call it


def test_a_target_is_a_restoration_that_needs_nothing_else() -> None:
    mask = {"name": "mask", "kind": "mask", "help": "", "required": True}
    asking = entry("uncertainty.tta", "TTA", "uncertainty", subjects=("restoration",))
    tools = (entry("denoise.tv", "TV"), entry("inpaint.x", "Inpaint", inputs=(mask,)), asking)
    models = (_model("a", "classifier"), _model("b", "network"))
    snapshot = Snapshot(tools, models)
    assert [tool.id for tool in targets(snapshot, asking)] == ["denoise.tv"]
    assert [model.id for model in classifiers(snapshot)] == ["a"]
    assert "mask" in str(missing_inputs(tools[1], {}))
    assert missing_inputs(tools[1], {"mask": "m.png"}) is None


def _model(name: str, task: str) -> ModelEntry:
    return ModelEntry(id=name, title=name, task=task, version="1", weights="w", sha256="0")


class BlurParams(Params):
    """A blur, unless its kernel is given."""

    shape: Literal["motion", "soft"] = param("motion", title="Blur", help="Which.", when={"kernel": [None]})
    length: float = param(9.0, title="Motion length", unit="px", help="How far.", when={"shape": ["motion"]})
    sigma: float | None = param(None, title="Noise σ", unit="levels", help="Of the noise.")


class SurroundParams(Params):
    """A scale that is a length."""

    scale: float = param(80.0, title="Largest surround", unit="px", help="How far.")


KERNEL = {"name": "kernel", "kind": "kernel", "help": "", "required": False}
TOOLS = {
    "deblur.x": entry("deblur.x", "Sharpen", schema=BlurParams.model_json_schema(), inputs=(KERNEL,)),
    "lowlight.r": entry("lowlight.r", "Retinex", schema=SurroundParams.model_json_schema()),
}


def record(tool: str = "attack.pgd", kind: Any = "attack", title: str = "PGD", **more: Any) -> StepRecord:
    fixed: dict[str, Any] = {"params": {"eps": 8.0, "norm": "linf"}, "seed": 3}
    return StepRecord(tool, kind, title, tool, "1", **fixed | more)


def test_step_titles_tell_the_number_that_counts() -> None:
    assert step_title(record("deblur.x", params={"sigma": 25.0}), {}, TOOLS) == "Sharpen σ25"
    assert step_title(record("deblur.x", params={"sigma": None}), {}, TOOLS) == "Sharpen"
    assert step_title(record("lowlight.r", params={"scale": 80.0}), {}, TOOLS) == "Retinex"
    report = {"success": True, "after": [{"label": "ship", "index": 8, "p": 0.9}]}
    assert step_title(record(), report, TOOLS) == "PGD ε8 → “ship”"


def test_step_titles_tell_which_network_ran_where_it_is_not_the_usual_one() -> None:
    schema = {"properties": {"network": {"type": "string", "default": "a.net"}}}
    tools = {"restore.model": entry("restore.model", "Restoration model", schema=schema, network="network")}
    made = [record("restore.model", "restoration", "", params={"network": name}) for name in ("a.net", "b.net")]
    assert [step_title(one, {}, tools) for one in made] == ["Restoration model", "Restoration model · b.net"]


def test_step_titles_tell_the_target_and_its_noise_not_that_of_the_asking_tool() -> None:
    asked = {"noise_std": 1.0, "repeats": 2}
    target = TargetSpec("deblur.x", {"sigma": 25.0})
    title = step_title(record("uncertainty.tta", "uncertainty", "TTA", params=asked, subjects=(target,)), {}, TOOLS)
    assert title == "TTA of Sharpen σ25"
    subjects = (TargetSpec("deblur.x"),)
    prior = record("restore.pnp", "restoration", "Plug and play", params={"sigma": 5.0}, subjects=subjects)
    assert step_title(prior, {}, TOOLS) == "Plug and play σ5 with Sharpen"


def test_a_report_tells_an_estimate_once_with_its_unit() -> None:
    params = {"shape": "motion", "length": 9.0, "sigma": None}
    found = {"sigma": 12.34, "sigma_is_estimated": True}
    view = report_view("Sharpen", record("deblur.x", "restoration", "Sharpen", params=params), found, "4 × 4 px", TOOLS)
    assert view.figures == (("Noise σ", "12.34 levels, estimated"),)
    rows = dict(view.provenance)
    assert (rows["Blur"], rows["Motion length"]) == ("motion", "9 px")
    assert not {"Noise σ", "Sigma", "Seed"} & set(rows)


def test_a_report_leaves_out_what_was_told_and_what_did_not_count() -> None:
    params = {"shape": "motion", "length": 9.0, "sigma": 5.0}
    step = record("deblur.x", "restoration", "Sharpen", params=params, inputs={"kernel": "/photos/kernel.png"})
    view = report_view("Sharpen", step, {"sigma": 5.0, "sigma_is_estimated": False}, "4 × 4 px", TOOLS)
    assert view.figures == ()
    rows = dict(view.provenance)
    assert rows["Noise σ"] == "5 levels"
    assert not {"Blur", "Motion length"} & set(rows)


def test_a_restoration_works_with_its_target() -> None:
    step = record("restore.pnp", "restoration", "Plug and play", seconds=2.0, subjects=(TargetSpec("deblur.x"),))
    assert report_view("P", step, {}, "4 × 4 px", TOOLS).sentences == ("Plug and play with Sharpen took 2.0 s.",)


def test_report_of_an_attack() -> None:
    top = [{"label": "cat", "index": 3, "p": 0.9}, {"label": "dog", "index": 5, "p": 0.1}]
    after = [{"label": "ship", "index": 8, "p": 0.8}, {"label": "cat", "index": 3, "p": 0.2}]
    report = {"model": "m", "success": True, "success_after_8bit": False, "before": top, "after": after, "linf": 8.0}
    step = record(subjects=(ModelSpec("m"),), notes=("Ran on the CPU.",), seconds=2.0)
    view = report_view("PGD", step, report, "4 × 4 px", {})
    assert "The attack succeeded: the model said “cat” and now says “ship”." in view.sentences
    assert any("no longer fools it" in sentence for sentence in view.sentences)
    bars = {bar.label: (bar.before, bar.after) for bar in view.bars}
    assert bars == {"cat": (0.9, 0.2), "ship": (None, 0.8), "dog": (0.1, None)}
    assert ("Largest change", "8 levels") in view.figures
    assert view.caveats == ("Ran on the CPU.",)
    assert {("Seed", "3"), ("Norm", "L∞"), ("Model", "m"), ("Time", "2.0 s")} <= set(view.provenance)


def test_a_report_shows_a_single_caveat_beside_others() -> None:
    report = {"success": False, "caveats": ["look harder"], "caveat": "of few places only"}
    assert report_view("PGD", record(), report, "4 × 4 px", {}).caveats == ("Look harder.", "Of few places only.")


def test_report_of_a_failed_attack_says_so() -> None:
    top = [{"label": "cat", "index": 3, "p": 0.9}]
    view = report_view("PGD", record(), {"success": False, "before": top, "after": top}, "4 × 4 px", {})
    assert any("still says “cat”" in sentence for sentence in view.sentences)


def test_report_of_a_measurement() -> None:
    report = {"method": "uncertainty.tta", "mean_std": 1.5, "caveats": ["not calibrated"], "unit": "levels"}
    step = record("uncertainty.tta", "uncertainty", "TTA", subjects=(TargetSpec("denoise.tv", {"strength": 2}),))
    view = report_view("TTA", step, report, "4 × 4 px", {})
    assert "questioned denoise.tv" in view.sentences[0]
    assert view.figures == (("Mean spread", "1.5 levels"),)
    assert view.caveats == ("Not calibrated.",)
    assert ("Target strength", "2") in view.provenance


def test_report_calls_what_was_made_here_by_its_name() -> None:
    kept = {"mask": "/photos/inputs/mask-0123456789abcdef.png", "kernel": r"C:\inputs\kernel-0123456789abcdef.tif"}
    view = report_view("PGD", record(inputs={**kept, "depth": "/photos/depth.png"}), {}, "4 × 4 px", {})
    shown = {("Input mask", "painted mask"), ("Input kernel", "drawn kernel"), ("Input depth", "/photos/depth.png")}
    assert shown <= set(view.provenance)


def test_report_of_the_opened_photo() -> None:
    assert report_view("a.png", None, {}, "4 × 4 px", {}).sentences == ("The photo as it was opened: 4 × 4 px.",)


@dataclass(frozen=True)
class Layer:
    name: str = "mean_spread"
    kind: str = "uncertainty"
    standing: str = "ranks"
    unit: str = "levels"
    meaning: str = ""
    colormap: str = "inferno"
    is_aligned: bool = True
    low: float = 0.13
    high: float = 7.2


def test_maps_have_units_and_round_ends() -> None:
    assert map_title(Layer()) == "mean spread (8-bit levels)"
    assert map_title(Layer(unit="1")) == "mean spread"
    assert fixed_ends(Layer()) == (0.0, 7.5)
    assert fixed_ends(Layer(low=2.0, high=2.0)) == (2.0, 3.0)


def test_texts() -> None:
    assert time_left_text(None) == ""
    assert time_left_text(0.2) == "1 s left"
    assert time_left_text(3700) == "1 h 2 min left"
    assert duration_text(0.0421) == "42 ms"
    assert duration_text(75) == "1 min 15 s"
    assert size_text(4000, 3000, 3, "8") == "4000 × 3000 px, 12.0 MP, colour, 8 bit"
    assert one_line(ValueError("two\nlines")) == "two lines"
    assert one_line(ValueError()) == "ValueError"


def test_a_grid_shows_what_else_was_made_of_the_same_photo() -> None:
    known = states(("a", None), ("b", "a"), ("c", "a"), ("d", "a"), ("e", "a"), ("f", "b"))
    assert grid_of(known, "c", (), 4) == ("b", "c", "d", "e")
    assert grid_of(states(("a", None), ("b", "a"), ("c", "a")), "c", (), 4) == ("a", "b", "c")
    assert grid_of(known, "f", (), 4) == ("b", "f")
    assert grid_of(known, "a", (), 4) == ("a",)


def test_a_grid_keeps_what_was_put_there() -> None:
    known = states(("a", None), ("b", "a"), ("c", "a"), ("d", "a"), ("e", "b"))
    assert grid_of(known, "d", ("e", "a", "gone", "d"), 4) == ("a", "d", "e")
    assert grid_of(known, "d", ("a", "b", "c", "e"), 4) == ("b", "c", "d", "e")
