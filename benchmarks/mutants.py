"""Put deliberate faults into chosen lines, one at a time, and see whether the tests notice.

``python -m benchmarks.mutants [--only core/jobs]… [--sample 40] [--seed 0] [--tests PATH]…`` prints one line a fault,
each survivor as a diff, and the share that was caught. It works in a copy of the tree: the checkout is never touched.
The tests that mirror a room run once without a fault, to note which functions each calls (``benchmarks.calls``). Each
fault then runs those that call its function, the likeliest to notice first, in a process of its own with a limit of
time; one that hangs counts as caught, and is counted apart. Up to the test that failed they are run again without the
fault: where it fails then, too, nothing was noticed. Tests marked as slow are left out: what they alone notice is
missed.

No fault is put where none can change what a program does or promises: annotations and ``TYPE_CHECKING`` (never run),
decorators (``frozen=`` and ``eq=`` keep programmers from mistakes), docstrings and the words of a message or error (no
test should repeat a sentence), ``strict=`` of ``zip`` (a check of what holds) and ``encoding=`` (the default here).
"""

from __future__ import annotations

import argparse
import ast
import difflib
import gc
import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks.calls import Calls, Recorder
from benchmarks.waits import Waits

ROOT = Path(__file__).resolve().parent.parent
_OF_WINDOW = tuple(str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests" / "gui").glob("test_*.py")))
ROOMS = {
    "core/jobs": ("tests/core/jobs",),
    "core/document": ("tests/core/document",),
    "core/steps": ("tests/core/steps", "tests/cli/test_apply.py"),
    "gui/steps": _OF_WINDOW,
    "gui/documents": _OF_WINDOW,
    "gui/measures": _OF_WINDOW,
    "gui/setup": _OF_WINDOW,
}
"""Rooms below ``desktop_app`` with the tests that are to notice a fault in them."""

_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "demo-output")
_SLACK = 30.0  # seconds beyond twice what the tests take without a fault: the start, and what else the machine does
_AT_MOST = 7200.0  # seconds for the tests of a room
_OTHERS = ("pytest", "hypothesis.extra.numpy", "torch", "PySide6.QtTest", "PySide6.QtWidgets")
_TOLD = "told.txt"  # what the last tests printed
_FAILED = "failed.txt"  # which of them failed
_FEW = 3  # tests that may fail without a fault, on a machine with other work, and are left out
_WORDS = {"passed": "survived", "unsure": "unsure"}  # a verdict on tests as one on a fault that they did not catch
_WITHOUT_EFFECT = ("strict", "encoding")
_COMPARED = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}
_COMPUTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
             ast.Mod: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One fault: a file, where in it, what was there and what is there now."""

    file: Path
    line: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}"

    def diff(self) -> str:
        """Return the fault as a unified diff without context."""
        old, new = (text.splitlines(keepends=True) for text in (self.before, self.after))
        lines = difflib.unified_diff(old, new, str(self), str(self), n=0)
        return "".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def mutants_of(file: Path) -> list[Mutant]:
    """Return every fault that can be put into a file."""
    source = file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    ignored = {id(node) for part in ast.walk(tree) for node in _ignored_below(part)}
    found = []
    for node in ast.walk(tree):
        if id(node) not in ignored:
            for place, code in _changes(node):
                after = _spliced(source, place, code)
                if after != source and _compiles(after):
                    found.append(Mutant(file, place.lineno, source, after))
    return found


def _ignored_below(part: ast.AST) -> Iterator[ast.AST]:
    """Yield what is not run or says no more than a sentence: annotations, decorators, docstrings, messages, guards."""
    roots: list[ast.AST | None] = []
    if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
        arguments = [*part.args.posonlyargs, *part.args.args, *part.args.kwonlyargs]
        roots += [part.returns, *(argument.annotation for argument in arguments)]
    if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        roots += part.decorator_list
    if isinstance(part, ast.AnnAssign):
        roots.append(part.annotation)
    if isinstance(part, ast.Raise):
        roots.append(part.exc)
    if isinstance(part, ast.keyword) and part.arg in _WITHOUT_EFFECT:
        roots.append(part.value)
    if isinstance(part, ast.JoinedStr):
        roots += part.values
    if isinstance(part, ast.If) and ast.unparse(part.test) == "TYPE_CHECKING":
        roots.append(part)
    if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant):
        roots.append(part)
    for root in roots:
        if root is not None:
            yield from ast.walk(root)


def _changes(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Yield each place in this node that can be changed, with the code to stand there."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED:
        ops = [_COMPARED[type(node.ops[0])](), *node.ops[1:]]
        yield node, ast.unparse(ast.Compare(node.left, ops, node.comparators))
    elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        yield node, f"({ast.unparse(ast.BinOp(node.left, _COMPUTED[type(node.op)](), node.right))})"
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield node, f"({ast.unparse(ast.BoolOp(other, node.values))})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, ast.unparse(node.operand)
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        yield node.test, f"(not ({ast.unparse(node.test)}))"
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        yield node, repr(not node.value if isinstance(node.value, bool) else node.value + 1)
    elif isinstance(node, ast.Return) and node.value is not None and ast.unparse(node.value) != "None":
        yield node, "return None"
    elif isinstance(node, ast.AugAssign | ast.Raise | ast.Expr):
        yield node, "pass"
    elif isinstance(node, ast.Call):
        for index, keyword in enumerate(node.keywords):
            if keyword.arg is not None and keyword.arg not in _WITHOUT_EFFECT:
                kept = node.keywords[:index] + node.keywords[index + 1 :]
                yield node, ast.unparse(ast.Call(node.func, node.args, kept))


def _spliced(source: str, place: ast.expr | ast.stmt, code: str) -> str:
    """Return the source with other code in place of a node; positions are counted in bytes."""
    assert place.end_lineno is not None  # parsed from text
    assert place.end_col_offset is not None
    lines = source.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: place.lineno - 1])) + place.col_offset
    end = sum(map(len, lines[: place.end_lineno - 1])) + place.end_col_offset
    whole = source.encode()
    return (whole[:start] + code.encode() + whole[end:]).decode()


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def calls_of(tests: Sequence[str], copy: Path) -> Calls:
    """Run tests in a copy of the tree, without a fault, and return which functions each of them calls.

    They leave compiled files for the runs that come after them.
    """
    notes = copy / "calls.json"
    run(copy, tests, _AT_MOST, Recorder(copy / "desktop_app", notes))
    calls = Calls.read(notes) if notes.exists() else None
    if calls is None or len(calls.failed) > _FEW:
        told = (copy / _TOLD).read_text(encoding="utf-8")
        sys.exit(f"{told}\nexpected {', '.join(tests)} to pass without a fault; mend them first")
    for test in calls.failed:
        print(f"left out, since it fails without a fault: {test}", flush=True)
    return calls


def run(
    copy: Path, tests: Sequence[str], limit: float, recorder: Recorder | None = None,
    seconds: Mapping[str, float] = MappingProxyType({}),
) -> str:  # fmt: skip
    """Run tests in a copy of the tree, in a fork of this process: ``passed``, ``failed`` or ``timed out``.

    With the seconds that each takes, they wait no longer than that wants; see ``benchmarks.waits``.
    """
    child = os.fork()
    if child == 0:
        plugins = [Waits(copy / _FAILED, seconds), *([recorder] if recorder else [])]
        os._exit(_tested(copy, tests, plugins))
    ends = time.monotonic() + limit
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "passed" if status == 0 else "failed"
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timed out"


def _tested(copy: Path, tests: Sequence[str], plugins: Sequence[object]) -> int:
    """Run pytest in this process, unheard and in a group of its own, and return its exit status."""
    import pytest

    gc.freeze()  # what was imported before the fork is no test's garbage
    os.setpgid(0, 0)
    os.chdir(copy)
    told = os.open(copy / _TOLD, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(told, 1)
    os.dup2(told, 2)
    sys.path[:] = [str(copy), *(path for path in sys.path if Path(path or ".").resolve() != ROOT)]
    os.environ |= {"PYTHONPATH": str(copy), "QT_QPA_PLATFORM": "offscreen"}
    is_recorded = any(isinstance(plugin, Recorder) for plugin in plugins)
    if not is_recorded:
        sys.dont_write_bytecode = True  # two faults of one length within a second would share it
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    for name in [name for name in sys.modules if name.partition(".")[0] == "benchmarks"]:
        del sys.modules[name]
    plain = ["-q", "-m", "not slow", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:anyio"]
    plain += [] if is_recorded else ["-x"]
    plain += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # hypothesis is there already
    try:
        return int(pytest.main([*plain, *tests], plugins))
    except BaseException:  # noqa: BLE001 - whatever ends the tests has noticed the fault
        return 1


def main() -> None:
    """Choose, try and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", metavar="ROOM", help=f"out of {', '.join(ROOMS)}, or a file below")
    parser.add_argument("--sample", type=int, default=60, help="how many faults, drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    parser.add_argument("--tests", action="append", metavar="PATH", help="that are to notice, in place of the room's: "
                        "sooner done, and what others notice is missed")
    given = parser.parse_args()
    roots = [ROOT / "desktop_app" / name for name in given.only or ROOMS]
    files = [path for root in roots for path in ([root] if root.is_file() else sorted(root.rglob("*.py")))]
    if not files:
        parser.error(f"expected rooms out of {', '.join(ROOMS)}, got {', '.join(given.only)}")
    mutants = [mutant for file in files for mutant in mutants_of(file)]
    chosen = random.Random(given.seed).sample(mutants, min(given.sample, len(mutants)))
    print(f"{len(chosen)} of {len(mutants)} faults in {len(files)} files, seed {given.seed}", flush=True)
    verdicts = dict(_tried(chosen, tuple(given.tests or ())))
    survivors = [mutant for mutant, verdict in verdicts.items() if verdict in _WORDS]
    for mutant in survivors:
        print(f"\n{_WORDS[verdicts[mutant]]} {mutant}\n{mutant.diff()}", end="")
    caught, late = len(chosen) - len(survivors), list(verdicts.values()).count("timed out")
    print(f"\ncaught {caught} of {len(chosen)} ({caught / max(1, len(chosen)):.0%}), {late} of them by the time limit")


def _tried(chosen: Sequence[Mutant], given: tuple[str, ...]) -> Iterator[tuple[Mutant, str]]:
    """Try each fault in a copy of the tree, by the tests given or else its room's, and yield it with what they said."""
    for name in _OTHERS:
        importlib.import_module(name)  # once: each fork has it
    os.environ.setdefault("VERILENS_DATA", str(ROOT.parent / "shared" / "data"))
    calls: dict[tuple[str, ...], Calls] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT, symlinks=True)
        for number, mutant in enumerate(chosen, 1):
            wanted = given or _tests_of(mutant.file)
            if wanted not in calls:
                calls[wanted] = calls_of(wanted, copy)
            known, target = calls[wanted], copy / mutant.file.relative_to(ROOT)
            tests = known.tests_of(target, mutant.line)
            written = target.stat()
            target.write_text(mutant.after, encoding="utf-8")
            limit = 2.0 * sum(known.seconds[test] for test in tests) + _SLACK
            verdict = run(copy, tests, limit, seconds=known.seconds)
            target.write_text(mutant.before, encoding="utf-8")
            os.utime(target, ns=(written.st_atime_ns, written.st_mtime_ns))  # its compiled file is good again
            if verdict == "failed" and not _noticed(copy, tests):
                verdict = "unsure"
            print(f"{number:4} {_WORDS.get(verdict, verdict):9} {mutant}", flush=True)
            yield mutant, verdict


def _tests_of(file: Path) -> tuple[str, ...]:
    return next(tests for room, tests in ROOMS.items() if file.is_relative_to(ROOT / "desktop_app" / room))


def _noticed(copy: Path, tests: Sequence[str]) -> bool:
    """Whether the same tests, up to the one that failed, pass without the fault; if none began, that was noticed."""
    failed = copy / _FAILED
    if not failed.exists():
        return True
    last = failed.read_text(encoding="utf-8")
    return run(copy, tests[: tests.index(last) + 1], _AT_MOST) == "passed"


if __name__ == "__main__":
    main()
