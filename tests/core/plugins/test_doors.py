"""A door that hands over a package: every ``descriptor.py`` in it is a plugin of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop_app.core.plugins import fingerprints
from desktop_app.core.plugins.discovery import installed
from desktop_app.core.plugins.entries import BUILT_IN
from tests.core.plugins.conftest import Announce, Start

ROOT = Path(__file__).resolve().parents[3]

DESCRIPTOR = """
from desktop_app.api import Tool, hookimpl
from box_package.soft.common import SUMMARY

@hookimpl
def verilens_tools():
    return [Tool(id="box.{name}", title="{name}", kind="restoration", summary=SUMMARY, version="1",
                 algorithm="box_package.soft.{name}.algorithm:run", reach=0)]
"""


@pytest.fixture
def box(site: Path, announce: Announce) -> Path:
    """A package with two methods of one family, which share a file, and a family without any."""
    announce("box", module="box_package")
    (site / "box_package.py").unlink()
    folder = site / "box_package"
    for name, text in {
        "__init__.py": "", "soft/__init__.py": "", "soft/common/__init__.py": "SUMMARY = 'Does.'",
        "soft/one/descriptor.py": DESCRIPTOR.format(name="one"),
        "soft/two/descriptor.py": DESCRIPTOR.format(name="two"),
        "hard/common.py": "", "hard/three/descriptor.py": DESCRIPTOR.format(name="three"),
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_every_descriptor_is_a_plugin(box: Path, start: Start) -> None:
    snapshot = start().snapshot()
    assert {"box.one", "box.two", "box.three"} <= set(snapshot.plugins_by_name)
    assert snapshot.tools_by_id["box.two"].plugin == "box.two"
    assert Path(snapshot.plugins_by_name["box.one"].location) == box / "soft" / "one"


@pytest.mark.parametrize("broken", ["def (", "raise RuntimeError", "import no_such_module_anywhere"])
def test_one_that_fails_takes_no_other_with_it(broken: str, box: Path, start: Start) -> None:
    descriptor = box / "soft" / "one" / "descriptor.py"
    descriptor.write_text(f"{broken}\n# id='box.one'\n")
    snapshot = start().snapshot()
    assert snapshot.plugins_by_name["box.one"].status == "quarantined"
    assert {snapshot.plugins_by_name[name].reason for name in ("box.two", "box.three")} == {""}


def test_a_new_method_needs_no_reinstall(box: Path, start: Start) -> None:
    host = start()
    host.snapshot()
    (box / "soft" / "four").mkdir()
    (box / "soft" / "four" / "descriptor.py").write_text(DESCRIPTOR.format(name="four"))
    assert host.snapshot().tools_by_id["box.four"].plugin == "box.four"


def test_a_method_is_disabled_by_its_own_name(box: Path, start: Start) -> None:
    start().disable("box.one")
    assert {"box.one", "box.two"} & set(start().snapshot().tools_by_id) == {"box.two"}


def test_without_an_id_in_the_text_the_folder_names_it(box: Path, start: Start) -> None:
    descriptor = box / "soft" / "one" / "descriptor.py"
    descriptor.write_text(descriptor.read_text().replace('id="box.one"', "id='.'.join(['box', 'one'])"))
    assert start().snapshot().tools_by_id["box.one"].plugin == "box.soft.one"


def test_ids_begin_with_the_doors_name(box: Path, start: Start) -> None:
    descriptor = box / "soft" / "one" / "descriptor.py"
    descriptor.write_text(descriptor.read_text().replace("box.one", "fox.one"))
    assert "begins with 'box.'" in start().snapshot().plugins_by_name["fox.one"].reason


def test_an_id_that_two_methods_spell_out_belongs_to_the_first(box: Path, start: Start) -> None:
    (box / "soft" / "two" / "descriptor.py").write_text(DESCRIPTOR.format(name="one"))
    snapshot = start().snapshot()
    assert snapshot.plugins_by_name["box.one"].status == "loaded"
    assert [one.status for one in snapshot.plugins if one.name.startswith("box.one (")] == ["quarantined"]


@pytest.mark.parametrize(("edited", "stale"), [
    ("soft/one/descriptor.py", {"box.one"}),
    ("soft/common/__init__.py", {"box.one", "box.two"}),
    ("hard/common.py", {"box.three"}),
    ("__init__.py", {"box.one", "box.two", "box.three"}),
])
def test_what_an_edit_makes_stale(edited: str, stale: set[str], box: Path, start: Start) -> None:
    before = start().snapshot().plugins_by_name
    (box / edited).write_text((box / edited).read_text() + "\n\n# edited\n")
    after = start().snapshot().plugins_by_name
    assert {name for name in after if after[name].stamp != before[name].stamp} == stale


def test_what_all_plugins_share_is_looked_at_once(
    box: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    start().snapshot()
    seen: list[str] = []
    look = fingerprints._state
    monkeypatch.setattr(fingerprints, "_state", lambda path: seen.append(str(path)) or look(path))
    start().snapshot()
    assert len(seen) == len(set(seen))
    assert any(path.endswith("api/hooks.py") for path in seen)
    assert not [path for path in seen if "numerics" in path]


def test_a_door_may_name_a_module(announce: Announce, start: Start) -> None:
    announce("mine")
    assert start().snapshot().tools_by_id["mine.dim"].plugin == "mine"


def test_every_descriptor_of_ours_is_found_and_named_after_its_tool() -> None:
    found = {one.location: one.name for one in installed() if one.distribution == BUILT_IN}
    assert set(found) == {path.parent for path in (ROOT / "plugins").rglob("descriptor.py")}
    assert all(name.count(".") == 1 for name in found.values())
