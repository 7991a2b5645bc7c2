#!/usr/bin/env python3
"""Logits of an exported network, integer for integer, with NumPy alone: infer.py NET.npz IMAGES

NET.npz is what crossbar_sim --export writes. IMAGES are uint8, images x height x width x channels: a .npy
file, or a .npz file with an array "pixels", as crossbar_sim export --images writes it. Prints a CSV row for each
image: its number, the class of the largest logit, the logits. docs/export.md has the formulas and the arrays.
"""
import sys

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

CONVOLUTION, MAX, AVERAGE, RELU, ADD, SHORTCUT = range(6)


def clamp(x, top):
    return np.clip(x, -top, top)


def nearest(x, shift):
    """x / 2^shift, halves away from zero."""
    return x if shift == 0 else (x + (1 << (shift - 1)) - (x < 0)) >> shift


def windows(x, kernel, stride, pad, out, fill):
    """images x height x width x channels -> images x out height x out width x channels x kernel height x width."""
    behind = [max(0, (o - 1) * stride + k - n - pad) for o, k, n in zip(out, kernel, x.shape[1:3])]
    x = np.pad(x, ((0, 0), (pad, behind[0]), (pad, behind[1]), (0, 0)), constant_values=fill)
    return sliding_window_view(x, kernel, (1, 2))[:, ::stride, ::stride][:, :out[0], :out[1]]


def stored_sums(net, layer, seen):
    """Products are of floats with 53 bits, which hold these sums exactly, because NumPy multiplies floats faster."""
    levels = net[layer + "levels"].astype(float)
    if levels.shape[3] < seen.shape[3]:  # depthwise: output m sees map m alone
        sums = np.einsum("nyxcij,cij->nyxc", seen, levels[..., 0])
    else:
        rows = np.moveaxis(seen, 3, 5).reshape(seen.shape[:3] + (-1,))
        sums = rows @ levels.reshape(len(levels), -1).T
    shift = int(net[layer + "sum_shift"])
    return (sums.astype(np.int64) + (1 << shift >> 1)) >> shift


def activations(net, layer, s, top):
    if layer + "folded_mean" not in net:
        return clamp(nearest(s, int(net[layer + "activation_shift"])), top)
    mean, limit, factor, offset = (net[layer + "folded_" + name].astype(np.int64)
                                   for name in ("mean", "limit", "factor", "offset"))
    d = np.clip(s - mean, -limit, limit) >> int(net[layer + "folded_shift"])
    q = clamp((d * factor + offset) >> 22, top)
    if layer + "folded_gain" in net:  # learnt scale and shift
        q = clamp((q * net[layer + "folded_gain"] + net[layer + "folded_bias"]) >> 12, top)
    return q


def average(x, *window):
    sums = windows(x, *window, 0).sum((-2, -1))
    inside = windows(np.ones_like(x), *window, 0).sum((-2, -1))  # only pixels of the map count
    return (sums * ((65536 + inside // 2) // inside) + 32768) >> 16


def add(a, b, exponents, coarser, top):
    (x, fine), (y, coarse) = sorted(zip(exponents, (a, b)), key=lambda pair: pair[0])
    d = min(y - x, 8)
    return clamp(nearest((coarse << d) + fine, d + coarser), top)


def logits(net, pixels):
    """pixels: uint8, images x height x width x channels -> int64, images x classes."""
    top, stages = int(net["top"]), net["stages"].tolist()
    values, exponents = [(pixels.astype(np.int64) * top + 127) // 255], [-top.bit_length()]
    for kind, one, two, number, kh, kw, stride, pad, oh, ow, maps, coarser, exponent in stages:
        x, window = values[one], ((kh, kw), stride, pad, (oh, ow))
        if kind == CONVOLUTION:
            layer = f"layer_{number}."
            y = stored_sums(net, layer, windows(x, *window, 0))
            if len(values) < len(stages):  # the sums of the last one are the logits
                y = activations(net, layer, y, top)
        elif kind == MAX:
            y = windows(x, *window, -128).max((-2, -1))
        elif kind == AVERAGE:
            y = average(x, *window)
        elif kind == RELU:
            y = np.maximum(x, 0)
        elif kind == ADD:
            y = add(x, values[two], (exponents[one], exponents[two]), coarser, top)
        else:  # SHORTCUT: every stride-th pixel; maps that its input does not have are 0
            y = np.zeros((len(x), oh, ow, maps), np.int64)
            y[..., :x.shape[3]] = x[:, ::stride, ::stride][:, :oh, :ow, :maps]
        values.append(y)
        exponents.append(exponent)
    return values[-1].reshape(len(pixels), -1)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.split("\n")[0])
    net = dict(np.load(sys.argv[1]))
    images = np.load(sys.argv[2])
    pixels = images if isinstance(images, np.ndarray) else images["pixels"]
    if "stages" not in net:
        sys.exit(f"{sys.argv[1]}: it has no array 'stages', and so is of a float network, or of an older version")
    if any(name.endswith(".tiles") for name in net):
        sys.exit(f"{sys.argv[1]}: on its target sums pass through tiles with converters, which are not computed here")
    if pixels.dtype != np.uint8 or pixels.shape[1:] != tuple(net["input"]):
        sys.exit(f"{sys.argv[2]}: {pixels.dtype} of shape {pixels.shape}, expected uint8, images x {net['input']}")
    print("image,predicted," + ",".join(f"logit_{c}" for c in range(int(net["classes"]))))
    for first in range(0, len(pixels), 100):
        for i, row in enumerate(logits(net, pixels[first:first + 100]), first):
            print(f"{i},{row.argmax()}," + ",".join(map(str, row)))  # of equal logits the first


if __name__ == "__main__":
    main()
