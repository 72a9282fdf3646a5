"""The everyday words by which the search finds a task's tools, in English, German, French. Imports nothing."""

DENOISE = (
    "noise", "noisy", "grain", "grainy", "denoise", "remove noise", "high ISO", "night shot", "speckles", "smooth",
    "clean up",
    "Rauschen", "Bildrauschen", "entrauschen", "Körnung", "Korn", "körnig", "glätten",
    "bruit", "bruité", "débruiter", "réduire le bruit", "lisser",
)  # fmt: skip
DEBLUR = (
    "blur", "blurry", "blurred", "unblur", "sharpen", "sharp", "sharper", "sharpness", "out of focus", "defocus",
    "soft", "unsharp", "crisp", "fuzzy", "clear", "focus", "detail",
    "unscharf", "Unschärfe", "schärfen", "Schärfe", "schärfer", "klar", "Fokus", "Details",
    "flou", "floue", "netteté", "rendre net", "accentuer", "mise au point", "détails",
)  # fmt: skip
SHAKE = (
    *DEBLUR, "camera shake", "shaky", "shaken", "motion blur", "hand-held",
    "verwackelt", "Verwacklung", "Bewegung", "bougé", "flou de bougé", "mouvement",
)  # fmt: skip
SUPERRES = (
    "upscale", "enlarge", "bigger", "larger", "resize", "zoom", "resolution", "super-resolution", "more pixels",
    "low resolution", "small photo", "pixelated", "print size",
    "vergrößern", "hochskalieren", "Auflösung", "größer",
    "agrandir", "agrandissement", "résolution", "plus grand",
)  # fmt: skip
LOWLIGHT = (
    "exposure", "underexposed", "dark", "too dark", "brighter", "brighten", "brightness", "lighten", "light",
    "shadows", "lift shadows", "low light", "night", "backlight", "backlit", "contrast", "tone",
    "aufhellen", "heller", "Helligkeit", "dunkel", "zu dunkel", "Belichtung", "unterbelichtet", "Schatten", "Nacht",
    "Gegenlicht", "Kontrast",
    "éclaircir", "luminosité", "sombre", "trop sombre", "exposition", "sous-exposé", "ombres", "nuit", "contre-jour",
    "contraste",
)  # fmt: skip
DEHAZE = (
    "haze", "hazy", "fog", "foggy", "mist", "smoke", "smog", "dehaze", "clarity", "washed out", "veil",
    "Dunst", "Nebel", "Schleier", "Rauch", "brume", "brouillard", "voile", "fumée",
)  # fmt: skip
DERAIN = (
    "rain", "rainy", "streaks", "rain streaks", "snow", "drops", "bad weather", "Regen", "Schnee", "pluie", "neige",
)  # fmt: skip
UNDERWATER = (
    "underwater", "water", "diving", "snorkelling", "sea", "fish", "white balance", "colour cast", "color cast",
    "blue cast", "green cast", "tint", "colour", "color",
    "Unterwasser", "Tauchen", "Weißabgleich", "Farbstich", "Farbe",
    "sous-marin", "plongée", "balance des blancs", "couleur",
)  # fmt: skip
INPAINT = (
    "fill", "hole", "repair", "retouch", "heal", "erase", "remove", "scratch", "scratches", "dust", "spot", "blemish",
    "old photo", "damaged photo", "crease", "tear", "text", "watermark", "writing", "wire",
    "entfernen", "löschen", "ausbessern", "retuschieren", "reparieren", "Stempel",
    "Kratzer", "Staub", "Fleck", "altes Foto", "Wasserzeichen",
    "effacer", "retoucher", "réparer", "rayure", "rayures", "poussière", "tache", "vieille photo", "filigrane",
)  # fmt: skip
OBJECTS = (
    *INPAINT, "remove object", "object removal", "person", "people", "delete", "clone", "content-aware",
    "Objekt entfernen", "Person entfernen", "supprimer un objet", "enlever un objet", "supprimer",
)  # fmt: skip
JPEG = ("JPEG", "compression", "artefacts", "artifacts", "blocks", "blocky", "ringing", "deblock",
        "Artefakte", "Klötzchen", "Kompression")  # fmt: skip
