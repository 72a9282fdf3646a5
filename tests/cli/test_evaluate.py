"""``verilens evaluate``: the contract's figures, a page that stands alone, and a run that goes on after a kill."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from desktop_app.core.application import Application
from desktop_app.core.evaluation.curves import said_at
from desktop_app.numerics.conformal import LADDER

pytestmark = pytest.mark.usefixtures("classifier")
MODEL = "cli_tiny.net"
COUNT = 12
PGD = "Projected gradient descent"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Photos of the six classes of the small classifier; one of them is damaged."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "photos"
    for index in range(COUNT):
        place = folder / "abcdef"[index % 6] / f"{index}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (8 + index % 2, 8, 3), dtype=np.uint8)).save(place)
    return folder


def test_a_classifier_under_shift_and_restored(run: Callable[..., Any], photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = run(
        "evaluate", MODEL, photos, "-o", out, "--shift", "gaussian_noise", "--severity", "1,5",
        "--before", 'denoise.tv:{"sigma": 10}', "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert {"n", "accuracy", "nll", "brier", "ece", "ece_interval", "rows"} <= said.json.keys()
    rows = said.json["rows"]
    noise = "degrade.gaussian_noise"
    assert [(row["group"], row["level"]) for row in rows] == [("", None), (noise, 1), (noise, 5)] * 2
    assert all(row["n"] == COUNT for row in rows)
    assert rows[3]["condition"].endswith("first")
    low, high = said.json["ece_interval"]
    assert 0.0 <= low <= high <= 1.0
    page = (out / "evaluation.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert not re.search(r"(src|href)=.?https?:|url\(https?:", page), "it loads nothing"
    assert json.loads((out / "evaluation.json").read_text(encoding="utf-8"))["n"] == COUNT
    assert said.json["files"]["csv"] == str(out / "conditions.csv")
    with (out / "conditions.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [float(line["ece_low"]) for line in table] == [row["ece_interval"][0] for row in rows]
    assert all(row["ece_equal_mass_interval"][0] <= row["ece_equal_mass_interval"][1] for row in rows)


def test_answers_are_kept_and_not_asked_for_again(
    run: Callable[..., Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_app.core.evaluation import answers

    out = tmp_path / "out"
    first = run("evaluate", MODEL, photos, "-o", out, "--json").json

    def refuse(*_: object) -> None:
        raise AssertionError("asked again")

    with monkeypatch.context() as patch:
        patch.setattr(answers, "_logits", refuse)
        again = run("evaluate", MODEL, photos, "-o", out, "--json").json
    assert {**again, "seconds": 0} == {**first, "seconds": 0}
    for kept in (out / "kept").rglob("*.npz"):
        kept.write_bytes(b"cut off")
    assert run("evaluate", MODEL, photos, "-o", out, "--json").json["accuracy"] == first["accuracy"]


def test_a_killed_run_goes_on_after_the_photos_that_were_answered(
    run: Callable[..., Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_app.core.evaluation import answers

    words = ("evaluate", MODEL, photos, "--attack", "fgsm", "--eps", "4", "--json")
    whole = run(*words, "-o", tmp_path / "whole").json
    seen: list[int] = []
    ask = answers._logits

    def counted(model: Any, rasters: Any, keeps_layers: bool) -> Any:
        if sum(seen) >= COUNT + 4:
            raise KeyboardInterrupt
        seen.append(len(rasters))
        return ask(model, rasters, keeps_layers)

    monkeypatch.setattr(answers, "_logits", counted)
    monkeypatch.setattr(answers, "_FIRST", 4)
    monkeypatch.setattr(answers, "_MOST", 4)
    assert run(*words, "-o", tmp_path / "out").code == 130
    assert sum(seen) == COUNT + 4, "of the attacked ones four"
    seen[:] = [-100]
    monkeypatch.setattr(answers, "_FIRST", 5)
    again = run(*words, "-o", tmp_path / "out").json
    assert sum(seen) + 100 == COUNT - 4
    assert again["robustness"] == whole["robustness"]
    assert [row["n"] for row in again["rows"]] == [COUNT] * 2


def test_large_photos_are_held_by_few(
    run: Callable[..., Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_app.core.evaluation import answers

    monkeypatch.setattr(answers, "_HELD", 100)  # the photos have 64 and 72 pixels
    assert run("evaluate", MODEL, photos, "-o", tmp_path / "out", "--json").json["n"] == COUNT
    assert len(list((tmp_path / "out" / "kept").rglob("*.npz"))) == COUNT // 2


def test_another_photo_of_the_same_name_is_another_evaluation(
    run: Callable[..., Any], photos: Path, tmp_path: Path
) -> None:
    array = tmp_path / "photos.npz"
    pixels = np.zeros((2, 8, 8, 3), np.uint8)
    np.savez(array, x=pixels, y=np.array([0, 1]))
    for dataset, out in ((photos, tmp_path / "folder"), (array, tmp_path / "array")):
        assert run("evaluate", MODEL, dataset, "-o", out).code == 0
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(photos / "a" / "0.png")
    np.savez(array, x=pixels + 1, y=np.array([0, 1]))
    for dataset, out in ((photos, tmp_path / "folder"), (array, tmp_path / "array")):
        said = run("evaluate", MODEL, dataset, "-o", out)
        assert (said.code, "choose another folder" in said.err) == (2, True)


def test_a_photo_that_cannot_be_read_is_left_out(run: Callable[..., Any], photos: Path, tmp_path: Path) -> None:
    (photos / "a" / "broken.png").write_bytes(b"no picture")
    whole = next((photos / "a").glob("[!b]*.png")).read_bytes()
    (photos / "a" / "half.png").write_bytes(whole[: len(whole) // 2])  # a window would show what there is
    said = run("evaluate", MODEL, photos, "-o", tmp_path / "out", "--json")
    assert (said.code, said.json["n"]) == (0, COUNT)
    assert "2 photos could not be asked about; the first, a/broken.png" in said.err


def test_a_folder_of_another_question_is_not_mixed_up(run: Callable[..., Any], photos: Path, tmp_path: Path) -> None:
    assert run("evaluate", MODEL, photos, "-o", tmp_path / "out").code == 0
    said = run("evaluate", MODEL, photos, "-o", tmp_path / "out", "--seed", "3")
    assert said.code == 2
    assert "choose another folder" in said.err


def test_a_restoration_over_clean_photos(run: Callable[..., Any], photos: Path, tmp_path: Path) -> None:
    clean = tmp_path / "clean"
    clean.mkdir()
    ramp = np.tile(np.linspace(0, 255, 32, dtype=np.uint8), (24, 1))
    for index in range(3):
        Image.fromarray(np.roll(ramp, 5 * index, 1)).save(clean / f"{index}.png")
    said = run(
        "evaluate", "denoise.tv", clean, "-o", tmp_path / "out", "--degrade", 'degrade.gaussian_noise:{"sigma": 20}',
        "-p", "sigma=20", "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert said.json["n"] == 3
    assert said.json["psnr"] > said.json["psnr_before"] + 2.0
    assert 0.0 < said.json["ssim"] <= 1.0
    assert said.json["coverage"] is None
    distances = [row["psnr_before"] for row in said.json["photos"]]
    assert len(set(distances)) == 3, "every photo has noise of its own"
    table = tifffile.imread(said.json["files"]["calibration"])
    assert table.shape == (3, len(LADDER) + 1)
    assert (abs(table[:, -1] - 20.0) < 6.0).all(), "black and white had noise that went beyond them"
    assert said.json["files"]["csv"].endswith("photos.csv")


def test_a_restoration_over_pairs(run: Callable[..., Any], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    truth = np.tile(np.linspace(20, 235, 32), (24, 1))
    for name, noise in (("gt", 0.0), ("noisy", 15.0)):
        (tmp_path / name).mkdir()
        values = (truth + noise * rng.standard_normal(truth.shape)).clip(0, 255).astype(np.uint8)
        Image.fromarray(values).save(tmp_path / name / ("a.png" if name == "gt" else "a_15.png"))
    said = run("evaluate", "denoise.tv", tmp_path, "-o", tmp_path / "out", "-p", "sigma=15", "--json")
    assert (said.code, said.json["n"]) == (0, 1), said.err
    assert said.json["psnr"] > said.json["psnr_before"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("denoise.tv", "--shift", "fog"), "with a classifier"), ((MODEL, "--degrade", "degrade.fog"), "with a tool"),
     ((MODEL, "--shift", "haze"), "a shift with severities"), ((MODEL, "--shift", "fog", "--severity", "7"), "1 and 5"),
     ((MODEL, "--attack", "none"), "an attack on a classifier with a budget"),
     ((MODEL, "--attack", "spatial"), "with a budget ε"), ((MODEL, "--attack", "restoration"), "on a classifier"),
     ((MODEL, "--attack", "pgd", "--eps", "x"), "numbers"),
     ((MODEL, "--before", "nonsense"), "a restoration to work on the photos first"),
     ((MODEL, "--before", "attack.pgd"), "a restoration to work on the photos first"),
     ((MODEL, "--label-shift", "0"), "0.01 or more"), ((MODEL, "--label-shift", "-1"), "0.01 or more"),
     ((MODEL, "--ood", "nowhere"), "photos in the folder"),
     (("nothing.such",), "nothing.such"), (("denoise.tv",), "--degrade TOOL")],
)  # fmt: skip
def test_wrong_questions_are_refused(
    run: Callable[..., Any], photos: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    subject, *more = arguments
    said = run("evaluate", subject, photos, "-o", tmp_path / "out", *more)
    assert said.code in (2, 3)
    assert words in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists(), "nothing is left of what was refused"


def test_photos_of_one_class_alone_are_told(run: Callable[..., Any], photos: Path, tmp_path: Path) -> None:
    for folder in "bcdef":
        shutil.rmtree(photos / folder)
    said = run("evaluate", MODEL, photos, "-o", tmp_path / "out", "--label-shift", "0.05", "--json")
    assert said.code == 0, said.err
    assert any("show one class, a:" in note for note in said.json["notes"])
    assert [row["n"] for row in said.json["rows"]] == [2, 2, 2]


def test_an_evaluation_is_a_calibration(run: Callable[..., Any], tmp_path: Path) -> None:
    """What evaluating a tool writes carries the interval of the next photo."""
    rng = np.random.default_rng(0)
    clean = tmp_path / "clean"
    clean.mkdir()
    ramp = np.tile(np.linspace(30, 225, 32), (24, 1))
    for index in range(12):
        Image.fromarray(np.roll(ramp, 3 * index, 1).astype(np.uint8)).save(clean / f"{index}.png")
    noise = 'degrade.gaussian_noise:{"sigma": 15}'
    asked = ("evaluate", "denoise.tv", clean, "-p", "sigma=15", "--degrade", noise, "-o", tmp_path / "out", "--json")
    calibration = run(*asked).json["files"]["calibration"]
    photo = tmp_path / "photo.png"
    Image.fromarray((ramp + 15 * rng.standard_normal(ramp.shape)).clip(0, 255).astype(np.uint8)).save(photo)
    said = run(
        "apply", "uncertainty.conformal", photo, "-o", tmp_path / "o.png", "--target", 'denoise.tv:{"sigma": 15}',
        "-p", "alpha=0.2", "--input", f"calibration={calibration}", "--maps", tmp_path / "maps", "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    maps = {layer["name"]: layer for layer in said.json["maps"]}
    assert {layer["standing"] for layer in maps.values()} == {"calibrated"}
    assert maps["half-width"]["checked"]["n"] == 12
    assert 0.0 <= maps["lower"]["min"] < maps["upper"]["max"] <= 1.0
    refused = run("apply", "uncertainty.conformal", photo, "--target", 'denoise.tv:{"sigma": 15}', "--input",
                  f"calibration={calibration}", "-p", "alpha=0.01")  # fmt: skip
    assert refused.code == 1
    assert "99 photos or more" in refused.err


def test_a_pair_of_which_half_is_missing_is_not_measured(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "clean").mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    for name in ("whole", "half"):
        Image.fromarray(noise).save(tmp_path / "clean" / f"{name}.png")
    half = tmp_path / "clean" / "half.png"
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    said = run("evaluate", "denoise.tv", tmp_path / "clean", "--degrade", "degrade.gaussian_noise", "-o",
               tmp_path / "out", "--json")  # fmt: skip
    assert (said.code, said.json["n"]) == (0, 1), said.err
    assert "half.png: expected a whole photo" in said.err


def test_maps_are_held_against_the_error_beside_rulers(run: Callable[..., Any], tmp_path: Path) -> None:
    clean = tmp_path / "clean"
    clean.mkdir()
    ramp = np.tile(np.linspace(30, 225, 32), (24, 1))
    for index in range(2):
        Image.fromarray(np.roll(ramp, 7 * index, 1).astype(np.uint8)).save(clean / f"{index}.png")
    said = run(
        "evaluate", "uncertainty.tta", clean, "--degrade", "degrade.gaussian_noise", "--target",
        'denoise.tv:{"sigma": 25}', "-p", "transforms=flips", "-o", tmp_path / "out", "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    maps = {one["map"]: one for one in said.json["maps"]}
    assert {"spread", "oracle"} < maps.keys()
    assert all(one["n"] == 2 and -1.0 <= one["rank_correlation"] <= 1.0 for one in maps.values())
    assert maps["oracle"]["rank_correlation"] > 0.2
    assert (tmp_path / "out" / "maps_against_the_true_error.csv").is_file()


def test_methods_groups_strangers_and_other_class_shares(
    run: Callable[..., Any], photos: Path, tmp_path: Path
) -> None:
    grouped = tmp_path / "grouped"
    for name in ("day", "night"):
        shutil.copytree(photos, grouped / name)
    strangers = tmp_path / "strangers"
    strangers.mkdir()
    for index in range(3):
        Image.fromarray(np.full((8, 8, 3), 80 * index, np.uint8)).save(strangers / f"{index}.png")
    asked = (
        "evaluate", MODEL, grouped, "-o", tmp_path / "out", "--groups", "--methods", "softmax,tta,ensemble",
        "--model", MODEL, "--ood", strangers, "--label-shift", "1", "--shift", "brightness",
        "--severity", "3", "--json",
    )  # fmt: skip
    said = run(*asked)
    assert said.code == 0, said.err
    methods = said.json["methods"]
    assert [row["method"] for row in methods] == ["softmax", "softmax", "tta_class", "tta_class", "ensemble"]
    plain = [row for row in said.json["rows"] if row["condition"] == "as they are"]
    assert plain[0]["accuracy"] == plain[-1]["accuracy"], "an ensemble of one model with itself"
    assert plain[0]["nll"] == pytest.approx(plain[-1]["nll"], rel=1e-4)
    assert methods[0]["mce"] == pytest.approx(1.0)
    assert methods[0]["mean_shift_error"] == said.json["mean_shift_error"]
    groups = said.json["groups"]
    assert {row["group"] for row in groups} == {"day", "night"}
    assert groups[0]["accuracy"] <= groups[1]["accuracy"]
    assert sum(row["n"] for row in groups) == 2 * COUNT
    assert {row["score"] for row in said.json["ood"]} == {"softmax", "entropy"}
    assert all(0.0 <= row["auroc"] <= 1.0 and row["strangers"] == 3 for row in said.json["ood"])
    assert sum(row["group"] == "label shift" for row in said.json["rows"]) == 2 * len(methods)
    for name in ("methods", "groups_the_worst_first", "strangers_told_apart", "confident_and_wrong", "conditions"):
        assert (tmp_path / "out" / f"{name}.csv").is_file(), name
    page = (tmp_path / "out" / "evaluation.html").read_text(encoding="utf-8")
    assert page.index("Confident and wrong") < page.index("Conditions")


def test_what_a_model_answers_is_what_it_knows(run: Callable[..., Any], tmp_path: Path) -> None:
    """The answers that an evaluation writes let the tools tell strange photos, and set a temperature."""
    rng = np.random.default_rng(0)
    for index in range(36):
        place = tmp_path / "photos" / "abcdef"[index % 6] / f"{index}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(90, 160, (8, 8, 3), dtype=np.uint8)).save(place)
    out = tmp_path / "out"
    known = run("evaluate", MODEL, tmp_path / "photos", "-o", out, "--json").json["files"]["answers"]
    photo = tmp_path / "white.png"
    Image.fromarray(np.full((8, 8, 3), 255, np.uint8)).save(photo)
    said = run("apply", "uncertainty.ood", photo, "--model", MODEL, "--input", f"known={known}", "--json")
    assert said.code == 0, said.err
    assert said.json["report"]["checked"]["n"] == 36
    again = run(
        "evaluate", MODEL, tmp_path / "photos", "-o", tmp_path / "more", "--methods", "temperature,ood",
        "--known", known, "--ood", photo.parent / "photos" / "a", "--json",
    )  # fmt: skip
    assert again.code == 0, again.err
    rows = {row["method"]: row for row in again.json["rows"]}
    assert rows.keys() == {"softmax", "temperature", "ood"}
    assert rows["temperature"]["nll"] <= rows["softmax"]["nll"] + 1e-4
    assert rows["ood"]["nll"] == pytest.approx(rows["softmax"]["nll"], abs=1e-4)
    assert "energy" in {row["score"] for row in again.json["ood"]}


def test_answers_behind_a_restoration_count_false_alarms(run: Callable[..., Any], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for index in range(24):
        place = tmp_path / "photos" / "abcdef"[index % 6] / f"{index}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(90, 160, (8, 8, 3), dtype=np.uint8)).save(place)
    said = run("evaluate", MODEL, tmp_path / "photos", "-o", tmp_path / "out", "--before", "denoise.wavelet", "--json")
    files = said.json["files"]
    given = [f"known={files['answers']}", f"restored={files['answers_restored']}"]
    photo = tmp_path / "photos" / "a" / "0.png"
    asking = ("apply", "defend.detect", photo, "--model", MODEL, "--target", "denoise.wavelet", "--json")
    alone, both = run(*asking), run(*asking, "--input", given[0], "--input", given[1], "-p", "false_alarms=0.25")
    assert alone.json["report"]["is_beyond"] is None
    report = both.json["report"]
    assert report["checked"]["n"] == 24
    assert report["false_alarm_rate"] == pytest.approx(0.25, abs=0.05)
    assert report["score"] == pytest.approx(alone.json["report"]["score"])


def test_a_method_that_is_none_is_refused(run: Callable[..., Any], photos: Path, tmp_path: Path) -> None:
    said = run("evaluate", MODEL, photos, "-o", tmp_path / "out", "--methods", "astrology")
    assert said.code == 2
    assert "temperature" in said.err


def test_a_restoration_first_has_a_table_and_is_attacked_by_who_knows_of_it(
    run: Callable[..., Any], photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    said = run("evaluate", MODEL, photos, "-o", out, "--attack", "pgd,hopskipjump", "--eps", "4",
               "--before", 'denoise.tv:{"sigma": 10}', "--limit", "6", "--json")  # fmt: skip
    assert said.code == 0, said.err
    table = said.json["restored"]
    assert {row["condition"] for row in table} == {row["condition"] for row in said.json["rows"] if not row["defence"]}
    for row in table:
        assert row["gain"] == pytest.approx(row["accuracy_restored"] - row["accuracy"])
    kept = {(row["attack"], row["defence"]) for row in said.json["robustness"]["rows"]}
    first = next(defence for _, defence in kept if defence != "none" and not defence.endswith("known to the attack"))
    assert (PGD, f"{first}, known to the attack") in kept
    aimed = {attack for attack, defence in kept if defence.endswith("known to the attack")}
    assert aimed == {PGD}, "HopSkipJump is not handed both"
    page = (out / "evaluation.html").read_text(encoding="utf-8")
    assert "Restored first" in page
    assert (out / "restored_first.csv").is_file()
    assert "as long as the attack does not know of it" in page


def test_what_is_proved_of_answers(run: Callable[..., Any], photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("evaluate", MODEL, photos, "-o", out, "--certify", 'defend.smoothing:{"draws": 100, "sigma": 8}',
             "--limit", "5", "--json")  # fmt: skip
    said = run(*words)
    assert said.code == 0, said.err
    proved = said.json["certified"]
    assert len(proved["photos"]) == 5
    assert {row["norm"] for row in proved["rows"]} == {"l2"}
    assert (out / "certified.csv").is_file()
    again = run(*words).json["certified"]
    assert again == proved, "it is kept"
    for kept in (out / "kept").rglob("certified-*/*.json"):
        kept.write_text("[]")
    assert run(*words).json["certified"] == proved, "what is damaged is asked anew"
    refused = run("evaluate", MODEL, photos, "-o", tmp_path / "other", "--certify", "uncertainty.confidence")
    assert refused.code == 2
    assert "defend.smoothing" in refused.err


def test_what_is_left_under_attacks(run: Callable[..., Any], photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = run("evaluate", MODEL, photos, "-o", out, "--attack", "fgsm,deepfool", "--eps", "0,4,64", "--norm", "l2",
               "--json")  # fmt: skip
    assert said.code == 0, said.err
    found = said.json["robustness"]
    shares: dict[str, list[float]] = {}
    for row in found["rows"]:
        shares.setdefault(row["attack"], []).append(row["accuracy"])
    assert len(shares) == 3
    assert all(line == sorted(line, reverse=True) for line in shares.values()), "more is never safer"
    *alone, worst = (shares[name] for name in sorted(shares, key=lambda name: name.startswith("the worst")))
    assert all(least <= share for line in alone for least, share in zip(worst, line, strict=True))
    assert worst[0] == said.json["accuracy"]
    assert len(found["photos"]) == COUNT
    assert (out / "under_attack.csv").is_file()
    assert "Under attack" in (out / "evaluation.html").read_text(encoding="utf-8")
    told = run("evaluate", MODEL, photos, "-o", out, "--attack", "fgsm,deepfool", "--eps", "0,4,64", "--norm", "l2")
    assert "under the worst of all" in told.out
    application = Application()
    sha256 = application.models.descriptor(MODEL).sha256
    least = next(row["accuracy"] for row in found["rows"] if row["attack"] == "DeepFool" and row["eps"] == 64)
    said_at_64 = said_at(application.data, sha256, "attack.deepfool", "l2", 64.0)
    assert f"still read {least:.0%} rightly at ε 64 (DeepFool" in said_at_64, "the window knows it"
    application.close()
