"""Three architectures that files of users may be of; the plugin author's guide shows this file."""

from __future__ import annotations

from desktop_app.api import Model, hookimpl

_HERE = "plugins.restoration.networks"


@hookimpl
def verilens_models() -> list[Model]:
    """Return the architectures: a file whose names include an architecture's keys is one of it."""
    return [
        Model(
            id="superres.imdn", title="IMDN", task="restoration", builder=f"{_HERE}.imdn:build", scale=2,
            keys=("fea_conv.weight", "IMDB1.c1.weight", "upsampler.0.weight"), aliases=("IMDN_x2", "IMDN_x4"),
            sources=("Hui et al. 2019, Lightweight image super-resolution with information multi-distillation network, "
                     "arXiv:1909.11856",),
        ),
        Model(
            id="dehaze.aod_net", title="AOD-Net", task="restoration", builder=f"{_HERE}.aod_net:build", reach=7,
            keys=("e_conv1.weight", "e_conv5.weight"), aliases=("AODNet", "dehazer"),
            sources=("Li et al. 2017, AOD-Net: All-in-one dehazing network, doi:10.1109/ICCV.2017.511",),
        ),
        Model(
            id="derain.prenet", title="PReNet", task="restoration", builder=f"{_HERE}.prenet:build", reach=78,
            keys=("conv0.0.weight", "conv_i.0.weight", "conv_o.0.weight"), aliases=("PReNet_r",),
            sources=("Ren et al. 2019, Progressive image deraining networks: A better and simpler baseline, "
                     "arXiv:1901.09221",),
        ),
    ]
