"""Calibration figures agree with torchmetrics' on the same logits."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from desktop_app.core.lab import calibration
from desktop_app.core.models.community import library

CLASSES = 7


@pytest.mark.filterwarnings("ignore")  # of libraries that we only compare with
def test_figures_are_those_of_torchmetrics() -> None:
    library("torchvision")  # which torchmetrics imports, and which alone would fail beside a CPU build of torch
    functional = pytest.importorskip("torchmetrics.functional.classification")
    generator = torch.Generator().manual_seed(0)
    logits = 2.0 * torch.randn(3000, CLASSES, generator=generator)
    answers = torch.multinomial((0.7 * logits).softmax(1), 1, generator=generator)[:, 0]
    shares, classes = calibration.softmax(logits.numpy()), answers.numpy()
    theirs = functional.multiclass_calibration_error(logits.softmax(1), answers, CLASSES, n_bins=15, norm="l1")
    assert calibration.ece(shares, classes) == pytest.approx(float(theirs), abs=1e-4)
    right = functional.multiclass_accuracy(logits, answers, CLASSES, average="micro")
    assert calibration.accuracy(shares, classes) == pytest.approx(float(right), abs=1e-4)
    likelihood = torch.nn.functional.cross_entropy(logits, answers)
    assert calibration.nll(shares, classes) == pytest.approx(float(likelihood), abs=1e-4)
    known, unknown = np.random.default_rng(0).normal([[0.0], [1.0]], 1.0, (2, 500))
    labels = torch.tensor([0] * 500 + [1] * 500)
    area = functional.binary_auroc(torch.sigmoid(torch.from_numpy(np.concatenate([known, unknown]))), labels)
    assert calibration.auroc(known, unknown) == pytest.approx(float(area), abs=1e-4)
