"""Runs a script with small runs of tasks in place of whole ones: python3 quick_python.py SCRIPT."""

import runpy
import sys

from crossbar_sim import _core, _study

FEW = {"train-images": "200", "test-images": "100"}

of_task, by_program = _core.Session.of_task, _study._by_program


def few_of_task(task, settings, *rest):
    return of_task(task, list((dict(settings) | FEW).items()), *rest)


def few_by_program(axes, seeds, jobs, store, settings):
    return by_program(axes, seeds, jobs, store, settings | {"train_images": 200, "test_images": 100})


_core.Session.of_task = staticmethod(few_of_task)
_study._by_program = few_by_program
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
