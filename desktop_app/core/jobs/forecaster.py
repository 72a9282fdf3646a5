"""What a request will take, before it runs: memory, tiles, time and the size of its result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from desktop_app.core.jobs.devices import resolve_device
from desktop_app.core.jobs.fitting import fitted, with_network
from desktop_app.core.jobs.handed import space_for
from desktop_app.core.jobs.loaded import Sizes, sizes_of, validate_params
from desktop_app.core.jobs.memory import Forecast
from desktop_app.core.jobs.ready import calls_of
from desktop_app.core.jobs.suppliers import plugin_name

if TYPE_CHECKING:
    from desktop_app.api.descriptors import Tool
    from desktop_app.core.imaging.raster import Raster
    from desktop_app.core.jobs.fits import Fits
    from desktop_app.core.jobs.request import ToolRequest
    from desktop_app.core.jobs.speeds import Speeds
    from desktop_app.core.jobs.suppliers import Networks, ToolSource

__all__ = ["Forecaster"]


class Forecaster:
    """Reckons with descriptors alone: no algorithm and no network is loaded.

    Parameters
    ----------
    tools : ToolSource
        The plugin host.
    networks : Networks
        The model store.
    fits, speeds : Fits, Speeds
        What the engine found of memory and time, which it goes on noting.
    """

    def __init__(self, tools: ToolSource, networks: Networks, fits: Fits, speeds: Speeds) -> None:
        self._tools, self._networks = tools, networks
        self._fits, self._speeds = fits, speeds

    def forecast(self, request: ToolRequest, raster: Raster, icc: bytes | None = None) -> Forecast:
        """Return the memory that a request will need, and its time where the tool ran here before.

        What a tool that it calls needs counts, too: the larger of the two.

        Parameters
        ----------
        request : ToolRequest
            The tool with all that decides its outcome.
        raster : Raster
            The picture.
        icc : bytes, optional
            The profile of its colours.

        Raises
        ------
        ParameterError
            If the request does not fit its tool.
        """
        own = self._plan(request, raster, icc)
        called = [self._plan(one, raster, icc).bytes_needed for one in calls_of(request, self._tools.tool)]
        seconds = self._speeds.seconds(request, resolve_device(request.device).type, raster.height * raster.width)
        return replace(own, bytes_needed=max(own.bytes_needed, *called, 0), seconds=seconds)

    def sizes(self, request: ToolRequest) -> tuple[Tool, Sizes]:
        """Return a request's tool as its network makes it, and its sizes; errors as those of `forecast`."""
        tool = self._tools.tool(request.tool)
        params = validate_params(tool, with_network(tool, request).params)
        tool = fitted(tool, params, self._networks)
        return tool, sizes_of(tool, params, plugin_name(self._tools, tool.id))

    def _plan(self, request: ToolRequest, raster: Raster, icc: bytes | None) -> Forecast:
        tool, sizes = self.sizes(request)
        shape = (1, raster.channels, raster.height, raster.width)
        return self._fits.plan(tool, request, sizes, shape, space_for(tool, icc, raster.channels)[0])
