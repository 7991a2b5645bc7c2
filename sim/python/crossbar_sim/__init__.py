"""CNNs trained in fixed point as a memristive crossbar would, from Python.

    import crossbar_sim as xs
    session = xs.train(task="mnist", weight_bits=1, epochs=2)
    print(session.evaluate().error_percent, "% wrong")
    session.layers[0].levels            # int8, outputs x height x width x channels: -1 and 1

Everything `crossbar_sim help train` lists as a setting is a keyword, with `_` for `-`; results are those of the
program, bit for bit. `help(xs.train)` has them all.
"""

from ._core import Error, LogicError, check_target, read_checkpoint, targets, tasks
from ._core import version as _version
from ._session import Activation, Layer, Session, evaluate, load, train
from ._settings import settings
from ._study import Table, study

__version__ = _version()
__all__ = [
    "Activation", "Error", "Layer", "LogicError", "Session", "Table", "check_target", "evaluate", "load",
    "read_checkpoint", "settings", "study", "targets", "tasks", "train",
]  # fmt: skip
