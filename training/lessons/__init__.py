"""The lessons of the learnt restorers, by the name of the folder of ``resources/weights`` that comes of each."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from training.lesson import Lesson

__all__ = ["LESSONS", "lesson_of"]

LESSONS: Mapping[str, tuple[str, str]] = {
    "denoise_deep": ("the network of denoise.deep", "denoise_deep:LESSON"),
    "restore_all_in_one": ("what recognises the damage for restore.all_in_one", "all_in_one:LESSON"),
    "denoise_dncnn": ("the network of denoise.dncnn", "denoising:DNCNN"),
    "denoise_autoencoder": ("the network of denoise.autoencoder", "denoising:AUTOENCODER"),
    "denoise_mlp": ("the network of denoise.mlp", "denoising:MLP"),
    "superres_srcnn": ("the network of superres.srcnn", "enlarging:SRCNN"),
    "superres_vdsr": ("the network of superres.vdsr", "enlarging:VDSR"),
    "derain_progressive": ("the network of derain.progressive", "derain_progressive:LESSON"),
    "lowlight_enlightengan": ("the network of lowlight.enlightengan", "enlightengan:LESSON"),
    "lowlight_curve": ("the network of lowlight.curve", "curve:LESSON"),
    "learnt_blind": ("the network of deblur.learnt_blind", "learnt_blind:LESSON"),
    "learnt_blind_text": ("the same, of pages of text alone", "learnt_blind:TEXT"),
    "deblur_dcnn": ("the denoising part of deblur.dcnn", "deblur_dcnn:LESSON"),
    "motion_field": ("the network of deblur.motion_field", "motion_field:LESSON"),
    "deblur_gan": ("the network of deblur.gan", "deblur_gan:LESSON"),
    "deblur_multiscale": ("the network of deblur.multiscale", "deblur_multiscale:LESSON"),
    "derain_raindrop": ("the network of derain.raindrop", "derain_raindrop:LESSON"),
    "underwater_deep": ("the network of underwater.deep", "underwater_deep:LESSON"),
    "dehaze_aod": ("the network of dehaze.aod", "dehaze_aod:LESSON"),
}
"""What for, in a few words, and where the `Lesson` stands: a module of this package and a name in it."""


def lesson_of(name: str) -> Lesson:
    """Return a lesson by its name."""
    module, _, attribute = LESSONS[name][1].partition(":")
    lesson: Lesson = getattr(import_module(f"{__name__}.{module}"), attribute)
    return lesson
