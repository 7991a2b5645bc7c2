"""Many runs and a table of them: the program's `study`, with its store, or a grid over images in memory."""

import csv
import html
import io
import itertools
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

from . import _core
from ._program import program
from ._session import Session
from ._settings import _scalar, texts_of

DEVICE = "device."  # an axis that is a key of the target


class Table:
    """Rows of a study, one per setting of its axes, their seeds together. str() and notebooks show it.

    rows: dicts with a value per axis, then seeds, error_percent (the mean), spread (the standard deviation; nan of
    one seed). runs: dicts, one per run, with its seed, error_percent and, of a store, its whole record.
    """

    def __init__(self, axes, runs):
        self.axes, self.runs = list(axes), runs
        self.rows = [self._row(key, group) for key, group in _grouped(self.axes, runs)]

    @property
    def columns(self):
        """Names of the columns of rows."""
        return [*self.axes, "seeds", "error_percent", "spread"]

    def to_csv(self, path=None):
        """The rows as CSV: into a file, or returned as text."""
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        if path is None:
            return text.getvalue()
        Path(path).write_text(text.getvalue(), encoding="utf-8")
        return None

    def to_pandas(self):
        """The rows as a pandas.DataFrame."""
        import pandas

        return pandas.DataFrame(self.rows, columns=self.columns)

    def _row(self, key, group):
        errors = [run["error_percent"] for run in group]
        spread = statistics.stdev(errors) if len(errors) > 1 else float("nan")
        figures = {"seeds": len(errors), "error_percent": statistics.fmean(errors), "spread": spread}
        return dict(zip(self.axes, key)) | figures

    def _texts(self):
        return [[_shown(row[name]) for name in self.columns] for row in self.rows]

    def __str__(self):
        lines = [self.columns, *self._texts()]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.columns))]
        return "\n".join("  ".join(text.rjust(width) for text, width in zip(line, widths)) for line in lines)

    __repr__ = __str__

    def _repr_html_(self):
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in line) + "</tr>" for line in self._texts())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def study(sweep, *, seeds=1, jobs=1, store=None, train=None, test=None, classes=None, **settings):
    """Trains every combination of a sweep, with so many seeds each, and returns a Table.

        xs.study({"weight_bits": [1, 2, 8], "rule": ["bm1", "bm4"]}, task="mnist", epochs=2, seeds=3, jobs=2)

    "device.KEY" is an axis as well: {"device.tiles.adc_bits": [3, 5]}.

    Of a task, runs are made by the program, `jobs` side by side; those that the store (a file) holds already are not made
    again, and a mistake in one is told before the first begins. Of images in memory (train=, test=) they are made one after
    the other, and kept in the table alone. Ctrl-C ends a study; what the store has stays.
    """
    axes = {name: list(values) for name, values in sweep.items()}
    if not axes or not all(axes.values()):
        raise _core.Error("sweep: expected settings and their values, such as {'weight_bits': [1, 2, 8]}")
    if train is None and test is None:
        return _by_program(axes, seeds, jobs, store, settings)
    if store is not None or jobs != 1:
        raise _core.Error("store, jobs: a study of images in memory is made here, one run after the other, and kept in its table")
    return _in_memory(axes, seeds, {"train": train, "test": test, "classes": classes, **settings})


def _in_memory(axes, seeds, settings):
    first = int(settings.pop("seed", 1))
    grid = [dict(zip(axes, values)) for values in itertools.product(*axes.values())]
    plans = [{**each, "seed": first + seed} for each in grid for seed in range(seeds)]
    for name, text in [pair for plan in plans for pair in texts_of(plan)]:
        _core.check_setting(name, text)
    runs = []
    for plan in plans:
        session = Session(**{**settings, **plan}).train()
        runs.append({**plan, "error_percent": session.evaluate().error_percent, "signature": session.signature})
    return Table(axes, runs)


def _by_program(axes, seeds, jobs, store, settings):
    with tempfile.TemporaryDirectory(prefix="crossbar_sim-") as folder:
        path = str(store) if store is not None else str(Path(folder) / "study.jsonl")
        command = [program(), "study", "--quiet", "--table-format", "json", "--store", path]
        command += ["--seeds", str(seeds), "--jobs", str(jobs)]
        for name, values in axes.items():
            texts = [text for value in values for _, text in texts_of({name: value})]
            option = name if name.startswith(DEVICE) else name.replace("_", "-")
            command += ["--sweep", f"{option}={_joined(name, texts)}"]
        command += [f"--{name}={text}" for name, text in texts_of(settings)]
        list_of_runs = json.loads(_output_of(command))
        records = _records(path)
    runs = []
    for run in list_of_runs:
        record = records.get(run["key"])
        if record is None:
            raise _core.Error(f"{store}: the run '{run['row']}' was stored by an older program; give another store")
        values = {name: _value_of(record, name) for name in axes}
        runs.append({**values, "seed": run["seed"], "error_percent": run["error_percent"], "record": record})
    return Table(axes, runs)


def _joined(name, texts):
    for text in texts:
        if ";" in text or "\n" in text:
            raise _core.Error(f"sweep of {name}: {text!r} cannot stand in a list; write targets into files, or sweep device.KEY")
    return (";" if any("," in text for text in texts) else ",").join(texts)


def _output_of(command):
    # Ctrl-C reaches the program as it does us: it ends its jobs, says what it has kept, and ends.
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            out, told = process.communicate()
        except KeyboardInterrupt:
            process.communicate()
            raise
    if process.returncode != 0:
        raise _core.Error(told.strip().removeprefix("crossbar_sim: error: ") or f"the study ended with status {process.returncode}")
    return out


def _records(path):
    records = {}
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # a line that another program is writing
        records[record.get("key")] = record
    return records


def _value_of(record, name):
    if not name.startswith(DEVICE):
        return record.get(name.replace("-", "_"))
    changes = dict(change.partition("=")[::2] for change in record["device"].split(";"))
    text = changes[name.removeprefix(DEVICE)]
    try:
        return json.loads(text)
    except ValueError:
        return text


def _grouped(axes, runs):
    groups = {}
    for run in runs:
        groups.setdefault(tuple(run[axis] for axis in axes), []).append(run)
    return groups.items()


def _shown(value):
    if isinstance(value, float):
        return "" if value != value else f"{value:.2f}" if abs(value) >= 0.01 or value == 0 else f"{value:g}"
    return _scalar(value) if not isinstance(value, (dict, list)) else json.dumps(value)
