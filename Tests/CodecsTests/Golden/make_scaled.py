"""Writes `scaled.json`: pictures at other sizes, as Pillow scales them.

    python make_scaled.py            (Pillow 13.0, NumPy 2.4)

A shorter side by Lanczos' kernel, a longer one by the bicubic one, first along rows and then along columns. Where both sides go the
same way, `ImageOps.fit` and `ImageOps.pad` give the same, but for what Pillow rounds where it begins with the columns.
"""

import json
import pathlib

import numpy as np
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent
DOWN, UP = Image.Resampling.LANCZOS, Image.Resampling.BICUBIC
rng = np.random.default_rng(11)


def scale(image, size, box):
    """Each side by the filter of its own direction."""
    left, top, right, bottom = box
    image = image.resize((size[0], image.height), DOWN if size[0] < right - left else UP, (left, 0, right, image.height))
    return image.resize((image.width, size[1]), DOWN if size[1] < bottom - top else UP, (0, top, image.width, bottom))


def close(one, other):
    """The same, but for what is rounded and cut off between the passes where Pillow began with the columns."""
    return np.mean(np.abs(np.asarray(one).astype(int) - np.asarray(other))) < 2


def stretch(image, size):
    return scale(image, size, (0, 0, *image.size))


def pad(image, size):
    inner = ImageOps.contain(image, size, DOWN).size
    result = Image.new(image.mode, size, 0)
    result.paste(stretch(image, inner), (round((size[0] - inner[0]) * 0.5), round((size[1] - inner[1]) * 0.5)))
    assert inner[0] > image.width or inner[1] > image.height or close(result, ImageOps.pad(image, size, DOWN))
    return result


def crop(image, size):
    proportion = size[0] / size[1]
    width = min(image.width, proportion * image.height)
    height = min(image.height, image.width / proportion)
    left, top = (image.width - width) * 0.5, (image.height - height) * 0.5
    result = scale(image, size, (left, top, left + width, top + height))
    assert close(result, ImageOps.fit(image, size, DOWN if size[0] < width else UP))
    return result


def smooth(width, height, channels):
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 120 * np.sin(x / 3 + c) * np.cos(y / 4 - c) for c in range(channels)]
    return np.stack(planes, -1).astype(np.uint8)


pictures = {
    "noise": rng.integers(0, 256, (13, 19, 1), dtype=np.uint8),
    "colours": rng.integers(0, 256, (9, 7, 3), dtype=np.uint8),
    "waves": smooth(30, 22, 3),
    "extremes": (rng.integers(0, 2, (24, 17, 1)) * 255).astype(np.uint8),
}
sizes = {"noise": [(8, 8), (19, 9), (40, 11)], "colours": [(8, 8), (16, 12), (3, 5)], "waves": [(8, 8), (16, 9), (45, 22)],
         "extremes": [(8, 8), (9, 24), (11, 31)]}
cases = []
for name, pixels in pictures.items():
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    for size in sizes[name]:
        for fit in (crop, pad, stretch):
            scaled = np.asarray(fit(image, size))
            cases.append({"picture": name, "fit": fit.__name__, "width": size[0], "height": size[1],
                          "pixels": scaled.reshape(-1).tolist()})
(HERE / "scaled.json").write_text(json.dumps({
    "pictures": {name: {"width": p.shape[1], "height": p.shape[0], "channels": p.shape[2], "pixels": p.reshape(-1).tolist()}
                 for name, p in pictures.items()},
    "cases": cases}, separators=(",", ":")))
