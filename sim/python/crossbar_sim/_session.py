"""A network in training, step by step or as a whole; and what it holds, as NumPy arrays."""

import contextlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from . import _core
from ._progress import progress_for
from ._settings import documented, places, texts_of
from ._weights import begun_with


@dataclass(frozen=True)
class Layer:
    """One crossbar. Arrays are read-only views of the session's memory: they show what training makes of them.

    Synapses have the shape outputs x kernel height x kernel width x channels of the window; a dense layer's window is
    all that it reads. Real weight = level * 2**exponent.
    """

    text: str
    outputs: int
    inputs: int
    bits: int
    exponent: int
    pulses: int
    at_bound: int
    signs_agree: int
    signs_counted: int
    state: dict = field(repr=False)

    @property
    def levels(self):
        """Levels of synapses, int8, or int16 where they have more than 8 bits."""
        return self.state["levels"]

    @property
    def feedback(self):
        """Levels of feedback synapses, int8; None where errors come back through the forward ones (sym)."""
        return self.state.get("feedback")

    @property
    def trace(self):
        """Local trace of each synapse: int16 (momentum or votes), int32 for rule sgd."""
        return self.state.get("trace", self.state.get("sgd_trace"))

    @property
    def weights(self):
        """Real weights, float64: a copy."""
        return np.ldexp(self.levels.astype(np.float64), self.exponent)


@dataclass(frozen=True)
class Activation:
    """A stage's outputs. values: int8, images x height x width x channels. Real activation = value * 2**exponent."""

    text: str
    exponent: int
    values: np.ndarray = field(repr=False)


class Session:
    """A network, its images and where its training stands.

    Of a task by name or file (task="mnist"), or of images in memory: train=(images, labels), test=(images, labels),
    with images uint8, count x height x width (x channels), labels whole numbers from 0, and network=. One thread at a time
    may use a session; different sessions may train side by side.

    weights: what another tool trained, to begin with: a dict of arrays in the order of the layers (a PyTorch state_dict is
    one), an .npz file, or a checkpoint of the program. session.carried tells what was lost.
    """

    def __init__(self, train=None, test=None, *, classes=None, weights=None, **settings):
        self._test = None  # images in memory
        name, arrays, settings["weights"] = begun_with(weights)
        if train is None and test is None:
            task = settings.pop("task", None) or "mnist"
            self._held = _core.Session.of_task(str(task), texts_of(settings), places(), name, arrays)
            return
        if train is None or test is None:
            raise _core.Error("images in memory: expected both train=(images, labels) and test=(images, labels)")
        x, y = _pixels(train[0]), _labels(train[1])
        test_x, test_y = _pixels(test[0]), _labels(test[1])
        self._test = test_x, test_y
        classes = classes or max(_classes_in(y), _classes_in(test_y))
        self._held = _core.Session.of_images(x, y, test_x, test_y, classes, texts_of(settings), name, arrays)

    @classmethod
    def _of(cls, held, test=None):
        session = cls.__new__(cls)
        session._held, session._test = held, test
        return session

    def train(self, *, on_batch=None, on_epoch=None, progress=None):
        """To the end of the last epoch; returns the session.

        on_batch, on_epoch: called with where training stands (epochs, steps, train, test, pulses) after each; training stops
        where one returns False, and a later call goes on. progress: a bar; None shows one in a notebook or a terminal.
        Ctrl-C ends it after the batch (KeyboardInterrupt), and the session keeps what there is. Where all epochs are done
        nothing is.
        """
        if not self.finished:
            with progress_for(self, progress) as bar:
                self._held.train(bar.batch(on_batch), bar.epoch(on_epoch))
        return self

    def train_epoch(self, *, on_batch=None, on_epoch=None):
        """To the end of the epoch under way; returns where training stands then."""
        self._held.train_epoch(on_batch, on_epoch)
        return self.standing

    def step(self):
        """One batch, and the test of the epoch where it is its last; returns where training stands then."""
        self._held.step()
        return self.standing

    def evaluate(self, images=None, labels=None, *, target=None, device=None, **changes):
        """Tests on the test images, or on these; under other hardware where target or device is given.

        The result has images, wrong, error_percent, loss and confusion (label x predicted).
        """
        changes.update(target=target, device=device)
        if any(value is not None for value in changes.values()):
            return self._under(images, labels, changes)
        if images is None:
            return self._held.evaluate()
        return self._held.evaluate_images(_pixels(images), _labels(labels), self._held.classes())

    def evaluate_written(self):
        """Tests of the network written into the target's [inference] devices: one result with .seconds for each moment."""
        return self._held.evaluate_written()

    def _under(self, images, labels, changes):
        with tempfile.TemporaryDirectory(prefix="crossbar_sim-") as folder:
            path = str(Path(folder) / "session.ckpt")
            self.save(path)
            if images is None and self._test is not None:
                images, labels = self._test
            return evaluate(path, images, labels, classes=self._held.classes(), **changes)

    def predict(self, images):
        """Classes of images: the first of the largest logits. int64, one per image."""
        return np.argmax(self.logits(images), axis=1)

    def logits(self, images):
        """Logits, float32, images x classes: the last layer's sums times their scale."""
        return self._held.logits(_pixels(images))

    def activations(self, images):
        """What the images become and what each stage but the last makes of them: a list of Activation."""
        return [Activation(*each) for each in self._held.activations(_pixels(images))]

    @property
    def layers(self):
        """The crossbars, a list of Layer, from the image to the logits."""
        return [Layer(**each) for each in self._held.layers()]

    def alignment(self):
        """Angle between each layer's gradient and the true one: a list with text, degrees, signs_agree."""
        return self._held.alignment()

    def save(self, path):
        """Writes a checkpoint, which load() and the program's --resume go on from."""
        self._held.save(str(path))

    @property
    def carried(self):
        """What became of the weights it began with: a list with text, tensor, synapses, clipped, zeros, rms_error."""
        return self._held.carried()

    @property
    def signature(self):
        """64 bits of all that training has changed, as the program prints it: two runs with one signature are the same run."""
        return f"{self._held.signature():016x}"

    @property
    def finished(self):
        """Whether all epochs are done."""
        return self._held.finished()

    @property
    def image_shape(self):
        """Height, width and channels of an image."""
        return self._held.image_shape()

    @property
    def classes(self):
        """Number of classes."""
        return self._held.classes()

    @property
    def standing(self):
        """Where training stands: epochs, steps, train, test, pulses."""
        return self._held.standing()

    @property
    def history(self):
        """The same after each finished epoch, a list; its steps are not kept."""
        return self._held.history()

    @property
    def notices(self):
        """What a person should know, such as that images are a synthetic stand-in: a list of texts."""
        return self._held.notices()

    @property
    def settings(self):
        """All settings as they were settled: a dict of texts, by keyword."""
        return {name.replace("-", "_"): text for name, text in self._held.settings()}

    def __repr__(self):
        settings, standing = self.settings, self.standing
        test = f", {standing.test.error_percent:.2f} % wrong" if standing.test.images else ""
        return f"<Session {settings['task']}, {settings['network']}: epoch {standing.epochs} of {settings['epochs']}{test}>"


@documented
def train(
    train=None, test=None, *, on_batch=None, on_epoch=None, progress=None, save=None, classes=None, weights=None, **settings
):
    """Trains a network and returns its Session: Session(...).train(...), and save(...) where a file is named.

    Of a task (task="mnist"), or of images in memory (train=(images, labels), test=(images, labels), network="...").
    Where Ctrl-C ends training, what there is is saved first.
    """
    session = Session(train, test, classes=classes, weights=weights, **settings)
    _warn_of(session)
    with _saved(session, save):
        session.train(on_batch=on_batch, on_epoch=on_epoch, progress=progress)
    return session


def load(path, train=None, test=None, *, classes=None, **changes):
    """A saved Session, to go on with: changes may set epochs, and what does not change the course of training.

    Images in memory have to be given again, and be the same.
    """
    if train is None and test is None:
        return Session._of(_core.Session.load(str(path), texts_of(changes), places()))
    if train is None or test is None:
        raise _core.Error("images in memory: expected both train=(images, labels) and test=(images, labels)")
    x, y = _pixels(train[0]), _labels(train[1])
    test_x, test_y = _pixels(test[0]), _labels(test[1])
    classes = classes or max(_classes_in(y), _classes_in(test_y))
    held = _core.Session.load_with_images(str(path), x, y, test_x, test_y, classes, texts_of(changes))
    return Session._of(held, (test_x, test_y))


def evaluate(path, images=None, labels=None, *, classes=None, **changes):
    """Tests a saved network, on its task's test images or on these; changes may set task, target, device, data.

    Returns images, wrong, error_percent, loss and confusion (label x predicted).
    """
    if images is None:
        return _core.Session.for_test(str(path), texts_of(changes), places()).evaluate()
    y = _labels(labels)
    held = _core.Session.for_test_with_images(str(path), _pixels(images), y, classes or _classes_in(y), texts_of(changes))
    return held.evaluate()


@contextlib.contextmanager
def _saved(session, path):
    try:
        yield
    finally:
        if path is not None:
            session.save(path)


def _warn_of(session):
    import warnings

    for notice in session.notices:
        warnings.warn(notice, stacklevel=3)


def _pixels(images):
    images = np.asarray(images)
    if images.dtype != np.uint8:
        cure = "of floats from 0 to 1, (255 * x).round().astype('uint8')"
        raise _core.Error(f"images of {images.dtype}: expected uint8, 0 to 255 ({cure})")
    if images.ndim == 3:
        images = images[..., np.newaxis]
    if images.ndim != 4:
        raise _core.Error(f"images of shape {images.shape}: expected images x height x width, then channels where there are any")
    return np.ascontiguousarray(images)


def _labels(labels):
    if labels is None:
        raise _core.Error("images without labels: expected one whole number for each")
    labels = np.asarray(labels)
    if not np.issubdtype(labels.dtype, np.integer) or labels.ndim != 1:
        raise _core.Error(f"labels of {labels.dtype}, shape {labels.shape}: expected whole numbers, one per image")
    if labels.size and (labels.min() < 0 or labels.max() > 65534):
        raise _core.Error(f"labels from {labels.min()} to {labels.max()}: expected 0 to 65534")
    return np.ascontiguousarray(labels, dtype=np.uint16)


def _classes_in(labels):
    return max(2, int(labels.max()) + 1) if labels.size else 2
