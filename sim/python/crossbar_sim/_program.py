"""The program itself, which comes with the package: what `crossbar_sim` on the command line calls."""

import os
import sys
from pathlib import Path


def program():
    """Path of the program."""
    return str(Path(__file__).parent / "bin" / "crossbar_sim")


def main():
    os.execv(program(), ["crossbar_sim", *sys.argv[1:]])
