"""The everyday words by which the search finds a task's tools, in English, German, French. Imports nothing."""

DENOISE = (
    "noise", "noisy", "grain", "grainy", "denoise", "remove noise", "high ISO", "night shot", "speckles", "smooth",
    "clean up", "hot pixels", "salt and pepper",
    "Rauschen", "Bildrauschen", "entrauschen", "Körnung", "Korn", "körnig", "glätten",
    "bruit", "bruité", "débruiter", "réduire le bruit", "lisser",
)  # fmt: skip
DEBLUR = (
    "blur", "blurry", "blurred", "unblur", "sharpen", "sharp", "sharper", "sharpness", "out of focus", "defocus",
    "soft", "unsharp", "crisp", "fuzzy", "clear", "focus", "detail",
    "unsharp mask", "blurriness",
    "unscharf", "Unschärfe", "schärfen", "Schärfe", "schärfer", "matschig", "klar", "Fokus", "Details",
    "flou", "floue", "netteté", "rendre net", "accentuer", "mise au point", "détails",
)  # fmt: skip
SHAKE = (
    *DEBLUR, "camera shake", "shaky", "shaken", "motion blur", "hand-held",
    "verwackelt", "Verwacklung", "Bewegung", "bougé", "flou de bougé", "mouvement",
)  # fmt: skip
SUPERRES = (
    "upscale", "enlarge", "bigger", "larger", "resize", "zoom", "resolution", "super-resolution", "more pixels",
    "low resolution", "small photo", "pixelated", "print size",
    "vergrößern", "hochskalieren", "Auflösung", "größer", "verpixelt",
    "agrandir", "agrandissement", "résolution", "plus grand",
)  # fmt: skip
LOWLIGHT = (
    "exposure", "underexposed", "dark", "too dark", "brighter", "brighten", "brightness", "lighten", "light",
    "shadows", "lift shadows", "low light", "night", "backlight", "backlit", "tone", "HDR",
    "tone mapping", "dynamic range",
    "aufhellen", "heller", "Helligkeit", "dunkel", "zu dunkel", "Belichtung", "unterbelichtet", "Schatten", "Nacht",
    "Tiefen", "Gegenlicht",
    "éclaircir", "luminosité", "sombre", "trop sombre", "exposition", "sous-exposé", "ombres", "nuit", "contre-jour",
)  # fmt: skip
DEHAZE = (
    "haze", "hazy", "fog", "foggy", "mist", "smoke", "smog", "dehaze", "clarity", "washed out", "veil",
    "Dunst", "Nebel", "Schleier", "Rauch", "Klarheit", "brume", "brouillard", "voile", "fumée",
)  # fmt: skip
DERAIN = (
    "rain", "rainy", "streaks", "rain streaks", "snow", "bad weather", "Regen", "Schnee", "pluie", "neige",
)  # fmt: skip
UNDERWATER = (
    "underwater", "water", "diving", "snorkelling", "sea", "fish", "white balance", "colour cast", "color cast",
    "blue cast", "green cast", "yellow cast", "tint", "colour", "color", "colour temperature", "warmer", "cooler",
    "Unterwasser", "Tauchen", "Weißabgleich", "Farbstich", "Blaustich", "Grünstich", "Gelbstich", "Farbe",
    "sous-marin", "plongée", "balance des blancs", "couleur",
)  # fmt: skip
INPAINT = (
    "fill", "hole", "repair", "retouch", "heal", "erase", "remove", "scratch", "scratches", "dust", "spot", "spots",
    "blemish", "old photo", "damaged photo", "crease", "tear", "text", "watermark", "writing", "wire", "power line",
    "entfernen", "löschen", "ausbessern", "retuschieren", "reparieren", "Stempel",
    "Kratzer", "Staub", "Fleck", "Stromleitung", "altes Foto", "Wasserzeichen",
    "effacer", "retoucher", "réparer", "rayure", "rayures", "poussière", "tache", "vieille photo", "filigrane",
)  # fmt: skip
OBJECTS = (
    *INPAINT, "remove object", "object removal", "person", "people", "tourist", "delete", "clone", "content-aware",
    "Objekt entfernen", "Person entfernen", "supprimer un objet", "enlever un objet", "supprimer",
)  # fmt: skip
JPEG = ("JPEG", "compression", "artefacts", "artifacts", "blocks", "blocky", "ringing", "deblock",
        "banding", "Artefakte", "Klötzchen", "Kompression")  # fmt: skip
