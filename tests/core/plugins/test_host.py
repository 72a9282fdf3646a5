"""One plugin cannot take the others down, and none is imported twice for nothing."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from desktop_app.api.errors import ParameterError, PluginError
from desktop_app.core.plugins import apart
from desktop_app.core.plugins.entries import Snapshot
from desktop_app.core.plugins.loading import load_function

HEAD = "from desktop_app.api import AttackParams, NoParams, Params, Tool, hookimpl, param\n"
TOOL = (
    "Tool(id='bad.x', title='X', kind='restoration', summary='Does.', version='1', algorithm='bad_plugin:run')"
)
HOOK = HEAD + "@hookimpl\ndef verilens_tools():\n    "


GOOD = """
from desktop_app.api import Tool, hookimpl

@hookimpl
def verilens_tools():
    return [Tool(id="{name}.x", title="X", kind="restoration", summary="Does.", version="1", algorithm="a:run")]
"""


def test_a_good_plugin_is_described(announce, start):
    announce("mine")
    tool = start().snapshot().tools_by_id["mine.dim"]
    assert (tool.plugin, tool.plugin_version, tool.distribution) == ("mine", "1.0", "mine_plugin_dist")
    assert (tool.task, tool.reach, tool.scale) == ("mine", 0, 1)
    amount = tool.properties["amount"]
    assert (amount["unit"], amount["soft"], amount["step"], amount["maximum"]) == ("%", [0.0, 0.9], 0.1, 1)


BROKEN = {
    "raises at import": ("raise RuntimeError('no licence')", "no licence"),
    "exits at import": ("import sys\nsys.exit('bye')", "SystemExit: bye"),
    "syntax": ("def broken(:\n    pass", "SyntaxError"),
    "lacks a module": ("import no_such_module_anywhere", "No module named"),
    "raises in its hook": (HOOK + "raise ValueError('not today')", "not today"),
    "exits in its hook": (HOOK + "raise SystemExit(3)", "SystemExit: 3"),
    "fails at registration": (HEAD + "@hookimpl\ndef verilens_tools(photo): return []", "verilens_tools"),
    "has an unknown hook": (HEAD + "@hookimpl\ndef verilens_toolz(): return []", "verilens_toolz"),
    "has no hook": ("x = 1", "got neither"),
    "returns no list": (HOOK + "return 7", "got int"),
    "returns strangers": (HOOK + "return ['tool']", "got a str"),
    "repeats an id": (HOOK + f"return [{TOOL}, {TOOL}]", "twice"),
    "unknown kind": (HOOK + f"return [{TOOL.replace('restoration', 'magic')}]", "'magic'"),
    "foreign prefix": (HOOK + f"return [{TOOL.replace('bad.x', 'good.y')}]", "'good.y'"),
    "built-in prefix": (HOOK + f"return [{TOOL.replace('bad.x', 'denoise.y')}]", "the program's own"),
    "bad id": (HOOK + f"return [{TOOL.replace('bad.x', 'Bad X')}]", "'Bad X'"),
    "newer api": (HOOK + f"return [{TOOL[:-1]}, api=99)]", "99"),
    "algorithm is no path": (HOOK + f"return [{TOOL.replace('bad_plugin:run', 'bad_plugin.run')}]", "algorithm"),
    "attack without budget": (HOOK + f"return [{TOOL.replace('restoration', 'attack')}]", "declare a threat"),
    "params of another base": (HOOK + f"return [{TOOL[:-1]}, params=dict)]", "Params"),
    "params beyond JSON": (
        HEAD + "from typing import Callable\nclass P(Params):\n    f: Callable = print\n"
        + f"@hookimpl\ndef verilens_tools(): return [{TOOL[:-1]}, params=P)]", "JSON Schema",
    ),
    "bad reach": (HOOK + f"return [{TOOL[:-1]}, reach=-1)]", "reach"),
    "bad scale": (HOOK + f"return [{TOOL[:-1]}, scale=0)]", "scale"),
    "unknown subject": (HOOK + f"return [{TOOL[:-1]}, subjects=('person',))]", "person"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_quarantined_and_the_others_go_on(case, announce, start):
    source, expected = BROKEN[case]
    announce("good")
    announce("bad", source)
    snapshot = start().snapshot()
    bad = snapshot.plugins_by_name["bad"]
    assert (bad.status, bad.version, bad.tools) == ("quarantined", "1.0", ())
    assert expected in bad.reason
    assert "\n" not in bad.reason
    assert "good.dim" in snapshot.tools_by_id
    assert not {"good_plugin", "bad_plugin"} & set(sys.modules)


def test_the_reason_says_where(announce, start):
    announce("bad", HEAD + "\n\nraise RuntimeError('here')")
    bad = start().snapshot().plugins_by_name["bad"]
    assert "bad_plugin.py:4" in bad.reason
    assert bad.trace.startswith("Traceback")
    assert "raise RuntimeError('here')" in bad.trace


def test_a_refused_descriptor_has_no_trace(announce, start):
    announce("bad", HEAD + "\n\n@hookimpl\ndef verilens_tools():\n    return [1]")
    bad = start().snapshot().plugins_by_name["bad"]
    assert (bad.status, bad.trace) == ("quarantined", "")


def test_the_second_plugin_with_an_id_is_refused(announce, start):
    announce("twin", module="twin_a")
    announce("twin", module="twin_b")
    first, second = [one for one in start().snapshot().plugins if one.name.startswith("twin")]
    assert (first.status, second.status) == ("loaded", "quarantined")
    assert "twin" in second.reason


def test_an_id_that_another_plugin_has_is_refused(announce, start):
    tool = TOOL.replace("bad.x", "one.more.x")
    announce("one", HOOK + f"return [{tool}]", module="a_first")
    announce("one.more", HOOK + f"return [{tool}]", module="b_second")
    snapshot = start().snapshot()
    assert snapshot.tools_by_id["one.more.x"].plugin == "one"
    second = snapshot.plugins_by_name["one.more"]
    assert second.status == "quarantined"
    assert "'one.more.x', which one has" in second.reason


def test_a_malformed_distribution_hides_no_other(announce, start, site):
    announce("good")
    announce("bad")
    (site / "bad_plugin_dist-1.0.dist-info" / "entry_points.txt").write_text("[verilens.plugins]\nnonsense\n")
    snapshot = start().snapshot()
    assert "good.dim" in snapshot.tools_by_id
    assert snapshot.plugins_by_name["bad_plugin_dist"].status == "quarantined"


def test_the_cache_saves_the_import(announce, start):
    announce("mine")
    first = start().snapshot()
    host = start()
    assert host.cached() == first
    assert host.snapshot() == first
    assert "mine_plugin" not in sys.modules
    assert host.tool("mine.dim").title == "Dim"
    assert "mine_plugin" in sys.modules


def test_only_the_changed_plugin_is_described_anew(announce, start, monkeypatch):
    announce("mine")
    other = announce("other")
    start().snapshot()
    other.write_text(other.read_text().replace("Dim", "Dimmer"))
    described: list[str] = []
    describe = apart.describe
    monkeypatch.setattr(apart, "describe", lambda one: described.append(one.name) or describe(one))
    assert start().snapshot().tools_by_id["other.dim"].title == "Dimmer"
    assert described == ["other"]


def test_a_change_is_seen_while_the_program_runs(announce, start):
    path = announce("mine")
    host = start()
    key = host.snapshot().key
    path.write_text(path.read_text().replace('"Dim"', '"Dimmer"'))
    assert host.snapshot().key != key
    assert host.tool("mine.dim").title == "Dimmer"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 0}', '{"format": 1}', '"text"', "null"])
def test_a_damaged_cache_is_made_anew(content, announce, start, tmp_path):
    announce("mine")
    cache = tmp_path / "cache" / "tools.json"
    cache.parent.mkdir()
    cache.write_text(content)
    host = start()
    assert host.cached() is None
    assert "mine.dim" in host.snapshot().tools_by_id
    assert host.cached() == host.snapshot()


def test_a_repaired_plugin_comes_back(announce, start):
    announce("bad", "raise RuntimeError")
    host = start()
    assert host.snapshot().plugins_by_name["bad"].status == "quarantined"
    announce("bad")
    assert "bad.dim" in host.snapshot().tools_by_id


def test_a_failure_is_never_taken_from_the_cache(announce, start, tmp_path):
    flag = tmp_path / "flag"
    announce("moody", f"import pathlib\nassert pathlib.Path({str(flag)!r}).exists(), 'no flag'\n" + GOOD)
    host = start()
    assert "no flag" in host.snapshot().plugins_by_name["moody"].reason
    flag.touch()
    assert host.snapshot().plugins_by_name["moody"].status == "quarantined"
    assert host.enable("moody").status == "loaded"
    flag.unlink()
    assert start().snapshot().plugins_by_name["moody"].status == "loaded"


def test_a_model_whose_weights_change_is_described_anew(announce, start, tmp_path):
    weights = tmp_path / "w.safetensors"
    weights.write_bytes(b"old")
    announce("net", "from pathlib import Path\nfrom desktop_app.api import Model, hookimpl\n@hookimpl\n"
                    "def verilens_models():\n    import hashlib\n"
                    f"    p = Path({str(weights)!r})\n    h = hashlib.sha256(p.read_bytes()).hexdigest()\n"
                    "    return [Model(id='net.m', title='M', task='network', builder='a:b', weights=p, sha256=h)]\n")
    host = start()
    before = host.snapshot().models_by_id["net.m"].sha256
    weights.write_bytes(b"newer")
    assert host.snapshot().models_by_id["net.m"].sha256 != before
    assert host.model("net.m").weights == weights


def test_a_tool_that_fails_later_is_quarantined(announce, start):
    path = announce("mine")
    host = start()
    host.snapshot()
    again = start()
    again.snapshot()
    status = path.stat()
    text = path.read_text()
    path.write_text("raise OSError" + " " * (len(text) - len("raise OSError")))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(PluginError, match="OSError"):
        again.tool("mine.dim")
    assert again.snapshot().plugins_by_name["mine"].status == "quarantined"


def test_unknown_names_offer_the_nearest(announce, start):
    announce("mine")
    with pytest.raises(ParameterError, match=r"mine\.dim"):
        start().tool("mine.din")
    with pytest.raises(ParameterError, match="mine"):
        start().plugin("mime")


def test_a_quarantined_plugins_tool_is_a_plugin_error(announce, start):
    announce("bad", "raise RuntimeError('broken')")
    with pytest.raises(PluginError, match="broken"):
        start().tool("bad.dim")


def test_disabling_is_remembered(announce, start):
    announce("mine")
    assert start().disable("mine").status == "disabled"
    host = start()
    assert "mine.dim" not in host.snapshot().tools_by_id
    with pytest.raises(PluginError, match="disabled"):
        host.tool("mine.dim")
    assert host.enable("mine").status == "loaded"
    assert host.tool("mine.dim").id == "mine.dim"


def test_quarantine_by_hand(announce, start):
    announce("mine")
    host = start()
    host.quarantine("mine", "it crashed the driver")
    assert host.snapshot().plugins_by_name["mine"].reason == "it crashed the driver"
    with pytest.raises(PluginError, match="crashed the driver"):
        host.tool("mine.dim")
    assert host.enable("mine").status == "loaded"


def test_whose_a_tool_is(announce, start):
    announce("mine", version="2.5")
    assert start().plugin_of("mine.dim") == ("mine", "2.5")


def test_a_cache_that_cannot_be_written_is_said(announce, start, tmp_path, caplog):
    announce("mine")
    (tmp_path / "cache").write_text("a file where the folder belongs")
    assert "mine.dim" in start().snapshot().tools_by_id
    assert "cache cannot be kept" in caplog.text


def test_many_threads_see_one_snapshot(announce, start):
    announce("mine")
    host = start()
    seen: list[Snapshot] = []
    threads = [threading.Thread(target=lambda: seen.append(host.snapshot())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert {snapshot.key for snapshot in seen} == {host.snapshot().key}


def test_a_function_is_loaded_or_refused_in_a_sentence(site: Path):
    (site / "algo_ok.py").write_text("def run(): return 5\nconstant = 1\n")
    (site / "algo_bad.py").write_text("import sys\nsys.exit(1)\n")
    assert load_function("algo_ok:run")() == 5
    for path, expected in [("algo_ok:walk", "walk"), ("algo_ok:constant", "int"), ("algo_bad:run", "SystemExit"),
                           ("algo_none:run", "algo_none")]:
        with pytest.raises(PluginError, match=expected):
            load_function(path)
