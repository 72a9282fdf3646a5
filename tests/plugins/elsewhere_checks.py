"""Every built-in tool keeps to the device of its photos, and does the same there; run by `test_devices`."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from desktop_app.api import Tool
from desktop_app.core.application import Application
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs import devices
from desktop_app.core.jobs.request import ModelSpec, TargetSpec, ToolRequest
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.testing.pictures import textured
from desktop_app.testing.running import Bench
from desktop_app.testing.trial import Trial, values_of
from tests.plugins.elsewhere import ELSEWHERE, Elsewhere
from tests.plugins.test_conformance import ASKED, NETWORKS, OF_MODELS, QUICKER, TOOLS, built_in_tools

QUESTIONS = [(tool, subject) for tool in built_in_tools() for subject in tool.subjects or (None,)]

_TURNED = 0.002  # of an attack's values: its steps are signs, and where a slope is next to nothing rounding decides


def _moved(classifier: LoadedClassifier) -> LoadedClassifier:
    for module in classifier.module.modules():
        for held in (module._parameters, module._buffers):
            held.update({name: None if value is None else value.detach().to(ELSEWHERE) for name, value in held.items()})
    return classifier


@pytest.fixture(autouse=True)
def known_device(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [devices.DeviceInfo(str(device), "") for device in (torch.device("cpu"), ELSEWHERE)]
    monkeypatch.setattr(devices, "available_devices", lambda: known)
    # A network's parameters cannot become tensors of another class in place.
    monkeypatch.setattr(torch.__future__, "_overwrite_module_params_on_conversion", True)


def test_tensors_of_two_devices_do_not_mix() -> None:
    with Elsewhere():
        there = torch.ones(3).to(ELSEWHERE)
        assert (there + torch.tensor(1.0)).cpu().tolist() == [2.0, 2.0, 2.0]
        with pytest.raises(RuntimeError, match="expected all tensors elsewhere"):
            there + torch.ones(3)
        with pytest.raises(TypeError, match=r"Tensor\.cpu\(\)"):
            there.numpy()


@pytest.mark.parametrize(("tool", "subject"), QUESTIONS, ids=lambda value: getattr(value, "id", value))
def test_a_tool_keeps_to_the_device_of_its_photos(tool: Tool, subject: str | None) -> None:
    images, params = textured(3, 24, 20), QUICKER.get(tool.id, {})
    bench, models = Bench(tool, TOOLS, NETWORKS), deepcopy(tuple(OF_MODELS.get(tool.id, ())))
    targets = tuple(ASKED.get(tool.id, ()))
    here = values_of(Trial(bench, subject, params, targets, models).call(images))
    with Elsewhere():
        trial = Trial(bench, subject, params, targets, models)
        vars(trial)["classifiers"] = tuple(map(_moved, trial.classifiers))
        there = values_of(trial.call(images.to(ELSEWHERE)))
        assert {name: value.device for name, value in there.items()} == dict.fromkeys(here, ELSEWHERE)
        for name, value in here.items():
            assert there[name].shape == value.shape, name
            is_same = torch.isclose(there[name].cpu(), value, atol=1e-4, rtol=0.0)
            assert float((~is_same).float().mean()) <= (_TURNED if tool.kind == "attack" else 0.0), name


@pytest.mark.parametrize(
    ("tool", "params", "more"),
    [
        ("denoise.tv", {}, {"tile": 48}),
        ("attack.pgd", {"steps": 3}, {"subjects": (ModelSpec("classify.cifar10_resnet"),)}),
        ("uncertainty.mc_dropout", {"passes": 3}, {"subjects": (ModelSpec("classify.cifar10_resnet"),)}),
        ("uncertainty.tta", {}, {"subjects": (TargetSpec("denoise.tv"),)}),
    ],
)
def test_the_engine_hands_photos_and_networks_over(
    tool: str, params: dict[str, Any], more: dict[str, Any], tmp_path: Path
) -> None:
    planes = textured(3, 60, 70)[0].permute(1, 2, 0).contiguous().numpy()
    photo = Raster(np.rint(planes * 255).astype(np.uint8))
    application = Application(tmp_path)
    here = application.engine.run(ToolRequest(tool, params, device="cpu", **more), photo)
    with Elsewhere():
        there = application.engine.run(ToolRequest(tool, params, device=str(ELSEWHERE), **more), photo)
    application.close()
    assert there.record.device == str(ELSEWHERE)
    assert [layer.name for layer in there.maps] == [layer.name for layer in here.maps]
    for ours, theirs in zip(here.maps, there.maps, strict=True):
        np.testing.assert_allclose(theirs.values, ours.values, atol=1e-3)
    if here.raster is not None:
        assert there.raster is not None
        np.testing.assert_allclose(there.raster.planes(), here.raster.planes(), atol=1e-4)
