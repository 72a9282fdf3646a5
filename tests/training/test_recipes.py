"""``verilens train``: every recipe by its name, on a folder of a few photos; and the queue that works through them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from desktop_app.api.errors import InputError, ParameterError, VerilensError
from desktop_app.cli import main
from desktop_app.numerics.error_scale import error_scale as error_scale_of
from desktop_app.numerics.error_scale import read_rule
from training import conformal, error_scale, queue, superres_sparse
from training.photos import load_bsds
from training.recipes import RECIPES, begun, run_folder, train

SMALL = ("--steps", "2", "--batch", "2", "--crop", "16")


@pytest.fixture(autouse=True)
def random_state() -> Any:
    """Training draws from torch's global generator: leave it as it was."""
    before = torch.get_rng_state()
    yield
    torch.set_rng_state(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three photos of three sizes and kinds of file, one of them grey."""
    sizes = ((120, 131, "RGB", "a.jpg"), (101, 97, "L", "b.png"), (140, 99, "RGB", "c.webp"))
    return photos(tmp_path / "photos", sizes)


def photos(folder: Path, sizes: tuple[tuple[int, int, str, str], ...]) -> Path:
    folder.mkdir()
    for seed, (width, height, mode, name) in enumerate(sizes):
        coarse = np.random.default_rng(seed).integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((width, height)).convert(mode).save(folder / name)
    return folder


def test_every_recipe_takes_the_common_options() -> None:
    for name in RECIPES:
        found, options = begun([name, "--threads", "2"])
        assert (found, options.threads, options.folder) == (name, 2, run_folder(name))
        assert options.output == options.folder / "result"


def test_every_bundled_file_has_its_recipe() -> None:
    weights = Path(__file__).resolve().parents[2] / "resources" / "weights"
    assert {path.name for path in weights.iterdir() if path.is_dir()} <= set(RECIPES)


def test_a_denoiser_of_three_photos_goes_on_bit_for_bit(folder: Path, tmp_path: Path) -> None:
    words = ("denoise_deep", "--data", str(folder), *SMALL)
    whole = train([*words, "--folder", str(tmp_path / "whole")])
    again = train([*words, "--folder", str(tmp_path / "again")])
    resumed = train([*words, "--folder", str(tmp_path / "again"), "--resume"])
    files = [Path(done["output"]) / "denoise_deep.safetensors" for done in (whole, again, resumed)]
    assert len({file.read_bytes() for file in files}) == 1
    assert resumed["figures"] == whole["figures"]
    assert "verilens train denoise_deep --steps 2" in (files[0].parent / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_further_photos_are_learnt_from_and_stand_in_the_card(folder: Path, tmp_path: Path) -> None:
    words = ("denoise_dncnn", "--data", str(folder), *SMALL, "--seed", "3")
    more = photos(tmp_path / "more", ((60, 50, "RGB", "d.png"), (50, 70, "L", "e.png")))
    plain, richer = (
        Path(train([*words, *options, "--folder", str(tmp_path / name)])["output"])
        for name, options in (("plain", ()), ("richer", ("--more", str(more))))
    )
    cards = [(place / "MODEL_CARD.md").read_text(encoding="utf-8") for place in (plain, richer)]
    assert ["2 further photos and" in card for card in cards] == [False, True]
    assert "--more FOLDER" in cards[1]
    files = [place / "denoise_dncnn.safetensors" for place in (plain, richer)]
    assert files[0].read_bytes() != files[1].read_bytes()
    with pytest.raises(InputError, match="expected photos in"):
        train([*words, "--more", str(tmp_path / "nothing"), "--folder", str(tmp_path / "none")])


def test_dictionaries_go_on_with_the_scale_that_is_missing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["superres_sparse", "--data", str(folder), "--rounds", "1", "--atoms", "8"]
    whole = train([*words, "--folder", str(tmp_path / "whole")])
    learn, learnt = superres_sparse.learn, list[int]()

    def dying(*given: Any) -> Any:
        learnt.append(1)
        if len(learnt) == 3:
            raise KeyboardInterrupt
        return learn(*given)

    monkeypatch.setattr(superres_sparse, "learn", dying)
    with pytest.raises(KeyboardInterrupt):
        train([*words, "--folder", str(tmp_path / "killed")])
    resumed = train([*words, "--folder", str(tmp_path / "killed")])
    assert len(learnt) == 4
    name = "superres_sparse.safetensors"
    assert (Path(resumed["output"]) / name).read_bytes() == (Path(whole["output"]) / name).read_bytes()
    with pytest.raises(InputError, match=r"expected 9000 patches with structure or more, got \d+; add larger photos"):
        train([*words[:-1], "9000", "--fresh"])


def test_statistics_are_the_same_again(folder: Path) -> None:
    first, again = ((train(["niqe", "--data", str(folder)]), (run_folder("niqe") / "result" / "niqe.safetensors")
                     .read_bytes()) for _ in range(2))
    assert first == again
    assert first[0]["figures"]["photos"] == 3


def test_what_an_error_looks_like_is_learnt_from_kept_photos(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_scale, "_SIDE", 48)
    noise = (("gaussian_noise", {"sigma": 20.0}),)
    monkeypatch.setattr(error_scale, "cases", lambda _draw: [error_scale.Case("denoise.tv", {"sigma": 20.0}, noise)])
    words = ["error_scale", "--data", str(folder), "--output", str(tmp_path), "--photos", "1", "--steps", "30"]
    figures = train(words)["figures"]
    assert figures == {"pixels": 16 * 16}
    first = (tmp_path / "error_scale.safetensors").read_bytes()
    monkeypatch.setattr(error_scale, "_samples", lambda *_: pytest.fail("it was kept"))
    train(words)
    assert (tmp_path / "error_scale.safetensors").read_bytes() == first
    rule = read_rule(tmp_path / "error_scale.safetensors")
    plain = torch.full((1, 1, 12, 14), 0.5)
    certain = (plain, torch.full((1, 12, 14), 0.01))
    assert bool((error_scale_of(plain, plain, rule, lambda _photos: certain) > 0).all())


def test_widths_go_on_with_the_tool_that_is_missing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conformal, "SIGMAS", (25.0,))
    words = ["conformal", "--data", str(folder), "--output", str(tmp_path), "--tools", "denoise.dct"]
    train(words)
    first = (tmp_path / "conformal.json").read_bytes()
    monkeypatch.setattr(conformal, "_measured", lambda *_: pytest.fail("it was kept"))
    train(words)
    assert (tmp_path / "conformal.json").read_bytes() == first
    assert set(json.loads(first)["tools"]) == {"denoise.dct"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["denoise_dep"], "expected a recipe, got 'denoise_dep'; did you mean denoise_deep"),
        (["niqe", "--steps", "3"], "unrecognized arguments: --steps 3; see verilens train niqe --help"),
        (["niqe", "--resume"], "expected a run of niqe to go on with in .*, found none; leave out --resume"),
        (["denoise_deep", "--resume", "--fresh"], "not allowed with argument"),
    ],
)
def test_a_wrong_command_is_one_sentence(words: list[str], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        train(words)


def test_photos_that_teach_nothing_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected photos in .*, found none; give a folder of them by --data"):
        train(["denoise_deep", "--data", str(tmp_path)])
    two = photos(tmp_path / "two", ((50, 50, "RGB", "a.png"), (50, 50, "RGB", "b.png")))
    with pytest.raises(InputError, match=r"expected three photos or more in .*, got 2"):
        train(["denoise_deep", "--data", str(two)])
    photos(tmp_path / "three", tuple((20, 20, "RGB", f"{name}.png") for name in "abc"))
    with pytest.raises(ParameterError, match="at least 24 pixels a side to learn from, got none of 1"):
        train(["denoise_deep", "--data", str(tmp_path / "three"), *SMALL])
    (two / "c.png").write_bytes(b"no photo")
    with pytest.raises(InputError, match=r"c\.png"):
        train(["denoise_deep", "--data", str(two)])


@pytest.mark.parametrize("count", [3, 4, 7, 12, 40, 400])
def test_no_photo_has_two_uses(tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.photos.read_photo", lambda path: path)
    for number in range(count):
        (tmp_path / f"{number:03}.jpg").touch()
    found = load_bsds(tmp_path)
    uses: list[Any] = [*found.training, *found.looks, *found.calibration]
    assert sorted(uses) == sorted(tmp_path.iterdir())
    assert len(found.looks) == min(10, (count - len(found.calibration)) // 2)
    assert found.training


def test_only_what_a_run_keeps_is_removed(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    words = ["denoise_deep", "--data", str(folder), *SMALL, "--folder", str(run)]
    train(words)
    (run / "mine.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(ParameterError, match="--fresh"):
        train([*words, "--seed", "5"])
    train([*words, "--seed", "5", "--fresh"])
    assert (run / "mine.txt").is_file()


def test_the_command_lists_trains_and_says_where_it_went(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in RECIPES)
    assert main(["train", "denoise_deep", "--help"]) == 0
    assert "--crop" in capsys.readouterr().out
    assert main(["train", "denoise_deep", "--data", str(folder), *SMALL, "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert Path(done["output"], "denoise_deep.safetensors").is_file()
    assert done["figures"]["grey25"] > 0


def test_what_is_installed_without_recipes_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from desktop_app.cli import train as command

    monkeypatch.setattr(command, "__file__", str(tmp_path / "desktop_app" / "cli" / "train.py"))
    assert main(["train", "niqe"]) == 1
    assert "installed without them; get the source" in capsys.readouterr().err


@pytest.fixture
def place(home: Path) -> Path:
    """Where the queue is kept."""
    return home / "data" / "training"


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the queue trains, without training it: a seed of 13 fails."""
    seen = list[list[str]]()

    def instead(words: tuple[str, ...]) -> str:
        seen.append(list(words))
        return "failed: no luck" if "13" in words else "done"

    monkeypatch.setattr(queue, "_trained", instead)
    return seen


def test_the_queue_goes_through_all_and_on_with_what_failed(
    place: Path, trained: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    queue.main(["add", "denoise_deep", "--seed", "13"])
    queue.main(["add", "niqe"])
    queue.main(["add", "conformal"])
    queue.main(["remove", "2"])
    assert queue.main([]) == 1
    assert trained == [["denoise_deep", "--seed", "13"], ["conformal"]]
    assert [one.fared for one in queue.load(place)] == ["failed: no luck", "done"]
    assert queue.main([]) == 1
    assert trained[2:] == [["denoise_deep", "--seed", "13"]]
    assert "failed: no luck" in capsys.readouterr().out


def test_a_killed_queue_goes_on_and_two_do_not_meet(
    place: Path, trained: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.main(["add", "niqe"])
    with monkeypatch.context() as patched:
        patched.setattr(queue, "_trained", lambda words: sys.exit(9))
        with pytest.raises(SystemExit):
            queue.main([])
    monkeypatch.setattr(queue, "is_running", lambda process: True)
    (place / "queue.pid").write_text("1", encoding="utf-8")
    with pytest.raises(VerilensError, match="process 1 works through it"):
        queue.main([])
    monkeypatch.setattr(queue, "is_running", lambda process: False)
    assert queue.main([]) == 0
    assert trained == [["niqe"]]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "nothing"], "expected a recipe"), (["add", "niqe", "--fresh"], "got --fresh; leave it out"),
        (["add"], "add RECIPE"), (["remove", "1"], "remove NUMBER"), (["away"], "got 'away'"),
    ],
)  # fmt: skip
def test_the_queue_says_what_it_takes(words: list[str], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        queue.main(words)


def test_a_damaged_queue_is_told(place: Path) -> None:
    place.mkdir(parents=True)
    (place / "queue.json").write_text("[{", encoding="utf-8")
    with pytest.raises(VerilensError, match="got a damaged file; remove it and add them again"):
        queue.main(["show"])


def test_the_queue_shows_the_held_out_curve(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queue.main(["add", "denoise_deep"])
    rows = [{"step": 500 * (n + 1), "seconds": 3000.0 * (n + 1), "loss": 1.0, "grey25": 20.0 + n} for n in range(4)]
    run_folder("denoise_deep").mkdir()
    (run_folder("denoise_deep") / "curve.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    queue.main(["show"])
    assert "waits    step 2000 after 3 h 20 min  ▁▃▆██  grey25 23" in capsys.readouterr().out


