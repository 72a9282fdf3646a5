"""Photos with labels: every form in which people have them, and what is said of the others."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.api.errors import InputError
from desktop_app.core.evaluation.labelled import labelled_photos

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)


def save(path: Path, index: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(PIXELS[index]).save(path)


def test_a_folder_for_each_class(tmp_path: Path) -> None:
    for name, index in (("dog/b.png", 1), ("cat/a.png", 0), ("cat/deep/c.PNG", 2), ("loose.png", 3), (".x/d.png", 4)):
        save(tmp_path / name, index)
    (tmp_path / "cat" / "notes.txt").write_text("no photo")
    found = labelled_photos(tmp_path)
    assert [(photo.name, photo.label) for photo in found.photos] == [
        (str(Path("cat/a.png")), "cat"), (str(Path("cat/deep/c.PNG")), "cat"), (str(Path("dog/b.png")), "dog"),
    ]
    assert np.array_equal(found.photos[2].read().pixels, PIXELS[1])
    assert found.notes == ["Left out 1 photo in no class's folder."]
    assert found.classes(["Dog", "house cat", "CAT"]).tolist() == [2, 2, 0]


def test_a_table(tmp_path: Path) -> None:
    save(tmp_path / "in" / "one.png", 0)
    (tmp_path / "t.csv").write_text("path,label\nin/one.png,1\nin/two.png,\n")
    found = labelled_photos(tmp_path / "t.csv")
    assert [photo.label for photo in found.photos] == ["1"]
    assert np.array_equal(found.photos[0].read().pixels, PIXELS[0])
    assert found.classes(["cat", "dog"]).tolist() == [1]
    assert found.notes == ["Left out 1 line without a path or a label."]


def test_arrays_jpegs_and_the_binary_version_of_cifar(tmp_path: Path) -> None:
    answers = np.array([3, 0, 1, 2, 9, 9])
    np.savez(tmp_path / "exact.npz", x=PIXELS, y=answers)
    parts = []
    for pixels in PIXELS:
        stream = BytesIO()
        Image.fromarray(pixels).save(stream, "JPEG", quality=95)
        parts.append(np.frombuffer(stream.getvalue(), np.uint8))
    ends = np.cumsum([0, *map(len, parts)])
    np.savez(tmp_path / "jpeg.npz", test_jpeg=np.concatenate(parts), test_off=ends, test_y=answers,
             classes=np.array(list("abcdefghij")))  # fmt: skip
    records = np.concatenate([answers[:, None].astype(np.uint8), PIXELS.transpose(0, 3, 1, 2).reshape(6, -1)], axis=1)
    (tmp_path / "test_batch.bin").write_bytes(records.tobytes())
    labels = list("abcdefghij")
    exact, jpeg, binary = (labelled_photos(tmp_path / name) for name in ("exact.npz", "jpeg.npz", "test_batch.bin"))
    for found in (exact, jpeg, binary):
        assert found.classes(labels).tolist() == answers.tolist()
    assert [np.array_equal(photo.read().pixels, pixels) for photo, pixels in zip(exact.photos, PIXELS, strict=True)]
    assert np.array_equal(binary.photos[4].read().pixels, PIXELS[4])
    with Image.open(BytesIO(parts[1].tobytes())) as picture:
        assert np.array_equal(jpeg.photos[1].read().pixels, np.array(picture))


def test_a_draw_is_by_seed_and_keeps_the_order(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=PIXELS, y=np.zeros(6, np.int64))
    names = [[photo.name for photo in labelled_photos(tmp_path / "x.npz", 3, seed).photos] for seed in (0, 0, 1, 2, 3)]
    assert names[0] == names[1] == sorted(names[0])
    assert len({tuple(one) for one in names}) > 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("none", None, "found nothing there"), ("a.csv", b"file,class\nx,y\n", "columns path and label"),
     ("a.npz", b"junk", "plain arrays"), ("a.bin", b"junk", "3073 bytes each"), ("a.zip", b"", "folder a class")],
)
def test_other_things_are_refused_in_a_sentence(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words):
        labelled_photos(tmp_path / name)


def test_an_empty_folder_and_an_unknown_class_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found none"):
        labelled_photos(tmp_path)
    save(tmp_path / "yak" / "a.png", 0)
    with pytest.raises(InputError, match="got yak"):
        labelled_photos(tmp_path).classes(["cat", "dog"])


def test_what_holds_no_labelled_photo_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"found none; sort the photos into folders, one a class$"):
        labelled_photos(tmp_path)
    Image.fromarray(PIXELS[0]).save(tmp_path / "loose.png")
    with pytest.raises(InputError, match=r"found none \(left out 1 photo in no class's folder\); sort the photos"):
        labelled_photos(tmp_path)
    table = tmp_path / "empty.csv"
    table.write_text("path,label\n")
    with pytest.raises(InputError, match="found none; write a line for each photo"):
        labelled_photos(table)
