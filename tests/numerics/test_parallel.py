"""Pieces of work side by side: in order, faults included, and nothing left behind."""

from __future__ import annotations

import threading

import pytest
import torch

from desktop_app.numerics.parallel import in_parallel, on_one_thread

CPU = torch.device("cpu")


def test_results_come_in_order() -> None:
    assert list(in_parallel(lambda n: n + 1, range(50), CPU)) == list(range(1, 51))


def test_nothing_to_do() -> None:
    assert list(in_parallel(lambda n: n, [], CPU)) == []


def test_faults_pass_and_threads_end() -> None:
    def work(n: int) -> int:
        if n == 3:
            raise ValueError("three")
        return n

    before, count = threading.active_count(), torch.get_num_threads()
    with pytest.raises(ValueError, match="three"):
        list(in_parallel(work, range(100), CPU))
    assert threading.active_count() == before
    assert torch.get_num_threads() == count


def test_every_piece_has_one_thread_and_the_callers_gradients() -> None:
    def work(_: int) -> tuple[int, bool]:
        return torch.get_num_threads(), torch.is_grad_enabled()

    count = torch.get_num_threads()
    with torch.no_grad():
        assert set(in_parallel(work, range(8), CPU)) == {(1, False)}
    assert {enabled for _, enabled in in_parallel(work, range(8), CPU)} == {True}
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert seen == [count]


def test_one_thread_is_one_and_the_others_come_back() -> None:
    before = torch.get_num_threads()
    with torch.no_grad():
        assert on_one_thread(lambda: (torch.get_num_threads(), torch.is_grad_enabled()), CPU) == (1, False)
    assert torch.get_num_threads() == before
