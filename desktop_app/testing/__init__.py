"""The published conformance kit: what the host asks of every tool, as checks that a plugin's author can run.

One test covers a tool::

    import pytest
    from desktop_app.testing import conformance_cases
    from mine.descriptor import verilens_tools

    @pytest.mark.parametrize("case", conformance_cases(verilens_tools()[0]), ids=str)
    def test_conformance(case):
        case()

`check_tool` gives the same as a list of findings, one a cause, and `check_model` those of a network. `call_tool` calls
a tool directly, for tests of one's own.
"""

from __future__ import annotations

from desktop_app.testing.conformance import Case, check_model, check_tool, conformance_cases
from desktop_app.testing.findings import Finding
from desktop_app.testing.running import Bench, call_tool
from desktop_app.testing.subjects import BLUR, toy_classifier

__all__ = [
    "BLUR", "Bench", "Case", "Finding", "call_tool", "check_model", "check_tool", "conformance_cases", "toy_classifier",
]
