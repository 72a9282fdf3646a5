"""Too little light, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides


class LowLightParams(Params):
    """Parameters of a photo in the dark."""

    exposure: float = param(-3.0, title="Exposure", unit="EV", ge=-12, le=4, soft=(-6, 0), step=0.5, help=(
        "How much light reaches the sensor, in stops; each step down is half of it, and noisier."
    ))
    full_well: float = param(
        2000.0, title="Electrons at white", unit="electrons", ge=10, le=1e6, soft=(200, 20000), log=True,
        help="How many electrons a white pixel of the well-exposed photo holds; more is less noisy.",
    )
    read_noise: float = param(4.0, title="Read noise", unit="electrons", ge=0, le=1000, soft=(0, 20), step=0.5, help=(
        "Standard deviation of what the sensor's electronics add; more is noisier in the shadows."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.low_light", title="Low light", kind="degradation", version="1.0", params=LowLightParams,
    stochastic=True, encoding="linear", memory=12.0,
    summary="Takes the photo again with too little light, with the noise that its sensor would have.",
    sources=(
        "Foi et al. 2008, Practical Poissonian-Gaussian noise modeling and fitting, "
        "doi:10.1109/TIP.2008.2001399",
    ),
))
