"""MNIST with every image moved: moved_mnist.py FROM TO RIGHT DOWN. FROM has the four files as they are published, packed or not."""

import gzip
import pathlib
import sys

SIDE, HEAD = 28, 16


def contents(path: pathlib.Path) -> bytes:
    return path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()


def moved(image: bytes, right: int, down: int) -> bytes:
    rows = [image[SIDE * y : SIDE * (y + 1)] for y in range(SIDE - down)]
    return bytes(SIDE * down) + b"".join((bytes(right) + row)[:SIDE] for row in rows)


source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
right, down = int(sys.argv[3]), int(sys.argv[4])
target.mkdir(parents=True, exist_ok=True)
for part in ("train", "t10k"):
    labels, images = f"{part}-labels-idx1-ubyte", f"{part}-images-idx3-ubyte"
    (target / labels).write_bytes(contents(source / labels))
    data = contents(source / images)
    places = range(HEAD, len(data), SIDE * SIDE)
    (target / images).write_bytes(data[:HEAD] + b"".join(moved(data[at : at + SIDE * SIDE], right, down) for at in places))
