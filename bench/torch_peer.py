#!/usr/bin/env python3
"""Peer for the speed of training: the benchmark's networks in float32 PyTorch (Debian: python3-torch).

SGD with momentum and weight decay, batch normalisation without scale and shift, softmax cross-entropy, random
data: only speed is measured. Prints a line of JSON a network: the best of 1 and N threads and of the layouts NCHW
and NHWC, images per second of whole training steps and of inference, each the median of some timed blocks.
bench/compare.sh runs it in turn with ours.

  bench/torch_peer.py [--batch 100] [--threads 2] [--blocks 3] [--steps 3] [NETWORK...]
"""
import argparse
import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional


def convolution(inputs, outputs, kernel, **more):
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, bias=False, **more), nn.BatchNorm2d(outputs, affine=False))


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut, which where sizes change is a 1x1 convolution, or the pixels that the
    stride meets with zeros for new maps."""

    def __init__(self, inputs, outputs, stride, projects):
        super().__init__()
        self.first = convolution(inputs, outputs, 3, stride=stride, padding=1)
        self.second = convolution(outputs, outputs, 3, padding=1)
        self.stride, self.new_maps = stride, outputs - inputs
        self.projection = convolution(inputs, outputs, 1, stride=stride) if projects and stride > 1 else None

    def shortcut(self, x):
        if self.projection is not None:
            return self.projection(x)
        if self.stride == 1:
            return x
        return functional.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, 0, self.new_maps))

    def forward(self, x):
        return functional.relu(self.second(functional.relu(self.first(x))) + self.shortcut(x))


def residual(blocks, projects):
    stages, inputs = [convolution(3, 16, 3, padding=1), nn.ReLU()], 16
    for outputs, stride in ((16, 1), (32, 2), (64, 2)):
        for block in range(blocks):
            stages.append(Block(inputs, outputs, stride if block == 0 else 1, projects))
            inputs = outputs
    return nn.Sequential(*stages, nn.AvgPool2d(8), nn.Conv2d(64, 10, 1), nn.Flatten())


def mnist():
    return nn.Sequential(convolution(1, 20, 5), nn.MaxPool2d(2), nn.ReLU(), convolution(20, 50, 5), nn.MaxPool2d(2),
                         nn.ReLU(), convolution(50, 500, 4), nn.ReLU(), nn.Conv2d(500, 10, 1), nn.Flatten())


def cifar():
    pool = dict(kernel_size=3, stride=2, ceil_mode=True)
    return nn.Sequential(convolution(3, 32, 5, padding=2), nn.MaxPool2d(**pool), nn.ReLU(),
                         convolution(32, 64, 5, padding=2), nn.ReLU(), nn.AvgPool2d(**pool),
                         convolution(64, 64, 5, padding=2), nn.ReLU(), nn.AvgPool2d(**pool),
                         convolution(64, 128, 4), nn.ReLU(), nn.Conv2d(128, 10, 1), nn.Flatten())


NETWORKS = {
    "mnist": (mnist, (1, 28, 28)),
    "cifar": (cifar, (3, 32, 32)),
    "resnet8": (lambda: residual(1, True), (3, 32, 32)),
    "resnet20": (lambda: residual(3, False), (3, 32, 32)),
}


def images_per_second(step, options):
    step()
    speeds = []
    for _ in range(options.blocks):
        start = time.perf_counter()
        for _ in range(options.steps):
            step()
        speeds.append(options.steps * options.batch / (time.perf_counter() - start))
    return statistics.median(speeds)


def measure(make, shape, threads, layout, options):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    network = make().to(memory_format=layout)
    optimiser = torch.optim.SGD(network.parameters(), 1e-2, momentum=0.9, weight_decay=5e-4)
    images = torch.randn(options.batch, *shape).to(memory_format=layout)
    labels = torch.randint(0, 10, (options.batch,))

    def train():
        optimiser.zero_grad(set_to_none=True)
        functional.cross_entropy(network(images), labels).backward()
        optimiser.step()

    def infer():
        with torch.no_grad():
            network(images)

    training = images_per_second(train, options)
    network.eval()
    return training, images_per_second(infer, options)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=", ".join(NETWORKS))
    for name, default in (("batch", 100), ("threads", 2), ("blocks", 3), ("steps", 3)):
        parser.add_argument("--" + name, type=int, default=default)
    options = parser.parse_args()
    unknown = set(options.networks) - set(NETWORKS)
    if unknown:
        sys.exit(f"torch_peer.py: no network {', '.join(sorted(unknown))}; there are: {', '.join(NETWORKS)}")
    layouts = {"NCHW": torch.contiguous_format, "NHWC": torch.channels_last}
    for name in options.networks or NETWORKS:
        make, shape = NETWORKS[name]
        runs = {(threads, layout): measure(make, shape, threads, layouts[layout], options)
                for threads in sorted({1, options.threads}) for layout in layouts}
        best = max(runs, key=lambda run: runs[run][0])
        print(json.dumps({"peer": "pytorch " + torch.__version__, "network": name, "batch": options.batch,
                          "threads": best[0], "layout": best[1],
                          "train_images_per_second": round(runs[best][0]),
                          "infer_images_per_second": round(max(run[1] for run in runs.values()))}), flush=True)


if __name__ == "__main__":
    main()
