"""Writes crossbar_sim/__init__.pyi: the package's types, with a keyword for every setting of the library's own table.

    python3 sim/python/make_stubs.py bin/python/crossbar_sim/__init__.pyi
"""

import inspect
import sys
from dataclasses import fields
from pathlib import Path

sys.path[0] = str(Path(sys.argv[1]).parent.parent)  # the package that was made, not its sources beside this file

import crossbar_sim as xs
from crossbar_sim import _core

HEAD = '''"""Made by make_stubs.py from the program's table of settings."""
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Images = tuple[ArrayLike, ArrayLike]  # uint8 images x height x width (x channels), and their labels
'''

# What a value may be.
PARAMETERS = {
    "train": "Images | None", "test": "Images | None", "classes": "int | None", "progress": "bool | None",
    "on_batch": "Callable[[Standing], bool | None] | None", "on_epoch": "Callable[[Standing], bool | None] | None",
    "save": "str | PathLike[str] | None", "path": "str | PathLike[str]", "images": "ArrayLike | None",
    "labels": "ArrayLike | None", "target": "str | Mapping[str, Any] | None", "device": "str | Mapping[str, Any] | None",
    "layer": "str | Mapping[int | str, Mapping[str, Any]]", "sweep": "Mapping[str, Sequence[Any]]", "seeds": "int", "jobs": "int", "store": "str | PathLike[str] | None",
    "changes": "Any", "weights": "Mapping[str, Any] | str | PathLike[str] | None",
}  # fmt: skip
RESULTS = {
    "load": "Session", "evaluate": "TestResult", "study": "Table", "settings": "list[SettingHelp]",
    "train_epoch": "Standing", "step": "Standing", "evaluate_written": "list[WrittenResult]", "predict": "NDArray[np.int64]",
    "logits": "NDArray[np.float32]", "activations": "list[Activation]", "layers": "list[Layer]",
    "alignment": "list[Alignment]", "save": "None", "signature": "str", "finished": "bool", "standing": "Standing",
    "history": "list[Standing]", "carried": "list[CarriedLayer]", "notices": "list[str]", "levels": "NDArray[Any]", "feedback": "NDArray[np.int8] | None",
    "trace": "NDArray[Any] | None", "weights": "NDArray[np.float64]", "columns": "list[str]", "to_csv": "str | None",
    "to_pandas": "Any", "image_shape": "tuple[int, int, int]", "classes": "int",
}  # fmt: skip
# Of classes of the library their properties; else what a dataclass's field is.
FIELDS = {
    "str": "str", "int": "int", "dict": "dict[str, Any]", "ndarray": "NDArray[np.int8]",
    "Figures": {"images": "int", "wrong": "int", "loss": "float", "error_percent": "float"},
    "TestResult": {"confusion": "NDArray[np.uint64]"},
    "WrittenResult": {"seconds": "float"},
    "Standing": {"epochs": "int", "steps": "int", "train": "Figures", "test": "Figures", "pulses": "int"},
    "CarriedLayer": {
        "text": "str", "tensor": "str", "synapses": "int", "clipped": "int", "zeros": "int", "rms_error": "float",
    },
    "Alignment": {"text": "str", "degrees": "float", "signs_agree": "float"},
    "SettingHelp": {
        "name": "str", "value": "str", "help": "str", "kind": "str", "low": "float", "high": "float", "choices": "list[str]",
    },
    "CheckpointSummary": {"settings": "list[tuple[str, str]]", "epochs": "int", "steps": "int", "test_error_percent": "float"},
}  # fmt: skip
BASES = {"TestResult": "Figures", "WrittenResult": "TestResult"}


def setting_type(setting):
    if setting.name in ("target", "device", "layer"):
        return PARAMETERS[setting.name].removesuffix(" | None")
    if setting.kind == "word":
        return "Literal[" + ", ".join(f'"{word}"' for word in setting.choices) + "]"
    return {"integer": "int", "number": "float", "flag": "bool", "integers": "Sequence[int] | str"}.get(setting.kind, "str")


def keywords(without=()):
    return [f"{s.name.replace('-', '_')}: {setting_type(s)} | None = ..." for s in xs.settings() if s.name not in without]


def signature(function):
    parts, star = [], False
    parameters = inspect.signature(function).parameters
    for name, parameter in parameters.items():
        if name == "self":
            parts.append("self")
        elif parameter.kind is parameter.VAR_KEYWORD:
            more = keywords(parameters) if name == "settings" else [f"**{name}: Any"]
            parts += more if star or name != "settings" else ["*", *more]
        else:
            if parameter.kind is parameter.KEYWORD_ONLY and not star:
                parts.append("*")
                star = True
            default = "" if parameter.default is parameter.empty else " = ..."
            parts.append(f"{name}: {kind_of(function, name)}{default}")
    return ", ".join(parts)


def kind_of(function, name):
    if name == "images" and function.__name__ in ("predict", "logits", "activations"):
        return "ArrayLike"
    return PARAMETERS[name]


def function_stub(name, function, indent="", result=None):
    doc = inspect.getdoc(function)
    summary = doc.split("\n\n")[0].replace("\n", " ") if doc else ""
    lines = [f"{indent}def {name}({signature(function)}) -> {result or RESULTS[name]}:"]
    if summary:
        lines.append(f'{indent}    """{summary}"""')
    lines.append(f"{indent}    ...")
    return lines


def class_stub(cls):
    lines = [f"class {cls.__name__}:"]
    if getattr(cls, "__dataclass_fields__", None):
        lines += [f"    {f.name}: {FIELDS[getattr(f.type, '__name__', f.type)]}" for f in fields(cls)]
    if cls is xs.Table:
        lines += ["    axes: list[str]", "    rows: list[dict[str, Any]]", "    runs: list[dict[str, Any]]"]
    for name, member in vars(cls).items():
        if isinstance(member, property):
            lines += ["    @property", f"    def {name}(self) -> {result_of(cls, name)}:"]
            lines += [f'        """{inspect.getdoc(member)}"""', "        ..."]
        elif inspect.isfunction(member) and not name.startswith("_"):
            result = "Session" if cls is xs.Session and name == "train" else None
            lines += function_stub(name, member, "    ", result)
        elif name == "__init__" and cls is xs.Session:
            lines += function_stub(name, member, "    ", "None")
    return lines


def result_of(cls, name):
    return "dict[str, str]" if cls is xs.Session and name == "settings" else RESULTS.get(name, "int")


def core_stub(name):
    base = f"({BASES[name]})" if name in BASES else ""
    members = []
    for field, kind in FIELDS[name].items():
        getattr(getattr(_core, name), field)  # a name that is gone is an error here
        members += ["    @property", f"    def {field}(self) -> {kind}: ..."]
    return [f"class {name}{base}:", *members]


def main():
    lines = [HEAD, "__version__: str", "class Error(ValueError): ...", "class LogicError(RuntimeError): ..."]
    for name in ("Figures", "TestResult", "WrittenResult", "Standing", "Alignment", "CarriedLayer", "SettingHelp", "CheckpointSummary"):
        lines += core_stub(name)
    for cls in (xs.Layer, xs.Activation, xs.Session, xs.Table):
        lines += class_stub(cls)
    lines += function_stub("train", xs.train, result="Session")
    for function in (xs.load, xs.evaluate, xs.settings, xs.study):
        lines += function_stub(function.__name__, function)
    lines += ["def tasks() -> list[str]: ...", "def targets() -> list[str]: ...",
              "def check_target(target: str, changes: str = ...) -> None: ...",
              "def read_checkpoint(path: str) -> CheckpointSummary: ..."]  # fmt: skip
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
