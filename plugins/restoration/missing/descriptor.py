"""Filling missing values, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import NoParams, Tool, provides

verilens_tools = provides(__name__, Tool(
    id="inpaint.missing", title="Fill missing values", kind="restoration", version="1.0", params=NoParams, memory=8.0,
    takes_missing=True, keywords=("NaN", "infinity", "missing values", "no data", "dead pixels"),
    summary="Fills values that are no number (NaN, infinity) from their neighbours, and leaves all others as they are.",
    sources=(
        "Gortler et al. 1996, The lumigraph, section 3.6 (pull-push), doi:10.1145/237170.237200",
    ),
))
