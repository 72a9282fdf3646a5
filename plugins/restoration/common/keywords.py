"""The everyday words by which the search finds a task's tools. Imports nothing, for descriptors."""

DENOISE = (
    "noise", "noisy", "grain", "grainy", "denoise", "remove noise", "high ISO", "night shot", "speckles", "smooth",
    "clean up",
)  # fmt: skip
DEBLUR = (
    "blur", "blurry", "blurred", "unblur", "sharpen", "sharp", "sharper", "sharpness", "out of focus", "defocus",
    "soft", "unsharp", "crisp",
)  # fmt: skip
SHAKE = (*DEBLUR, "camera shake", "shaky", "shaken", "motion blur", "hand-held")
SUPERRES = (
    "upscale", "enlarge", "bigger", "larger", "resize", "zoom", "resolution", "super-resolution", "more pixels",
    "low resolution", "small photo", "pixelated", "print size",
)  # fmt: skip
LOWLIGHT = (
    "exposure", "underexposed", "dark", "too dark", "brighter", "brighten", "brightness", "lighten", "light",
    "shadows", "lift shadows", "low light", "night", "backlight", "contrast", "tone",
)  # fmt: skip
DEHAZE = ("haze", "hazy", "fog", "foggy", "mist", "smoke", "smog", "dehaze", "clarity", "washed out", "veil")
DERAIN = ("rain", "rainy", "streaks", "rain streaks", "snow", "drops", "bad weather")
UNDERWATER = (
    "underwater", "water", "diving", "snorkelling", "sea", "fish", "white balance", "colour cast", "color cast",
    "blue cast", "green cast", "tint",
)  # fmt: skip
INPAINT = (
    "fill", "hole", "repair", "retouch", "heal", "erase", "remove", "scratch", "scratches", "dust", "spot", "blemish",
    "old photo", "damaged photo", "crease", "tear", "text", "watermark", "writing", "wire",
)  # fmt: skip
OBJECTS = (*INPAINT, "remove object", "object removal", "person", "people", "delete", "clone", "content-aware")
JPEG = ("JPEG", "compression", "artefacts", "artifacts", "blocks", "blocky", "ringing", "deblock")
