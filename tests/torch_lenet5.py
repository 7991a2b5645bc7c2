"""Trains LeNet-5 in PyTorch on idx files (MNIST's, raw or .gz), and writes its weights as other programs read them.

    python3 tests/torch_lenet5.py DATA OUT [--bn] [--epochs N] [--images N] [--std]

DATA is the folder of train-images-idx3-ubyte and its three companions. OUT.npz, OUT.safetensors and OUT.onnx are written, and
OUT.logits.npy with the logits of all test images; the last line says the test error in percent. --bn: with batch normalisation;
--std: pixels less their mean, over their deviation, as torchvision's examples have them. Without a border, so that both can be.
Needs PyTorch and NumPy; nothing is downloaded.
"""
import argparse
import gzip
import json
import os
import struct

import numpy as np
import torch
from torch import nn


def idx(folder, name):
    path = os.path.join(folder, name)
    opened = open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz", "rb")
    with opened as file:
        _, _, _, dims = struct.unpack(">BBBB", file.read(4))
        shape = struct.unpack(">" + "I" * dims, file.read(4 * dims))
        return np.frombuffer(file.read(), np.uint8).reshape(shape)


def images(folder, part, moved):
    pixels = torch.from_numpy(idx(folder, part + "-images-idx3-ubyte").copy()).float()[:, None] / 255
    labels = torch.from_numpy(idx(folder, part + "-labels-idx1-ubyte").copy()).long()
    return ((pixels - 0.1307) / 0.3081 if moved else pixels), labels


def lenet5(bn, classes=10):
    def norm(layer, maps):
        return [layer] + ([maps] if bn else [])

    return nn.Sequential(
        *norm(nn.Conv2d(1, 6, 5), nn.BatchNorm2d(6)), nn.ReLU(), nn.MaxPool2d(2),
        *norm(nn.Conv2d(6, 16, 5), nn.BatchNorm2d(16)), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        *norm(nn.Linear(256, 120), nn.BatchNorm1d(120)), nn.ReLU(),
        *norm(nn.Linear(120, 84), nn.BatchNorm1d(84)), nn.ReLU(), nn.Linear(84, classes))


def train(net, x, y, epochs):
    best = torch.optim.Adam(net.parameters(), lr=2e-3)
    steps = epochs * (len(x) // 100)
    rate = torch.optim.lr_scheduler.OneCycleLR(best, 4e-3, total_steps=steps)
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(100)[: len(x) // 100]:
            best.zero_grad()
            nn.functional.cross_entropy(net(x[batch]), y[batch]).backward()
            best.step()
            rate.step()


def save_safetensors(path, arrays):
    """As the safetensors package does: sorted by name."""
    header, data = {}, b""
    for name in sorted(arrays):
        a = np.ascontiguousarray(arrays[name])
        kind = {"float32": "F32", "int64": "I64"}[a.dtype.name]
        header[name] = {"dtype": kind, "shape": a.shape, "data_offsets": [len(data), len(data) + a.nbytes]}
        data += a.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("--bn", action="store_true")
    parser.add_argument("--std", action="store_true")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--images", type=int, default=60000)
    args = parser.parse_args()
    torch.manual_seed(1)
    x, y = images(args.data, "train", args.std)
    test, labels = images(args.data, "t10k", args.std)
    net = lenet5(args.bn)
    train(net, x[: args.images], y[: args.images], args.epochs)
    net.eval()
    with torch.no_grad():
        logits = torch.cat([net(part) for part in test.split(500)])
    arrays = {name: value.numpy() for name, value in net.state_dict().items()}
    np.savez(args.out + ".npz", **arrays)
    save_safetensors(args.out + ".safetensors", arrays)
    torch.onnx.export(net, test[:1], args.out + ".onnx", opset_version=13)
    np.save(args.out + ".logits.npy", logits.numpy())
    wrong = (logits.argmax(1) != labels).float().mean().item()
    print(f"test error {100 * wrong:.2f} %")


main()
