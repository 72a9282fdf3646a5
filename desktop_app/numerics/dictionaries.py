"""Dictionaries of atoms, of which few make a patch: cosines, and what a photo itself teaches."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from desktop_app.numerics.borders import pad_to_grid
from desktop_app.numerics.opponent import from_opponent
from desktop_app.numerics.parallel import in_parallel, on_one_thread
from desktop_app.numerics.patches import sample_patches, without_means
from desktop_app.numerics.pursuit import Code, omp

__all__ = ["code_all", "learn_dictionary", "learn_from_photo", "overcomplete_dct", "photo_cosines"]

_SAMPLE = 131072  # patches of a photo looked at for learning
_LEARNT_FROM = 24576  # patches with something in them, learnt from
_PARTS = 2  # of these, a round learns from one: others come with the next
_PART = 4096  # signals coded between two looks at the user's wishes
_PAUSE = 32  # atoms updated between two of them


def overcomplete_dct(patch: int, count: int) -> Tensor:
    """Return cosines of `count` frequencies in each direction as atoms of unit length, of mean zero but for the first.

    Parameters
    ----------
    patch : int
        Side in pixels.
    count : int
        From `patch` on; more is finer spaced.

    Returns
    -------
    Tensor
        ``(K, patch²)`` float32, K = count² (Elad, Aharon 2006, section III).
    """
    place, frequency = torch.arange(patch, dtype=torch.float64), torch.arange(count, dtype=torch.float64)
    line = torch.cos(torch.pi * frequency[:, None] * (place + (0.5 if count == patch else 0.0)) / count)
    line[1:] -= line[1:].mean(1, keepdim=True)
    return torch.nn.functional.normalize(torch.kron(line, line), dim=1).float()


def photo_cosines(patch: int, channels: int) -> Tensor:
    """Return cosines for patches ``(K, channels·patch²)``, float32 of unit length: twice overcomplete in lightness.

    A colour photo has those of its lightness, the same in all channels, and a complete set in each opponent colour.
    """
    lightness = overcomplete_dct(patch, 2 * patch)
    if channels == 1:
        return lightness
    colour = overcomplete_dct(patch, patch)[1:]
    planes = zip(torch.eye(channels), (lightness, colour, colour), strict=True)
    atoms = torch.cat([torch.kron(axis[None], cosines) for axis, cosines in planes])
    return from_opponent(atoms.view(-1, channels, patch, patch)).flatten(1)


def learn_dictionary(
    signals: Tensor, atoms: Tensor, *, energy: float, most: int, rounds: int, parts: int = 1,
    told: Callable[[float], None],
) -> Tensor:
    """Return atoms that fit signals better than those given: K-SVD.

    Every round codes the signals by few atoms, then moves one atom after the other, with its coefficients, to where
    they explain most (the approximate update). An atom that nobody uses becomes the signal that is explained worst.

    Parameters
    ----------
    signals : Tensor
        ``(n, d)``.
    atoms : Tensor
        ``(K, d)`` of unit length, to begin with.
    energy : float
        Squared norm that a code may leave of a signal.
    most : int
        Atoms of a signal at most.
    rounds : int
        More fit better, by less and less.
    parts : int
        Into how many the signals are dealt; every round learns from the next one.
    told : callable
        Hears often how far the work is (0–1); may raise to stop.

    References
    ----------
    Aharon, Elad, Bruckstein 2006, K-SVD, doi:10.1109/TSP.2006.881199; Rubinstein, Zibulevsky, Elad 2008, Efficient
    implementation of the K-SVD algorithm, Technion CS-2008-08, algorithm 5
    """
    atoms = atoms.clone()
    dealt = [signals[part::parts] for part in range(min(parts, len(signals)))]
    for index in range(rounds if dealt else 0):
        part, check = dealt[index % len(dealt)], partial(told, index / rounds)
        code = code_all(part, atoms, energy, most, check)
        on_one_thread(partial(_update_atoms, part, atoms, code, check), signals.device)
    return atoms


def learn_from_photo(
    image: Tensor, patch: int, atoms: Tensor, *, energy: float, most: int, rounds: int, told: Callable[[float], None]
) -> Tensor:
    """Return atoms learnt from patches of a photo, less their means, that hold more than `energy`.

    The rest is as in `learn_dictionary`.

    Parameters
    ----------
    image : Tensor
        ``(C, H, W)``, noisy as it is.
    patch : int
        Side in pixels.
    atoms : Tensor
        ``(K, C·patch²)`` to begin with.
    """
    patches, _ = without_means(sample_patches(pad_to_grid(image, patch, 1), patch, _SAMPLE), len(image))
    patches = patches[patches.square().sum(1) > energy]
    patches = patches[:: max(1, len(patches) // _LEARNT_FROM)]
    parts = max(1, min(_PARTS, len(patches) // _PART))
    return learn_dictionary(patches, atoms, energy=energy, most=most, rounds=rounds, parts=parts, told=told)


def code_all(signals: Tensor, atoms: Tensor, energy: float, most: int, check: Callable[[], None]) -> Code:
    """Return what `omp` does of float signals ``(n, d)`` and atoms ``(K, d)``, in threads and with stops on the way."""
    parts = list[Code]()
    for part in in_parallel(partial(_code, atoms, energy, most), torch.split(signals, _PART), signals.device):
        check()
        parts.append(part)
    names = ("residuals", "counts", "indices", "coefficients")
    return Code(*(torch.cat([getattr(part, name) for part in parts]) for name in names))


def _code(atoms: Tensor, energy: float, most: int, signals: Tensor) -> Code:
    return omp(signals, atoms, energy, most)


def _update_atoms(signals: Tensor, atoms: Tensor, code: Code, check: Callable[[], None]) -> None:
    """Move each atom in place, with the residuals following (Rubinstein 2008, algorithm 5, lines 5 to 12)."""
    places = torch.arange(code.indices.shape[1], device=signals.device)
    users, slots = (places < code.counts[:, None]).nonzero(as_tuple=True)
    used, order = code.indices[users, slots].sort(stable=True)
    users, values = users[order], code.coefficients[users, slots][order]
    ends = torch.bincount(used, minlength=len(atoms)).cumsum(0).tolist()
    unused = list[int]()
    for index, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        if index % _PAUSE == 0:
            check()
        if start == end:
            unused.append(index)
        else:
            _update_atom(atoms[index], code.residuals, users[start:end], values[start:end])
    _replace(unused, atoms, signals, code.residuals)


def _update_atom(atom: Tensor, residuals: Tensor, users: Tensor, values: Tensor) -> None:
    error = residuals.index_select(0, users).addr_(values, atom)
    moved = values @ error
    length = moved.norm()
    if length > 0:
        atom.copy_(moved / length)
    residuals.index_copy_(0, users, error.addr_(error @ atom, atom, alpha=-1.0))


def _replace(unused: list[int], atoms: Tensor, signals: Tensor, residuals: Tensor) -> None:
    worst = residuals.square().sum(1).topk(min(len(unused), len(signals))).indices
    for index, signal in zip(unused, signals[worst], strict=False):
        if signal.norm() > 0:
            atoms[index] = signal / signal.norm()
