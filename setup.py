"""What pyproject.toml cannot say: make builds the module (make deps, make deps-python first), its version is the library's."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

root = Path(__file__).parent
version = re.search(r'CROSSBAR_VERSION "([^"]+)"', (root / "include/crossbar/version.hpp").read_text())[1]


class MakeModule(build_ext):
    """`make python`, and what it made into the place where a wheel is put together."""

    def build_extension(self, ext):
        made = root / "bin" / "python" / "crossbar_sim"
        subprocess.run(["make", f"-j{os.cpu_count()}", "python", f"PYTHON={sys.executable}"], cwd=root, check=True)
        place = Path(self.get_ext_fullpath(ext.name)).parent
        shutil.copytree(made, place, dirs_exist_ok=True)
        subprocess.run(["strip", "--strip-unneeded", place / "bin" / "crossbar_sim", *place.glob("_core*.so")], check=True)


setup(
    version=version,
    ext_modules=[Extension("crossbar_sim._core", sources=[])],
    cmdclass={"build_ext": MakeModule},
    options={"egg_info": {"egg_base": "build"}},
)
