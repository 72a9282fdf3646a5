"""Which device is meant, on machines of every kind."""

from __future__ import annotations

import pytest
import torch

from desktop_app.api.errors import ParameterError
from desktop_app.core.jobs.choices import machine
from desktop_app.core.jobs.devices import available_devices, resolve_device


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"GPU {index}")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(("wanted", "meant"), [("auto", "cuda:0"), ("cuda", "cuda:0"), ("cuda:1", "cuda:1"),
                                               ("cpu", "cpu")])  # fmt: skip
def test_the_fastest_kind_is_first(wanted: str, meant: str) -> None:
    assert str(resolve_device(wanted)) == meant
    assert [device.id for device in available_devices()] == ["cuda:0", "cuda:1", "cpu"]
    assert available_devices()[1].title == "GPU 1"


@pytest.mark.usefixtures("two_gpus")
def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(ParameterError, match="out of auto, cuda:0, cuda:1, cpu, got 'mps'"):
        resolve_device("mps")


def test_an_apple_gpu_goes_before_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert [device.id for device in available_devices()] == ["mps", "cpu"]
    assert str(torch.get_num_threads()) in available_devices()[-1].title


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(("device", "processor"), [("cuda:1", "GPU cuda:1"),
                                                   ("cpu", torch.backends.cpu.get_cpu_capability())])  # fmt: skip
def test_a_precision_is_chosen_for_processor_threads_and_torch(device: str, processor: str) -> None:
    assert machine(device) == {
        "torch": str(torch.__version__), "device": device.partition(":")[0], "processor": processor,
        "threads": torch.get_num_threads(),
    }  # fmt: skip
