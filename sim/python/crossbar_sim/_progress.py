"""A line that tells how far training is, in a terminal or a notebook."""

import math
import shutil
import sys
import time


def progress_for(session, wanted):
    """The bar of a call of training: shown where wanted, or, where that is None, where somebody watches."""
    if wanted is None:
        wanted = _in_notebook() or sys.stderr.isatty()
    return _Bar(session) if wanted else _Silent()


def _in_notebook():
    # Without IPython nothing can be shown in a notebook, and nothing is imported here for the sake of asking.
    get = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get() if get else None
    return shell is not None and shell.__class__.__name__ == "ZMQInteractiveShell"


class _Silent:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def batch(self, call):
        return call

    def epoch(self, call):
        return call


class _Bar(_Silent):
    INTERVAL = 0.2  # seconds between lines

    def __init__(self, session):
        settings, standing = session.settings, session.standing
        self._epochs = int(settings["epochs"])
        self._batch = int(settings["batch"])
        self._first = standing.steps
        self._per_epoch = None  # batches, known after the first epoch
        self._began = self._told = time.monotonic()
        self._display = None

    def __exit__(self, *_):
        if self._display is None and self._told != self._began:
            sys.stderr.write("\n")
            sys.stderr.flush()
        return False

    def batch(self, call):
        def after(standing):
            now = time.monotonic()
            if now - self._told >= self.INTERVAL:
                self._told = now
                self._tell(standing)
            return None if call is None else call(standing)

        return after

    def epoch(self, call):
        def after(standing):
            self._per_epoch = math.ceil(standing.train.images / self._batch)
            self._told = time.monotonic()
            self._tell(standing)
            return None if call is None else call(standing)

        return after

    def _tell(self, standing):
        text = f"epoch {min(standing.epochs + 1, self._epochs)} of {self._epochs}, {standing.steps} batches"
        if standing.train.images:
            text += f", {standing.train.error_percent:.2f} % wrong in training"
        if standing.test.images:
            text += f", {standing.test.error_percent:.2f} % in the test"
        left = self._left(standing)
        self._show(text + (f", {_duration(left)} left" if left is not None else ""))

    def _left(self, standing):
        done = standing.steps - self._first
        if self._per_epoch is None or done == 0:
            return None
        todo = self._epochs * self._per_epoch - standing.steps
        return (time.monotonic() - self._began) * max(todo, 0) / done

    def _show(self, text):
        if _in_notebook():
            from IPython.display import display

            bundle = {"text/plain": text}
            if self._display is None:
                self._display = display(bundle, raw=True, display_id=True)
            else:
                self._display.update(bundle, raw=True)
            return
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write("\r" + text[:width].ljust(width))
        sys.stderr.flush()


def _duration(seconds):
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
