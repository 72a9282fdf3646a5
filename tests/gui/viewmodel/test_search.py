"""What people look for in everyday words: the right repair comes first."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from desktop_app.core.application import Application
from desktop_app.core.plugins.entries import BUILT_IN, Snapshot, ToolEntry
from desktop_app.gui.panels.palette import Entry, matches
from desktop_app.gui.viewmodel.tools import tool_tree, with_one_recommended
from tests.gui.viewmodel.test_rows import entry

_WANTED = {
    "exposure": "lowlight", "brighter": "lowlight", "brightness": "lowlight", "shadows": "lowlight",
    "too dark": "lowlight",
    "sharpen": "deblur", "blurry": "deblur", "blur": "deblur", "camera shake": "deblur", "out of focus": "deblur",
    "upscale": "superres", "enlarge": "superres", "bigger": "superres", "resolution": "superres",
    "remove object": "inpaint", "old photo": "inpaint", "scratches": "inpaint", "dust": "inpaint",
    "watermark": "inpaint",
    "white balance": "underwater", "colour cast": "underwater", "grain": "denoise", "noise": "denoise",
    "high iso": "denoise", "fog": "dehaze", "haze": "dehaze", "mist": "dehaze", "rain": "derain", "JPEG": "denoise",
    "schärfen": "deblur", "unscharf": "deblur", "verwackelt": "deblur", "aufhellen": "lowlight",
    "zu dunkel": "lowlight", "objekt entfernen": "inpaint", "kratzer": "inpaint", "vergrößern": "superres",
    "rauschen": "denoise", "dunst": "dehaze", "nebel": "dehaze", "regen": "derain", "weißabgleich": "underwater",
    "flou": "deblur", "netteté": "deblur", "éclaircir": "lowlight", "trop sombre": "lowlight",
    "supprimer un objet": "inpaint", "rayures": "inpaint", "agrandir": "superres", "bruit": "denoise",
    "upscaling": "superres", "denoising": "denoise", "spots": "inpaint", "power lines": "inpaint", "tourist": "inpaint",
    "salt and pepper": "denoise", "hot pixels": "denoise", "unsharp mask": "deblur", "tone mapping": "lowlight",
    "overexposed": "enhance", "contrast": "enhance", "yellow cast": "underwater",
    "bewegungsunschärfe": "deblur", "rauschig": "denoise", "verpixelt": "superres", "nachtaufnahme": "lowlight",
    "retusche": "inpaint", "flecken": "inpaint", "stromleitung": "inpaint", "blaustich": "underwater",
    "flau": "enhance", "klarheit": "dehaze", "tiefen": "lowlight",
    "brume": "dehaze", "pluie": "derain", "balance des blancs": "underwater",
}  # fmt: skip


_OF_TOOL = {
    "soften": "degrade.gaussian_blur", "weichzeichnen": "degrade.gaussian_blur", "adoucir": "degrade.gaussian_blur",
    "black and white": "degrade.saturation", "schwarzweiß": "degrade.saturation", "noir et blanc": "degrade.saturation",
    "darken": "degrade.brightness", "abdunkeln": "degrade.brightness", "assombrir": "degrade.brightness",
    "begradigen": "enhance.rotate", "spiegeln": "enhance.rotate", "pivoter": "enhance.rotate",
    "miroir": "enhance.rotate", "beschneiden": "enhance.crop", "recadrer": "enhance.crop",
    "tonwerte": "enhance.levels", "niveaux": "enhance.levels", "kalt": "enhance.develop", "froid": "enhance.develop",
    "restore": "restore.all_in_one", "banding": "denoise.deblock", "blockig": "denoise.deblock",
    "artefakte": "denoise.deblock", "reparieren": "restore.all_in_one", "améliorer": "restore.all_in_one",
    "löschen": "inpaint.patchmatch", "retuschieren": "inpaint.patchmatch", "gegenlicht": "lowlight.curve",
    "contre-jour": "lowlight.curve", "fumée": "dehaze.aod", "gouttes": "derain.raindrop", "tropfen": "derain.raindrop",
    "drops": "derain.raindrop", "raindrops": "derain.raindrop", "lisser": "denoise.deep",
    "klar": "deblur.blind_l0", "mouvement": "deblur.multiscale", "couleur": "underwater.deep",
}  # fmt: skip


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> tuple[ToolEntry, ...]:
    application = Application(Path(tmp_path_factory.mktemp("home")))
    try:
        return application.host.snapshot().tools
    finally:
        application.close()


def in_list(tools: Iterable[ToolEntry], query: str) -> list[ToolEntry]:
    return [tool for kind in tool_tree(tools, query) for task in kind.tasks for tool in task.tools]


def in_palette(tools: Iterable[ToolEntry], query: str) -> list[ToolEntry]:
    entries = [Entry(tool.title, tool.id, lambda: None, tool) for tool in with_one_recommended(tools)]
    return [found.tool for found in matches(entries, query) if found.tool is not None]


@pytest.mark.parametrize(("query", "task"), _WANTED.items())
def test_everyday_words_find_the_recommended_repair_first(
    tools: tuple[ToolEntry, ...], query: str, task: str
) -> None:
    for found in (in_list(tools, query), in_palette(tools, query)):
        assert found[0].task == task
        assert found[0].recommended_for or query == "JPEG"


@pytest.mark.parametrize(("query", "tool"), _OF_TOOL.items())
def test_everyday_words_find_what_does_it(tools: tuple[ToolEntry, ...], query: str, tool: str) -> None:
    for find in (in_list, in_palette):
        assert tool in {found.id for found in find(tools, query)}


def test_what_an_expert_calls_it_still_comes_first(tools: tuple[ToolEntry, ...]) -> None:
    wanted = {"lime": "lowlight.lime", "nlm": "denoise.nlm", "gaussian noise": "degrade.gaussian_noise"}
    for query, tool in wanted.items():
        assert in_list(tools, query)[0].id == tool


def test_tta_finds_no_attack(tools: tuple[ToolEntry, ...]) -> None:
    for found in (in_list(tools, "tta"), in_palette(tools, "tta")):
        assert found[0].id == "uncertainty.tta"
        assert {tool.kind for tool in found} == {"uncertainty"}


def test_a_word_within_a_word_is_looked_for_only_where_none_begins_so(tools: tuple[ToolEntry, ...]) -> None:
    for find in (in_list, in_palette):
        assert "denoise" not in {tool.task for tool in find(tools, "rain")}
        assert {tool.task for tool in find(tools, "enoise")} >= {"denoise"}


def test_each_task_of_repairs_recommends_one_tool_and_lists_it_first(tools: tuple[ToolEntry, ...]) -> None:
    for kind in tool_tree(tools):
        for task in kind.tasks:
            assert not any(tool.recommended_for for tool in task.tools[1:])
            assert task.tools[0].recommended_for or kind.kind != "restoration" or task.title == "Several tasks"


def test_every_repair_has_words_of_its_own(tools: tuple[ToolEntry, ...]) -> None:
    assert [tool.id for tool in tools if tool.kind == "restoration" and not tool.keywords] == []


def test_a_third_partys_words_count_and_its_recommendation_stands_back_behind_the_programs_own() -> None:
    own = entry("denoise.bm3d", "BM3D", distribution=BUILT_IN, recommended_for="Remove noise", keywords=("grain",))
    other = entry("aaa.denoise.magic", "Magic", recommended_for="Remove it all", keywords=("grain", "moiré"))
    marks = [tool.recommended_for for tool in with_one_recommended((other, own))]
    assert marks == ["", "Remove noise"]
    assert [tool.id for tool in in_list((other, own), "grain")] == ["denoise.bm3d", "aaa.denoise.magic"]
    assert in_list((other, own), "moiré")[0].id == "aaa.denoise.magic"
    assert Snapshot((other,)).tools == with_one_recommended((other,))
