"""Settings as keywords: from what Python holds to the texts that the library reads."""

import numbers
import os
from pathlib import Path

from . import _core


def settings():
    """All settings of a run: a list with name, value (the default), help, low, high, choices."""
    return _core.setting_list()


def texts_of(keywords):
    """[(name, text)] of keywords; those that are None are left out. The library checks names and ranges."""
    return [
        (name.replace("_", "-"), _text_of(name, value)) for name, value in keywords.items() if value is not None
    ]


def places():
    """Where data lie and decoded images are kept, as the program has it from the environment."""
    home, cache = os.environ.get("HOME", ""), os.environ.get("XDG_CACHE_HOME", "")
    caches = Path(cache) if cache else Path(home) / ".cache"
    return os.environ.get("CROSSBAR_DATA", ""), str(caches / "crossbar") if cache or home else ""


def documented(function):
    """Adds the settings, from the library's own table, to a function's docstring."""
    function.__doc__ += "\n\nSettings (keywords):\n\n" + "\n".join(_described(each) for each in settings())
    return function


def _described(setting):
    name = setting.name.replace("-", "_")
    span = ""
    if setting.choices:
        span = f" One of {', '.join(setting.choices)}."
    elif setting.low or setting.high:
        span = f" At least {setting.low:g}." if setting.high >= 1e15 else f" {setting.low:g} to {setting.high:g}."
    default = f" [{setting.value}]" if setting.value else ""
    return f"    {name}: {setting.help}.{span}{default}"


def _text_of(name, value):
    if name == "target" and isinstance(value, dict):
        return toml_of({"title": "given as a dict", "citation": "none", **value})
    if name == "device" and isinstance(value, dict):
        return _changes(value, ";")
    if name == "layer" and isinstance(value, dict):
        return ";".join(f"{which}:{_changes(changes, ',')}" for which, changes in value.items())
    if isinstance(value, (list, tuple)):
        return ",".join(_scalar(each) for each in value)
    return _scalar(value)


def _scalar(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        return repr(float(value))
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    raise _core.Error(f"a setting of {type(value).__name__}: expected a number, text, True or False, or a list of these")


def _changes(tables, between):
    keys = {key.replace("weight_bits", "weight-bits"): each for key, each in _flat(tables).items()}
    return between.join(f"{key}={_scalar(each)}" for key, each in keys.items())


def _flat(tables, before=""):
    """{"tiles": {"adc_bits": 5}} as {"tiles.adc_bits": 5}."""
    flat = {}
    for key, value in tables.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{before}{key}."))
        else:
            flat[before + key] = value
    return flat


def toml_of(tables, path=()):
    """A target as TOML: keys, then tables of keys."""
    plain = {key: value for key, value in tables.items() if not isinstance(value, dict)}
    lines = [f"[{'.'.join(path)}]"] if path else []
    lines += [f"{key} = {_toml_value(value)}" for key, value in plain.items()]
    for key, value in tables.items():
        if isinstance(value, dict):
            lines.append(toml_of(value, (*path, key)).rstrip("\n"))
    return "\n".join(lines) + "\n"


def _toml_value(value):
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml_value(each) for each in value) + "]"
    if isinstance(value, str):
        escaped = "".join(_escaped(c) for c in value)
        return f'"{escaped}"'
    return _scalar(value)


def _escaped(character):
    if character in '"\\':
        return "\\" + character
    return character if character >= " " and character != "\x7f" else f"\\u{ord(character):04x}"
