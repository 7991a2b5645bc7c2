"""Weights of another tool, as the library takes them."""

import os
from collections.abc import Mapping

import numpy as np

from . import _core


def begun_with(weights):
    """(name, [(name, array)], file): of arrays, or of an .npz file, the first two; of another file, the last."""
    if weights is None:
        return "memory", [], None
    if isinstance(weights, Mapping):
        return "memory", _arrays(weights), None
    path = os.fspath(weights)
    if not path.endswith(".npz"):
        return "memory", [], path
    try:
        with np.load(path, allow_pickle=False) as file:
            return path, _arrays(file), None
    except (OSError, ValueError) as error:
        raise _core.Error(f"{path}: {error}; expected the arrays of numpy.savez") from error


def _arrays(tensors):
    # Tensors of PyTorch become arrays by themselves once they are on the CPU and need no gradient.
    detached = {key: each.detach().cpu() if hasattr(each, "detach") else each for key, each in tensors.items()}
    arrays = [(str(key), np.asarray(each)) for key, each in detached.items()]
    if not arrays:
        raise _core.Error("weights: expected arrays, a PyTorch state_dict or a file; there are none")
    return arrays
