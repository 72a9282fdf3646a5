"""Four architectures of classifiers that files of users may be of."""

from __future__ import annotations

from desktop_app.api import Model, hookimpl

_HERE = "plugins.classification.networks"


@hookimpl
def verilens_models() -> list[Model]:
    """Return the architectures; preprocessing and, of those for CIFAR-10, labels are part of each."""
    return [
        Model(
            id="classify.cifar_resnet", title="CIFAR ResNet", task="classifier", builder=f"{_HERE}.cifar_resnet:build",
            keys=("conv1.weight", "bn1.running_mean", "layer3.0.bn2.weight", "linear.weight"),
            aliases=tuple(f"resnet{depth}{end}" for depth in (20, 32, 44, 56, 110) for end in ("", "_cifar10")),
            sources=("He et al. 2016, Deep residual learning for image recognition, section 4.2, "
                     "doi:10.1109/CVPR.2016.90",),
        ),
        Model(
            id="classify.resnet4b", title="ResNet4b", task="classifier", builder=f"{_HERE}.resnet4b:build",
            keys=("conv1.bias", "layer1.0.shortcut.0.bias", "linear1.weight", "linear2.weight"),
            aliases=("robust_resnet4b", "resnet4b_cifar10"),
            sources=("Wang et al. 2021, Beta-CROWN: Efficient bound propagation, arXiv:2103.06624",),
        ),
        Model(
            id="classify.squeezenet_caffe", title="SqueezeNet 1.1 (Caffe)", task="classifier",
            builder=f"{_HERE}.squeezenet:build", keys=("fire2/squeeze1x1.weight", "fire9/expand3x3.weight"),
            aliases=("squeezenet_v1.1",),
            sources=("Iandola et al. 2016, SqueezeNet: AlexNet-level accuracy with 50x fewer parameters, "
                     "arXiv:1602.07360",),
        ),
        Model(
            id="classify.mcunet", title="MCUNet 320 KB", task="classifier", builder=f"{_HERE}.mcunet:build",
            keys=("first_conv.conv.weight", "blocks.17.mobile_inverted_conv.point_linear.conv.weight"),
            aliases=("mcunet-in3", "mcunet-320kb-1mb_imagenet"),
            sources=("Lin et al. 2020, MCUNet: Tiny deep learning on IoT devices, arXiv:2007.10319",),
        ),
    ]
