"""Writes the golden files of the codecs by other programs: Pillow, NumPy, and Python's own modules.

    python make_golden.py            (Pillow 13.0, NumPy 2.4, safetensors 0.8)

`expected.json` holds, for each picture, its size, channels and pixels as they should come out of the decoder: alpha on
white, the upper 8 bits of 16, palettes looked up, grey kept grey.
"""

import gzip
import io
import json
import pathlib
import struct
import tarfile
import zipfile
import zlib

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent
W, H = 7, 5
rng = np.random.default_rng(7)
grey = rng.integers(0, 256, (H, W), dtype=np.uint8)
colour = rng.integers(0, 256, (H, W, 3), dtype=np.uint8)
alpha = rng.integers(0, 256, (H, W), dtype=np.uint8)
alpha[0, :3] = (0, 255, 128)
expected = {}


def on_white(pixels, alpha):
    if pixels.ndim == 3:
        alpha = alpha[..., None]
    pixels, alpha = pixels.astype(np.int64), alpha.astype(np.int64)
    return ((pixels * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def expect(name, pixels):
    channels = 1 if pixels.ndim == 2 else 3
    expected[name] = {"width": pixels.shape[1], "height": pixels.shape[0], "channels": channels,
                      "pixels": pixels.reshape(-1).tolist()}


def png(name, image, pixels, **options):
    image.save(HERE / name, **options)
    expect(name, pixels)


def raw_png(name, depth, colour_type, rows, interlaced=False, extra=b""):
    """A PNG put together by hand, for the varieties that Pillow doesn't write."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", W, H, depth, colour_type, 0, 0, int(interlaced))
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    (HERE / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b""))
    return chunk


png("grey8.png", Image.fromarray(grey), grey)
bits = (grey > 127)
png("grey1.png", Image.fromarray(bits), (bits * 255).astype(np.uint8))
png("colour8.png", Image.fromarray(colour), colour)
png("colour8-alpha.png", Image.fromarray(np.dstack([colour, alpha])), on_white(colour, alpha))
png("grey8-alpha.png", Image.fromarray(np.dstack([grey, alpha]), "LA"), on_white(grey, alpha))
grey16 = rng.integers(0, 65536, (H, W), dtype=np.uint16)
png("grey16.png", Image.fromarray(grey16), (grey16 >> 8).astype(np.uint8))
colour16 = rng.integers(0, 65536, (H, W, 3), dtype=np.uint16)
raw_png("colour16.png", 16, 2, [row.astype(">u2").tobytes() for row in colour16])
expect("colour16.png", (colour16 >> 8).astype(np.uint8))
palette = Image.fromarray(colour).quantize(16)
png("palette.png", palette, np.asarray(palette.convert("RGB")))
png("palette-transparent.png", palette, on_white(np.asarray(palette.convert("RGB")),
    np.where(np.asarray(palette) == np.asarray(palette)[0, 0], 0, 255).astype(np.uint8)),
    transparency=int(np.asarray(palette)[0, 0]))
grey_palette = Image.fromarray((grey // 16).astype(np.uint8), "P")
grey_palette.putpalette([v for i in range(16) for v in (i * 17,) * 3])
png("palette-grey.png", grey_palette, (grey // 16 * 17).astype(np.uint8))
transparent_shade = int(grey[2, 2])
png("grey8-transparent.png", Image.fromarray(grey),
    np.where(grey == transparent_shade, 255, grey).astype(np.uint8), transparency=transparent_shade)
# Adam7: the passes' start and step, columns then rows.
passes = [(0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2)]
rows = [grey[y, x0::dx].tobytes() for x0, dx, y0, dy in passes if x0 < W for y in range(y0, H, dy)]
raw_png("grey8-interlaced.png", 8, 0, rows, interlaced=True)
expect("grey8-interlaced.png", grey)

smooth = np.add.outer(np.arange(16) * 9, np.arange(24) * 5).astype(np.uint8)
smooth_colour = np.dstack([smooth, smooth[::-1], smooth[:, ::-1]])
for name, image in [("grey.jpg", Image.fromarray(smooth)), ("colour.jpg", Image.fromarray(smooth_colour)),
                    ("four-colour.jpg", Image.fromarray(smooth_colour).convert("CMYK"))]:
    image.save(HERE / name, quality=90)
    read = Image.open(HERE / name)
    expect(name, np.asarray(read if read.mode == "L" else read.convert("RGB")))
Image.fromarray(smooth_colour).save(HERE / "progressive.jpg", quality=80, progressive=True)
expect("progressive.jpg", np.asarray(Image.open(HERE / "progressive.jpg")))

arrays = {}
values = np.array([[1.5, -2], [0.25, 3e5], [-0.0, 6e-8]])
for name, array in [
    ("f2", values.clip(-6e4, 6e4).astype("<f2")), ("f4", values.astype("<f4")), ("f8", values.astype("<f8")),
    ("f8-big", values.astype(">f8")), ("i8", np.array([[1, -2], [3, 2**40]], "<i8")),
    ("i2-big", np.array([[1, -2], [3, 256]], ">i2")), ("u1", grey), ("b1", bits), ("u4", np.array([2**32 - 1, 0], "<u4")),
    ("f4-fortran", np.asfortranarray(values.astype("<f4"))), ("i1", np.array([-1, -128, 127], "i1")),
]:
    np.save(HERE / f"{name}.npy", array)
    order = "F" if name.endswith("fortran") else "C"
    arrays[name] = {"shape": list(array.shape), "values": [float(v) for v in array.reshape(-1, order=order)]}
with open(HERE / "version3.npy", "wb") as file:
    np.lib.format.write_array(file, values.astype("<f4"), version=(3, 0))
arrays["version3"] = {"shape": [3, 2], "values": [float(v) for v in values.astype("<f4").reshape(-1)]}

np.save(HERE / "records.npy", np.zeros(3, [("n", "<i8"), ("x", "<f8"), ("w", "<U7")]))
# A name that isn't Latin 1 makes it version 3.0.
np.save(HERE / "records-version3.npy", np.zeros(1, [("größe €", "<U2")]))

pngs = {f"{k}/{i}.png": (HERE / "grey8.png").read_bytes() for k in ("a", "\u00fc") for i in range(2)}
with zipfile.ZipFile(HERE / "deflated.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for name, data in pngs.items():
        archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
for name, mode, form in [("pax.tar", "w", tarfile.PAX_FORMAT), ("gnu.tar.gz", "w:gz", tarfile.GNU_FORMAT)]:
    with tarfile.open(HERE / name, mode, format=form) as archive:
        for entry, data in pngs.items():
            info = tarfile.TarInfo("deep/" * 25 + entry)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))

text = b"gzip of two members, " * 10
(HERE / "two-members.gz").write_bytes(gzip.compress(text, mtime=0) + gzip.compress(b"the second", mtime=0) + b"\0" * 9)

(HERE / "images.idx").write_bytes(struct.pack(">BBBBIII", 0, 0, 8, 3, 1, H, W) + grey.tobytes())

(HERE / "expected.json").write_text(json.dumps(
    {"pictures": expected, "arrays": arrays, "gzip": (text + b"the second").decode()}, separators=(",", ":")))

try:
    from safetensors.numpy import save_file
    save_file({"b": values.astype("<f4"), "a": np.array([1, 2, 3], "u1"), "c": np.array(5, "<i8")},
              HERE / "three.safetensors", metadata={"step": "12"})
except ImportError:
    print("safetensors isn't installed; three.safetensors is left as it is")
