"""The everyday words by which the search finds a task's tools, in English, German, French. Imports nothing."""

DENOISE = (
    "noise", "noisy", "grain", "grainy", "denoise", "remove noise", "high ISO", "night shot", "speckles", "smooth",
    "clean up",
    "Rauschen", "Bildrauschen", "entrauschen", "Körnung", "körnig",
    "bruit", "bruité", "débruiter", "réduire le bruit",
)  # fmt: skip
DEBLUR = (
    "blur", "blurry", "blurred", "unblur", "sharpen", "sharp", "sharper", "sharpness", "out of focus", "defocus",
    "soft", "unsharp", "crisp",
    "unscharf", "Unschärfe", "schärfen", "Schärfe", "schärfer",
    "flou", "floue", "netteté", "rendre net", "accentuer",
)  # fmt: skip
SHAKE = (
    *DEBLUR, "camera shake", "shaky", "shaken", "motion blur", "hand-held",
    "verwackelt", "Verwacklung", "flou de bougé",
)  # fmt: skip
SUPERRES = (
    "upscale", "enlarge", "bigger", "larger", "resize", "zoom", "resolution", "super-resolution", "more pixels",
    "low resolution", "small photo", "pixelated", "print size",
    "vergrößern", "hochskalieren", "Auflösung", "größer",
    "agrandir", "agrandissement", "résolution", "plus grand",
)  # fmt: skip
LOWLIGHT = (
    "exposure", "underexposed", "dark", "too dark", "brighter", "brighten", "brightness", "lighten", "light",
    "shadows", "lift shadows", "low light", "night", "backlight", "contrast", "tone",
    "aufhellen", "heller", "Helligkeit", "dunkel", "zu dunkel", "Belichtung", "unterbelichtet", "Schatten", "Nacht",
    "éclaircir", "luminosité", "sombre", "trop sombre", "exposition", "sous-exposé", "ombres", "nuit",
)  # fmt: skip
DEHAZE = (
    "haze", "hazy", "fog", "foggy", "mist", "smoke", "smog", "dehaze", "clarity", "washed out", "veil",
    "Dunst", "Nebel", "Schleier", "brume", "brouillard", "voile",
)  # fmt: skip
DERAIN = (
    "rain", "rainy", "streaks", "rain streaks", "snow", "drops", "bad weather", "Regen", "Schnee", "pluie", "neige",
)  # fmt: skip
UNDERWATER = (
    "underwater", "water", "diving", "snorkelling", "sea", "fish", "white balance", "colour cast", "color cast",
    "blue cast", "green cast", "tint",
    "Unterwasser", "Tauchen", "Weißabgleich", "Farbstich", "sous-marin", "plongée", "balance des blancs",
)  # fmt: skip
INPAINT = (
    "fill", "hole", "repair", "retouch", "heal", "erase", "remove", "scratch", "scratches", "dust", "spot", "blemish",
    "old photo", "damaged photo", "crease", "tear", "text", "watermark", "writing", "wire",
    "entfernen", "ausbessern", "Kratzer", "Staub", "Fleck", "altes Foto", "Wasserzeichen",
    "effacer", "retoucher", "rayure", "rayures", "poussière", "tache", "vieille photo", "filigrane",
)  # fmt: skip
OBJECTS = (
    *INPAINT, "remove object", "object removal", "person", "people", "delete", "clone", "content-aware",
    "Objekt entfernen", "Person entfernen", "supprimer un objet", "enlever un objet", "supprimer",
)  # fmt: skip
JPEG = ("JPEG", "compression", "artefacts", "artifacts", "blocks", "blocky", "ringing", "deblock")
