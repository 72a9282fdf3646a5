"""What is said of a difference is true at the ends, too."""

from __future__ import annotations

import pytest

from desktop_app.core.steps.gaps import share_text


@pytest.mark.parametrize(("share", "text"), [
    (0.0, "0.0%"), (1e-6, "0.0001%"), (0.00099, "0.10%"), (0.001, "0.1%"), (0.4999, "50.0%"), (1.0, "100.0%"),
])  # fmt: skip
def test_a_share_is_no_nought_where_it_is_something(share: float, text: str) -> None:
    assert share_text(share) == text
