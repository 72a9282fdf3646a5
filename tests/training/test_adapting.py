"""A network tuned on a user's own photos: better ones are kept, worse ones are not, and what is wrong is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from desktop_app.api.errors import InputError, ParameterError
from desktop_app.cli import main
from desktop_app.core.application import Application
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import ModelSpec, ToolRequest
from desktop_app.core.wording import own_catalogue
from training import loop
from training.adapting.brighten import Brightening
from training.adapting.denoise import Denoiser, Denoising, neighbours, notes_on_grain
from training.adapting.photos import LEAST, Own, Seen, middle, own_photos, reduced
from training.adapting.sheet import Row, write_sheet
from training.adapting.tuning import Comparison, Tuning
from training.recipes import begun, table, train

FEW = ("--steps", "2", "--every", "1", "--crop", "64")


@pytest.fixture(autouse=True)
def random_state() -> Any:
    """Training draws from torch's global generator: leave it as it was."""
    before = torch.get_rng_state()
    yield
    torch.set_rng_state(before)


def photos(folder: Path, count: int, *, noise: float = 0.0, light: float = 1.0, side: int = 128) -> Path:
    """Write photos of several sizes and kinds of file, every third of them grey."""
    folder.mkdir(exist_ok=True)
    for seed in range(count):
        chance = np.random.default_rng(seed)
        coarse = chance.integers(0, 256, (side // 8, side // 8 + seed, 3), dtype=np.uint8)
        picture = np.asarray(Image.fromarray(coarse).resize((side + 8 * seed, side + seed)), np.float32) * light
        noisy = np.clip(picture + noise * chance.standard_normal(picture.shape), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).convert("L" if seed % 3 == 2 else "RGB").save(folder / f"{seed}.png")
    return folder


def judged(monkeypatch: pytest.MonkeyPatch, recipe: str, is_better: bool) -> None:
    """Let the comparison come out so."""
    monkeypatch.setattr(f"training.adapting.{recipe}.compared",
                        lambda *_: Comparison(is_better, "So it is.", {"figure": (2.0, 1.0)}))


def test_a_denoiser_that_is_better_is_in_the_store_and_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged(monkeypatch, "denoise.Denoising", True)
    noisy = photos(tmp_path / "My photos", LEAST, noise=20.0)
    words = ["adapt", "denoise.deep", "--noisy", str(noisy), *FEW]
    done = train(words)["figures"]
    assert done["model"] == "denoise.deep.my_photos"
    assert done["use"] == "verilens apply restore.model PHOTO --model denoise.deep.my_photos -o RESULT"
    page = Path(done["page"]).read_text(encoding="utf-8")
    assert "Better: the network is in your store as denoise.deep.my_photos. " not in page  # the verdict has its own tag
    assert "<strong>Better: the network is in your store as denoise.deep.my_photos.</strong> So it is." in page
    with Image.open(done["sheet"]) as sheet:
        assert sheet.width > 3 * 400
    application = Application()
    try:
        raster = Raster(np.random.default_rng(0).integers(0, 255, (40, 48, 3), dtype=np.uint8))
        request = ToolRequest("restore.model", subjects=(ModelSpec(done["model"]),), precision="float32")
        found = application.engine.run(request, raster)
        assert found.raster is not None
        assert application.models.descriptor(done["model"]).reach == 96
    finally:
        application.close()
    assert train(words)["figures"]["model"] == done["model"]  # asked once more, it is not added twice


def test_a_brightener_that_is_better_stands_in_for_the_tools_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(monkeypatch, "brighten.Brightening", True)
    dark, lit = photos(tmp_path / "dark", LEAST, noise=4.0, light=0.1), photos(tmp_path / "lit", LEAST)
    done = train(["adapt", "lowlight.enlightengan", "--dark", str(dark), "--normal", str(lit), *FEW])["figures"]
    assert done["model"] == "lowlight.enlightengan.dark"
    application = Application()
    try:
        raster = Raster((40 * np.random.default_rng(0).random((40, 48, 3))).astype(np.uint8))
        requests = [
            ToolRequest("lowlight.enlightengan", subjects=subjects, precision="float32")
            for subjects in ((), (ModelSpec(done["model"]),))
        ]
        usual, adapted = (application.engine.run(request, raster) for request in requests)
        assert adapted.record.models == (done["model"],)
        assert usual.raster is not None
        assert adapted.raster is not None
        assert not np.array_equal(usual.raster.pixels, adapted.raster.pixels)
        assert adapted.record.params["network"] == done["model"]
    finally:
        application.close()


def test_brighteners_are_compared_by_naturalness_and_by_the_light_of_well_lit_photos(tmp_path: Path) -> None:
    dark, lit = (
        own_photos(photos(tmp_path / name, LEAST, light=light, noise=3.0), name, 64, reduced)
        for name, light in (("dark", 0.1), ("lit", 1.0))
    )
    recipe = Brightening(dark, lit, Tuning(), crop=64)
    usual, idle = recipe.network().eval(), recipe.network().eval()
    with torch.no_grad():
        idle.network.head.weight.zero_()
        idle.network.head.bias.zero_()
    figures = recipe.compared(idle, usual).figures["levels from well-lit"]
    assert figures[1] < figures[0] - 20  # the bundled one brings light, the idle one none
    assert not recipe.compared(usual, idle).is_better
    assert not recipe.compared(usual, usual).is_better


def test_one_that_is_not_better_is_not_kept_unless_it_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judged(monkeypatch, "denoise.Denoising", False)
    noisy = photos(tmp_path / "noisy", LEAST, noise=20.0)
    words = ["train", "adapt", "denoise.deep", "--noisy", str(noisy), *FEW, "--json"]
    assert main(words) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert (figures["better"], figures["model"]) == (False, None)
    assert figures["verdict"] == "Not better: keep the old one. Nothing was added."
    assert "denoise.deep.noisy" not in {one.id for one in Application().library.entries()}
    assert main([*words, "--keep-anyway", "--id", "mine"]) == 0
    assert json.loads(capsys.readouterr().out)["figures"]["model"] == "mine"


def test_a_killed_one_goes_on_bit_for_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged(monkeypatch, "denoise.Denoising", True)
    noisy = photos(tmp_path / "noisy", LEAST, noise=20.0)
    words = ["adapt", "denoise.deep", "--noisy", str(noisy), *FEW]
    whole = train([*words, "--folder", str(tmp_path / "whole"), "--id", "whole"])
    step = loop._step

    def dying(recipe: Any, run: Any, together: Any) -> float:
        if run.step == 1:
            raise KeyboardInterrupt
        return step(recipe, run, together)

    monkeypatch.setattr(loop, "_step", dying)
    with pytest.raises(KeyboardInterrupt):
        train([*words, "--folder", str(tmp_path / "killed"), "--id", "killed"])
    monkeypatch.setattr(loop, "_step", step)
    again = train([*words, "--folder", str(tmp_path / "killed"), "--id", "killed", "--resume"])
    first, second = (load_file(next(Path(done["output"]).glob("*.safetensors"))) for done in (whole, again))
    assert all(first[name].equal(second[name]) for name in first)
    assert again["figures"]["model"] == "whole"  # the same network is there already
    photos(noisy, LEAST + 1, noise=20.0)
    with pytest.raises(ParameterError, match="expected to go on with a run by the same options"):
        train([*words, "--folder", str(tmp_path / "killed")])


def test_neighbours_share_a_side_of_one_square() -> None:
    height, width = 6, 10
    numbered = torch.arange(float(height * width)).view(1, 1, height, width).expand(2, 3, -1, -1)
    generator = torch.Generator().manual_seed(0)
    kinds = torch.randint(8, (2, 1, height // 2, width // 2), generator=generator)
    first, second = neighbours(numbered, kinds)
    assert first.shape == second.shape == (2, 3, height // 2, width // 2)
    for one, other in zip(first.flatten().long().tolist(), second.flatten().long().tolist(), strict=True):
        (row, column), (down, along) = divmod(one, width), divmod(other, width)
        assert (row // 2, column // 2) == (down // 2, along // 2)
        assert abs(row - down) + abs(column - along) == 1
    assert len(set(kinds.flatten().tolist())) > 4


def test_what_is_learnt_from_noise_alone_removes_it(tmp_path: Path) -> None:
    """A network that was spoilt mends itself on noisy photos, without ever seeing a clean one."""
    own = own_photos(photos(tmp_path / "noisy", LEAST, noise=25.0), "noisy", 64, middle)
    recipe = Denoising(own, Tuning(steps=25, rate=1e-3), batch=2, crop=64)
    torch.manual_seed(0)
    before = recipe.network()
    with torch.no_grad():
        before.network.head.weight.mul_(0.3)
    after = Denoiser()
    after.load_state_dict(before.state_dict())
    optimizer = recipe.schedule.optimizer(after)
    for step in range(recipe.schedule.steps):
        optimizer.zero_grad()
        recipe.loss(after, step).backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
        optimizer.step()
    verdict = recipe.compared(before.eval(), after.eval())
    assert verdict.is_better
    old, new = next(iter(verdict.figures.values()))
    assert new < old
    assert not recipe.compared(after, before).is_better
    assert not recipe.compared(before, before).is_better


def test_photos_are_read_whatever_they_are_and_a_part_is_held_out(tmp_path: Path) -> None:
    folder = photos(tmp_path / "mixed", 8)
    (folder / "broken.jpg").write_bytes(b"no photo")
    Image.effect_noise((160, 160), 60).save(tmp_path / "whole.jpg")
    (folder / "cut.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:6000])  # its lower half is blank
    (folder / "notes.txt").write_text("no photo either", encoding="utf-8")
    Image.new("RGB", (20, 300)).save(folder / "narrow.png")
    own = own_photos(folder, "dark", 64, reduced)
    assert len(own.learnt) + len(own.held) == 8
    assert len(own.held) == 2
    assert not {one.name for one in own.learnt} & {one.name for one in own.held}
    assert {one.pixels.shape[0] for one in (*own.learnt, *own.held)} == {3}
    assert [note.partition(" ")[0] for note in own.notes] == ["broken.jpg", "cut.jpg", "narrow.png"]
    assert "expected a whole photo, got cut.jpg" in own.notes[1]
    assert "expected 64 pixels a side or more, got 20×300" in own.notes[2]
    large = torch.zeros(3, 1500, 2500, dtype=torch.uint8)
    assert reduced(large).shape == (3, 750, 1250)
    assert middle(large).shape == (3, 1024, 1024)


def test_what_cannot_teach_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    three = photos(tmp_path / "three", 3)
    enough = photos(tmp_path / "enough", LEAST)
    cases: tuple[tuple[list[str], type[Exception], str], ...] = (
        (["denoise.deep", "--noisy", str(three)], InputError, "expected 6 noisy photos or more in .*, got 3; add"),
        (["denoise.deep", "--noisy", str(tmp_path / "no")], InputError, "expected a folder of noisy photos, found"),
        (["denoise.deep", "--dark", str(three)], ParameterError, "expected --noisy DIR for denoise.deep"),
        (["lowlight.enlightengan", "--dark", str(three)], ParameterError, "expected --dark DIR and --normal DIR"),
        (["lowlight.enlightengan", "--dark", str(enough), "--normal", str(three)], InputError, "6 well-lit photos"),
        (["denoise.bm3d", "--noisy", str(enough)], ParameterError, "got 'denoise.bm3d'; name one of them"),
        (["denoise.deep", "--noisy", str(enough), "--id", "a/b"], ParameterError, "expected an id of letters"),
        (["denoise.deep", "--noisy", str(enough), "--steps", "0"], ParameterError, "expected --steps of 1 or more"),
        (["denoise.deep", "--noisy", str(enough), "--every", "0"], ParameterError, "expected --every of 1 or more"),
        (["denoise.deep", "--noisy", str(enough), "--rate", "0"], ParameterError, "expected --rate between 0 and 1"),
        (["denoise.deep", "--noisy", str(enough), "--crop", "50"], ParameterError, "expected --crop of 16, 32, 48"),
        (["denoise.deep", "--noisy", str(enough), "--device", "cuda:9"], ParameterError, "expected a device out of"),
    )
    for words, kind, sentence in cases:
        with pytest.raises(kind, match=sentence):
            train(["adapt", *words])
    assert main(["train", "adapt", "denoise.deep", "--noisy", str(three)]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_what_differs_by_rounding_alone_is_not_better(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = own_photos(photos(tmp_path / "noisy", LEAST, noise=20.0), "noisy", 64, middle)
    recipe = Denoising(own, Tuning(steps=1), crop=64)
    errors = iter([[4e-3, 5e-3], [3.9996e-3, 4.9996e-3], [4e-3, 5e-3], [3.9e-3, 4.9e-3]])
    monkeypatch.setattr(Denoising, "_errors", lambda *_: next(errors))
    network = recipe.network()
    worse, better = (recipe.compared(network, network) for _ in range(2))
    assert [worse.is_better, better.is_better] == [False, True]
    assert "By chance alone about one network in 4 " in better.sentence  # of two photos
    assert "chance" not in worse.sentence


def test_a_full_disk_is_told_and_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged(monkeypatch, "denoise.Denoising", True)
    noisy = photos(tmp_path / "noisy", LEAST, noise=20.0)
    words = ["adapt", "denoise.deep", "--noisy", str(noisy), *FEW]

    def full(path: Path, _state: Any) -> None:
        raise InputError(f"expected to write {path.name}, but: no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(loop, "save_checkpoint", full)
        with pytest.raises(InputError, match="no space left on device; the same command goes on from step 0"):
            train(words)
    assert train(words)["figures"]["better"]


def test_each_tool_and_folder_has_a_run_of_its_own() -> None:
    one, same, other = (begun(["adapt", "denoise.deep", "--noisy", name])[1].folder for name in ("a", "a", "b"))
    assert one == same != other
    assert one.name.startswith("adapt-denoise.deep-")
    assert any(line.startswith("adapt ") for line in table())


@pytest.mark.parametrize(("size", "said"), [(1, False), (3, True)])
def test_grain_that_neighbours_share_is_told(size: int, said: bool) -> None:
    seen = []
    for seed in range(6):
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn(3, 384 // size, 384 // size, generator=generator).repeat_interleave(size, 1)
        photo = torch.linspace(0.2, 0.8, 384) + (12.0 / 255.0) * noise.repeat_interleave(size, 2)
        seen.append(Seen(f"{seed}", (photo * 255.0).round().clamp(0, 255).to(torch.uint8)))
    notes = notes_on_grain(Own(seen[:4], seen[4:], []))
    assert [("coarser than a pixel" in note) for note in notes] == [True] * said


def test_the_sheet_is_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    compared = Comparison(True, "It errs less in 3 of them.", {"levels, noise included": (1.5, 1.25)})
    rows = [Row("a.png", (Image.new("RGB", (4, 4)),) * 3)]
    page, _ = write_sheet(tmp_path, "denoise.deep, adapted to Ferien", compared, "Nothing was added.", "", rows,
                          ["a.png is left out: expected 64 pixels a side or more, got 8×8"], own_catalogue("de"))
    text = page.read_text("utf-8")
    for words in ('lang="de"', "denoise.deep, angepasst an Ferien", "Nichts wurde hinzugefügt.", "Netz nachher",
                  "Bei 3 davon irrt es sich weniger.", "1,250", "a.png wird ausgelassen"):  # fmt: skip
        assert words in text


def test_the_sheet_shows_noise_pixel_for_pixel() -> None:
    photo = torch.randint(0, 256, (3, 900, 1000), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    recipe = Denoising(Own([], [Seen("a", photo)], []), Tuning())
    (one,) = recipe.shown
    assert one.pixels.equal(photo[:, 240:660, 290:710])
