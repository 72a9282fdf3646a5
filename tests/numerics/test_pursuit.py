"""Sparse codes against literal algorithms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from desktop_app.numerics.dictionaries import code_all, learn_dictionary, overcomplete_dct
from desktop_app.numerics.pursuit import lasso, noise_energy, omp


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def literal_omp(signal: np.ndarray, atoms: np.ndarray, energy: float, most: int) -> np.ndarray:
    """One signal, least squares on the chosen atoms, in double precision."""
    chosen: list[int] = []
    residual, code = signal, np.zeros(len(atoms))
    while residual @ residual > energy and len(chosen) < most:
        chosen.append(int(np.abs(atoms @ residual).argmax()))
        values, *_ = np.linalg.lstsq(atoms[chosen].T, signal, rcond=None)
        residual = signal - values @ atoms[chosen]
        code = np.zeros(len(atoms))
        code[chosen] = values
    return code


def dense(indices: Tensor, coefficients: Tensor, atoms: int) -> Tensor:
    return torch.zeros(len(indices), atoms).scatter_add_(1, indices, coefficients)


def test_omp_is_the_literal_algorithm() -> None:
    atoms, signals = normalize(random(40, 16), dim=1), random(60, 16, seed=1)
    signals[::7] *= 0.1
    code = omp(signals, atoms, 1.5, 6)
    got = dense(code.indices, code.coefficients, 40)
    for row, signal in zip(got, signals, strict=True):
        expected = literal_omp(signal.double().numpy(), atoms.double().numpy(), 1.5, 6)
        np.testing.assert_allclose(row.numpy(), expected, atol=1e-4)
    torch.testing.assert_close(got @ atoms + code.residuals, signals, atol=1e-5, rtol=0)
    assert code.counts.equal((got != 0).sum(1))


def test_a_signal_does_not_depend_on_those_beside_it() -> None:
    atoms, signals = normalize(random(64, 25), dim=1), random(3000, 25, seed=1)
    signals[::3] *= 0.2
    together, apart = omp(signals, atoms, 2.0, 8), [omp(part, atoms, 2.0, 8) for part in signals.split(700)]
    for name in ("residuals", "counts", "coefficients"):
        torch.testing.assert_close(getattr(together, name), torch.cat([getattr(code, name) for code in apart]))
    places = torch.arange(8)
    assert not bool(together.indices[places >= together.counts[:, None]].any())
    energies = together.residuals.square().sum(1)
    assert bool(((energies <= 2.0 + 1e-4) | (together.counts == 8)).all())
    assert 0 < int((together.counts == 0).sum()) < 1000 < int((together.counts == 8).sum()) + 2000


def test_no_more_atoms_are_taken_than_a_signal_has_values() -> None:
    atoms, signals = normalize(random(20, 4), dim=1), random(50, 4, seed=1)
    code = omp(signals, atoms, 0.0, 9)
    assert code.indices.shape == (50, 9)
    assert int(code.counts.max()) == 4
    torch.testing.assert_close(code.residuals, torch.zeros(50, 4), atol=1e-4, rtol=0)


def test_where_no_atom_may_be_taken_everything_is_left() -> None:
    signals = random(5, 4)
    code = omp(signals, normalize(random(6, 4), dim=1), 0.0, 0)
    assert code.residuals.equal(signals)
    assert code.indices.shape == (5, 0)


@pytest.mark.parametrize("count", [1, 2, 7, 1000, 1024, 1025])
def test_the_first_atom_is_the_most_alike_of_however_many(count: int) -> None:
    signals, atoms = random(500, 30), normalize(random(count, 30, seed=1), dim=1)
    code = omp(signals, atoms, 0.0, 1)
    likeness = (signals @ atoms.T).abs()
    chosen = likeness.gather(1, code.indices)[:, 0]
    assert bool((chosen >= likeness.amax(1) * (1.0 - 2.0**-11)).all())


def test_atoms_that_span_too_little_do_no_harm() -> None:
    atoms = normalize(torch.tensor([[1.0, 0.0, 0.0], [1.0, 1e-7, 0.0]]), dim=1)
    code = omp(torch.ones(2, 3), atoms, 1e-6, 3)
    torch.testing.assert_close(code.residuals, torch.tensor([[0.0, 1.0, 1.0]]).expand(2, 3), atol=1e-5, rtol=0)
    assert bool(code.coefficients.isfinite().all())


@pytest.mark.parametrize("count", [8, 16])
def test_cosines_have_unit_length_and_no_mean(count: int) -> None:
    atoms = overcomplete_dct(8, count)
    assert atoms.shape == (count**2, 64)
    torch.testing.assert_close(atoms.norm(dim=1), torch.ones(count**2))
    torch.testing.assert_close(atoms[1:].sum(1), torch.zeros(count**2 - 1), atol=1e-5, rtol=0)
    if count == 8:
        torch.testing.assert_close(atoms @ atoms.T, torch.eye(64), atol=1e-5, rtol=0)


def test_learning_finds_the_atoms_that_made_the_signals() -> None:
    truth = normalize(random(24, 16), dim=1)
    rows = torch.rand(3000, 24, generator=torch.Generator().manual_seed(2)).argsort(1)[:, :2]
    signals = torch.einsum("nk,nkd->nd", random(3000, 2, seed=3), truth[rows])
    learnt = learn_dictionary(
        signals, normalize(random(24, 16, seed=4), dim=1), energy=1e-6, most=2, rounds=40, told=lambda _: None
    )
    found = (truth @ learnt.T).abs().amax(1)
    assert float((found > 0.99).float().mean()) > 0.8
    torch.testing.assert_close(learnt.norm(dim=1), torch.ones(24))


def test_every_round_of_learning_explains_more() -> None:
    signals = random(400, 16) @ random(16, 16, seed=1)
    atoms = normalize(random(20, 16, seed=2), dim=1)
    left = []
    for rounds in (0, 1, 5):
        learnt = learn_dictionary(signals, atoms, energy=0.0, most=3, rounds=rounds, told=lambda _: None)
        left.append(float(code_all(signals, learnt, 0.0, 3, lambda: None).residuals.square().mean()))
    assert left[0] > left[1] > left[2]


def test_learning_from_nothing_changes_nothing() -> None:
    atoms = overcomplete_dct(4, 8)
    assert learn_dictionary(torch.empty(0, 16), atoms, energy=1.0, most=2, rounds=3, told=lambda _: None).equal(atoms)


def test_tolerance_keeps_pure_noise_out() -> None:
    noise = torch.randn(4000, 192, generator=torch.Generator().manual_seed(0))
    for size in (64, 192):
        kept = (noise[:, :size].square().sum(1) > noise_energy(1.0, 1.15, size)).float().mean()
        assert 0.02 < float(kept) < 0.06


def test_the_lasso_meets_its_conditions() -> None:
    """Where a coefficient is not zero the residual's correlation is the penalty, elsewhere it is less."""
    atoms, signals = normalize(random(40, 16), dim=1), random(50, 16, seed=1)
    codes = lasso(signals, atoms, 0.4, 2000)
    correlations = (signals - codes @ atoms) @ atoms.T
    assert float(correlations.abs().max()) < 0.4 + 1e-3
    used = codes.abs() > 1e-3
    torch.testing.assert_close(correlations[used], 0.4 * codes[used].sign(), atol=2e-3, rtol=0)
    assert 0 < int(used.sum()) < codes.numel() / 2


def test_a_high_penalty_leaves_nothing() -> None:
    assert not lasso(random(5, 16), normalize(random(20, 16, seed=1), dim=1), 100.0, 10).any()
