"""`verilens apply`, to the letter of its contract."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tifffile
from PIL import Image

KEYS = [
    "tool", "kind", "plugin", "params", "seed", "model", "models", "targets", "device",
        "precision", "seconds", "input", "output", "maps",
    "report",
]
TV = ("-p", "iterations=3")


def test_a_restoration(run, photo, tmp_path):
    said = run("apply", "denoise.tv", photo, "-o", tmp_path / "out.png", *TV, "--json")
    assert (said.code, said.err) == (0, "")
    assert list(said.json) == KEYS
    assert said.json["params"]["iterations"] == 3
    assert said.json["plugin"]["name"] == "denoise.tv"
    assert said.json["model"] is None
    facts = {"width": 24, "height": 20, "channels": 3, "dtype": "uint8"}
    assert said.json["input"] == {"path": str(photo), **facts}
    assert said.json["output"] == {"path": str(tmp_path / "out.png"), **facts}
    assert np.asarray(Image.open(tmp_path / "out.png")).shape == (20, 24, 3)
    assert said.json["seconds"] > 0


def test_in_words(run, photo, tmp_path):
    said = run("apply", "denoise.tv", photo, "-o", tmp_path / "out.png", *TV)
    assert said.code == 0
    assert said.out.startswith("denoise.tv: ")
    assert "out.png" in said.out


def test_metrics_are_of_the_unrounded_result(run, photo, tmp_path):
    out = tmp_path / "noisy.tif"
    said = run("apply", "degrade.gaussian_noise", photo, "-o", out, "-p", "sigma=40", "--depth", "32f", "--seed", 7,
               "--reference", photo, "--json")
    noisy, clean = tifffile.imread(out), np.asarray(Image.open(photo)) / 255
    assert said.json["output"]["dtype"] == "float32"
    assert noisy.max() > 1
    expected = -10 * np.log10(np.mean((np.clip(noisy, 0, 1) - clean) ** 2))
    assert said.json["metrics"]["psnr"] == pytest.approx(expected, abs=1e-4)
    assert 0 < said.json["metrics"]["ssim"] < 1


def test_metrics_of_equal_pictures_are_json(run, photo, tmp_path):
    options = ("-o", tmp_path / "o.png", "-p", "sigma=0", "--reference", photo, "--json")
    said = run("apply", "degrade.gaussian_noise", photo, *options)
    assert said.json["metrics"] == {"psnr": None, "ssim": pytest.approx(1)}


def test_the_seed_decides(run, photo, tmp_path):
    for name, seed in [("a", 1), ("b", 1), ("c", 2)]:
        assert run("apply", "degrade.gaussian_noise", photo, "-o", tmp_path / f"{name}.png", "--seed", seed).code == 0
    a, b, c = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_sixteen_bits(run, photo, tmp_path):
    said = run("apply", "denoise.tv", photo, "-o", tmp_path / "o.png", "--depth", 16, *TV, "--json")
    assert said.json["output"]["dtype"] == "uint16"


def test_a_mask_keeps_the_rest(run, photo, tmp_path):
    mask = np.zeros((20, 24), np.uint8)
    mask[:, :12] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    assert run("apply", "degrade.gaussian_noise", photo, "-o", tmp_path / "o.png", "--mask",
               tmp_path / "mask.png").code == 0
    before, after = np.asarray(Image.open(photo)), np.asarray(Image.open(tmp_path / "o.png"))
    assert (before[:, 12:] == after[:, 12:]).all()
    assert (before[:, :12] != after[:, :12]).any()


def test_an_attack_on_the_usual_model(run, photo, tmp_path, classifier):
    said = run("apply", "attack.pgd", photo, "-o", tmp_path / "o.png", "-p", "eps=4", "-p", "steps=3", "--maps",
               tmp_path / "maps", "--json")
    assert said.code == 0, said.err
    report = said.json["report"]
    assert {"model", "norm", "eps", "steps", "success", "success_after_8bit", "linf", "l2", "linf_8bit", "l2_8bit",
            "before", "after"} <= set(report)
    assert said.json["model"] == report["model"]
    assert report["linf"] <= 4.001
    assert len(report["before"]) == 5
    assert set(report["before"][0]) == {"label", "index", "p"}
    moved = np.asarray(Image.open(tmp_path / "o.png")).astype(int) - np.asarray(Image.open(photo))
    assert abs(moved).max() <= 4
    layer, signed = said.json["maps"]
    assert signed["name"] == "signed perturbation"
    assert set(layer) == {"name", "kind", "unit", "min", "max", "mean", "path", "standing"}
    values = tifffile.imread(layer["path"])
    assert values.dtype == np.float32
    assert layer["max"] == pytest.approx(float(values.max()))
    assert len(list((tmp_path / "maps").glob("*.png"))) == 2


def test_a_model_by_name_and_a_class_by_name_or_number(run, photo, tmp_path, classifier):
    for given, expected in [("b", "b"), ("3", 3), ("null", None)]:
        said = run("apply", "attack.pgd", photo, "-o", tmp_path / "o.png", "--model", "cli_tiny.net", "-p", "steps=1",
                   "-p", f"target_class={given}", "--json")
        assert said.json["params"]["target_class"] == expected
        assert said.json["model"] == "cli_tiny.net"


def test_uncertainty_of_a_restoration(run, photo, tmp_path):
    said = run("apply", "uncertainty.tta", photo, "-o", tmp_path / "o.png", "--target",
               'denoise.tv:{"iterations": 3}', "--json")
    assert said.code == 0, said.err
    assert {"method", "target_coverage", "mean_std"} <= set(said.json["report"])
    assert all(layer["path"] is None for layer in said.json["maps"])
    assert len(said.json["maps"]) > 0
    assert (np.asarray(Image.open(tmp_path / "o.png")) != np.asarray(Image.open(photo))).any()


def test_uncertainty_of_a_classifier_gives_the_input_unchanged(run, photo, tmp_path, classifier):
    options = ("--model", "cli_tiny.net", "-p", "passes=3", "--json")
    said = run("apply", "uncertainty.mc_dropout", photo, "-o", tmp_path / "o.png", *options)
    assert {"model", "method", "prediction", "confidence", "entropy", "mutual_information"} <= set(said.json["report"])
    assert (np.asarray(Image.open(tmp_path / "o.png")) == np.asarray(Image.open(photo))).all()
    assert run("apply", "uncertainty.mc_dropout", photo, *options).json["output"] is None


def test_what_a_plugin_prints_is_not_in_the_json(run, photo, tmp_path, rough):
    said = run("apply", "cli_rough.chat", photo, "-o", tmp_path / "o.png", "--json")
    assert said.json["tool"] == "cli_rough.chat"
    assert "hello from a plugin" in said.err


FAULTS = {
    "unknown tool": (("denoise.tw", "PHOTO", "-o", "OUT"), 2, "denoise.tv"),
    "unknown parameter": (("denoise.tv", "PHOTO", "-o", "OUT", "-p", "strenth=3"), 2, "strength"),
    "parameter of another type": (("denoise.tv", "PHOTO", "-o", "OUT", "-p", "strength=much"), 2, "'much'"),
    "parameter out of range": (("denoise.tv", "PHOTO", "-o", "OUT", "-p", "strength=-1"), 2, "strength"),
    "parameter not a number": (("denoise.tv", "PHOTO", "-o", "OUT", "-p", "strength=nan"), 2, "strength"),
    "parameter without value": (("denoise.tv", "PHOTO", "-o", "OUT", "-p", "strength"), 2, "NAME=VALUE"),
    "parameter twice": (("denoise.tv", "PHOTO", "-o", "OUT", "-p", "strength=1", "-p", "strength=2"), 2, "twice"),
    "no output": (("denoise.tv", "PHOTO"), 2, "-o"),
    "output is the input": (("denoise.tv", "PHOTO", "-o", "PHOTO"), 2, "input"),
    "output is the reference": (("denoise.tv", "PHOTO", "-o", "REF", "--reference", "REF"), 2, "input"),
    "output nowhere": (("denoise.tv", "PHOTO", "-o", "NOWHERE"), 3, "absent"),
    "output of unknown format, before the tool can fail": (("cli_rough.fail", "PHOTO", "-o", "OUT.xyz"), 3, ".png"),
    "input absent": (("denoise.tv", "ABSENT", "-o", "OUT"), 3, "no such file"),
    "input no picture": (("denoise.tv", "TEXT", "-o", "OUT"), 3, "another kind"),
    "reference of another size, before the tool can fail": (
        ("cli_rough.fail", "PHOTO", "-o", "OUT", "--reference", "SMALL"), 2, "24"),
    "reference of another size": (
        ("denoise.tv", "PHOTO", "-o", "OUT", "--reference", "SMALL", "-p", "iterations=1"), 2, "24"),
    "mask of another size": (("denoise.tv", "PHOTO", "-o", "OUT", "--mask", "SMALL"), 2, "mask"),
    "unknown input": (("denoise.tv", "PHOTO", "-o", "OUT", "--input", "kernel=PHOTO"), 2, "input"),
    "unknown device": (("denoise.tv", "PHOTO", "-o", "OUT", "--device", "tpu"), 2, "tpu"),
    "unknown depth": (("denoise.tv", "PHOTO", "-o", "OUT", "--depth", "9"), 2, "9"),
    "depth beyond the format, before the tool can fail": (
        ("cli_rough.fail", "PHOTO", "-o", "OUT", "--depth", "32f"), 2, "32f"),
    "unknown tile": (("denoise.tv", "PHOTO", "-o", "OUT", "--tile", "big"), 2, "big"),
    "seed no number": (("denoise.tv", "PHOTO", "-o", "OUT", "--seed", "x"), 2, "--seed"),
    "model for a restoration": (("denoise.tv", "PHOTO", "-o", "OUT", "--model", "cli_tiny.net"), 2, "classifier"),
    "target not given": (("uncertainty.tta", "PHOTO", "-o", "OUT"), 2, "--target"),
    "target no JSON": (("uncertainty.tta", "PHOTO", "-o", "OUT", "--target", "denoise.tv:{"), 2, "JSON"),
    "target no object": (("uncertainty.tta", "PHOTO", "-o", "OUT", "--target", "denoise.tv:[1]"), 2, "object"),
    "target unknown": (("uncertainty.tta", "PHOTO", "-o", "OUT", "--target", "denoise.tw"), 2, "denoise.tv"),
    "model unknown": (("attack.pgd", "PHOTO", "-o", "OUT", "--model", "cli_tiny.nut"), 2, "cli_tiny.nut"),
    "tool fails": (("cli_rough.fail", "PHOTO", "-o", "OUT"), 1, "the method fell over"),
    "algorithm absent": (("cli_rough.absent", "PHOTO", "-o", "OUT"), 4, "absent"),
    "target no restoration": (("uncertainty.tta", "PHOTO", "-o", "OUT", "--target", "degrade.fog"), 2, "degrade.fog"),
    "target with a target": (
        ("uncertainty.tta", "PHOTO", "-o", "OUT", "--target", "restore.pnp"), 2, "needs a photo alone"),
    "target with an input": (
        ("uncertainty.tta", "PHOTO", "-o", "OUT", "--target", "inpaint.tv"), 2, "needs a photo alone"),
    "maps into a file, before the tool can fail": (("cli_rough.fail", "PHOTO", "-o", "OUT", "--maps", "REF"), 3, "ref"),
    "maps below a file": (("denoise.tv", "PHOTO", "-o", "OUT", "--maps", "REF/maps"), 3, "is a file"),
    "input not finite": (("inpaint.tv", "PHOTO", "-o", "OUT", "--input", "mask=NAN"), 2, "finite values in mask"),
    "mask not finite": (("denoise.tv", "PHOTO", "-o", "OUT", "--mask", "NAN"), 2, "mask of finite values"),
    "no argument": ((), 2, "'TOOL'"),
    "no such option": (("denoise.tv", "PHOTO", "--colour"), 2, "--colour"),
}


@pytest.fixture
def places(photo, tmp_path):
    """Files that go wrong, by the words of `FAULTS`."""
    Image.fromarray(np.zeros((12, 12, 3), np.uint8)).save(tmp_path / "small.png")
    (tmp_path / "ref.png").write_bytes(photo.read_bytes())
    tifffile.imwrite(tmp_path / "nan.tif", np.full((20, 24), np.nan, np.float32))
    (tmp_path / "text.png").write_text("not a picture, but long enough to be looked at")
    return {
        "PHOTO": photo, "OUT": tmp_path / "out.png", "REF": tmp_path / "ref.png", "TEXT": tmp_path / "text.png",
        "SMALL": tmp_path / "small.png", "ABSENT": tmp_path / "none.png", "OUT.xyz": tmp_path / "out.xyz",
        "NOWHERE": tmp_path / "absent" / "out.png", "kernel=PHOTO": f"kernel={photo}",
        "REF/maps": tmp_path / "ref.png" / "maps", "NAN": tmp_path / "nan.tif",
        "mask=NAN": f"mask={tmp_path / 'nan.tif'}",
    }


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_one_line(case, run, places, rough):
    words, code, fragment = FAULTS[case]
    said = run("apply", *(places.get(word, word) for word in words))
    assert (said.code, said.out) == (code, ""), said.err
    assert said.err.startswith("verilens: ")
    assert said.err.count("\n") == 1, said.err
    assert fragment in said.err
    assert not places["OUT"].exists()


@pytest.mark.parametrize("case", ["unknown tool", "no such option", "tool fails", "input absent", "algorithm absent"])
def test_a_fault_is_one_json_object_too(case, run, places, rough):
    words, code, _ = FAULTS[case]
    said = run("apply", *(places.get(word, word) for word in words), "--json")
    assert said.code == code
    assert said.json["error"] == {"exit_code": code, "message": said.err.removeprefix("verilens: ").strip()}


def test_a_tool_of_a_broken_plugin(run, photo, tmp_path, folder_plugin):
    folder_plugin("cli_broken", "raise RuntimeError('no luck')")
    said = run("apply", "cli_broken.x", photo, "-o", tmp_path / "o.png")
    assert said.code == 4
    assert "no luck" in said.err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything")
def test_an_input_that_may_not_be_read(run, photo, tmp_path):
    photo.chmod(0)
    said = run("apply", "denoise.tv", photo, "-o", tmp_path / "o.png")
    photo.chmod(0o600)
    assert said.code == 3
    assert "photo.png" in said.err


def test_damaged_weights(run, photo, tmp_path, classifier):
    classifier.write_bytes(classifier.read_bytes()[:-1] + b"!")
    said = run("apply", "attack.pgd", photo, "-o", tmp_path / "o.png", "--model", "cli_tiny.net")
    assert said.code == 4
    assert said.err.count("\n") == 1


def test_debug_shows_the_traceback(run, photo, tmp_path, rough):
    said = run("apply", "cli_rough.fail", photo, "-o", tmp_path / "o.png", "--debug")
    assert said.code == 1
    assert "Traceback" in said.err
    assert said.err.strip().splitlines()[-1].startswith("verilens: ")


SLOW = """
from desktop_app.api import Tool, hookimpl

def run(images, params, run):
    import time
    open({marker!r}, "w").close()
    while True:
        run.check()
        time.sleep(0.01)

@hookimpl
def verilens_tools():
    return [Tool(id="cli_slow.x", title="X", kind="restoration", summary="Waits.", version="1",
                 algorithm="cli_slow:run")]
"""


INTERRUPTS = """
from desktop_app.api import Tool, hookimpl

def run(images, params, run):
    raise KeyboardInterrupt

@hookimpl
def verilens_tools():
    return [Tool(id="cli_rude.x", title="X", kind="restoration", summary="Leaves.", version="1",
                 algorithm="cli_rude:run")]
"""


def test_a_plugin_that_interrupts_by_itself_is_at_fault(run, photo, tmp_path, folder_plugin):
    folder_plugin("cli_rude", INTERRUPTS)
    said = run("apply", "cli_rude.x", photo, "-o", tmp_path / "o.png")
    assert said.code == 1
    assert "cli_rude.x (plugin cli_rude" in said.err
    assert "got KeyboardInterrupt" in said.err


@pytest.mark.parametrize("wanted", ["float32", "bfloat16"])
def test_the_precision_of_networks_can_be_set(run, photo, tmp_path, wanted):
    said = run("apply", "denoise.tv", photo, "-o", tmp_path / "out.png", *TV, "--precision", wanted, "--json")
    assert said.json["precision"] == "float32", "a tool without a network has one precision only"
    assert run("apply", "denoise.tv", photo, "-o", tmp_path / "o.png", "--precision", "half").code == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_ctrl_c(photo, tmp_path, folder_plugin):
    marker = tmp_path / "running"
    folder_plugin("cli_slow", SLOW.format(marker=str(marker)))
    out = tmp_path / "o.png"
    process = subprocess.Popen(
        [sys.executable, "-m", "desktop_app.cli", "apply", "cli_slow.x", photo, "-o", out],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # A shell that starts the tests in the background has them ignore SIGINT, and their children with them.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - one call of the system's
    )
    deadline = time.monotonic() + 60
    while not marker.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert (said, err.count("\n")) == ("", 1)
    assert "cancelled" in err
    assert not out.exists()


def test_a_restoration_has_the_usual_prior(run, photo, tmp_path):
    said = run("apply", "restore.pnp", photo, "-o", tmp_path / "o.png", "-p", "degradation=noise", "-p", "iterations=2",
               "-p", "sigma=10", "--json")  # fmt: skip
    assert said.code == 0, said.err
    assert [target["tool"] for target in said.json["targets"]] == ["denoise.deep"]
    asked = run("apply", "uncertainty.tta", photo)
    assert asked.code == 2, "whom to question is for the user to say"
