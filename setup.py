"""Builds core.tcvc, the plugin for VapourSynth, and packs the files for hosts; everything else is in setup.cfg.

The plugin is a plain library that uses libc alone. It is built as an extension module so that pip installs it, where
VapourSynth finds it, and takes it away again.
"""

import os
import runpy
import shutil
import sys
from types import SimpleNamespace

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.errors import BaseError, CCompilerError

hosts = SimpleNamespace(**runpy.run_path("vs_tcvc/runtime/host_files.py"))

SOURCE = "plugins/vapoursynth"
SUFFIX = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
NOT_BUILT = """
core.tcvc was not built, so VapourSynth scripts cannot use vs-tcvc; all else works. Install a C compiler (Debian: apt \
install gcc, macOS: xcode-select --install), then install vs-tcvc again. The reason: {}
"""


class Plugin(build_ext):
    """Builds a library where extension modules are built."""

    def build_extension(self, ext):
        try:
            super().build_extension(ext)
        except (BaseError, CCompilerError) as error:
            self.warn(NOT_BUILT.format(error))

    def get_ext_filename(self, fullname):  # setuptools asks for the whole name and for its last part
        return os.path.join(*fullname.split(".")) + SUFFIX

    def get_export_symbols(self, ext):  # no PyInit_
        return []

    def run(self):
        self.is_editable = bool(self.inplace)
        if self.is_editable:  # not into the checkout, where VapourSynth never looks: into what pip installs
            self.inplace = False
            self.build_lib = self.get_finalized_command("install").install_lib
        self.force = True  # what an older source left in build/ may look newer
        super().run()

    def get_outputs(self):
        return [] if self.is_editable else super().get_outputs()

    def get_output_mapping(self):
        return {} if self.is_editable else super().get_output_mapping()


class Package(build_py):
    """Adds the files for hosts to the package, unless they are used from the checkout."""

    def run(self):
        super().run()
        if not self.editable_mode:
            for host, source in hosts.SOURCES.items():
                packed = os.path.join(self.build_lib, "vs_tcvc", hosts.PACKED, host)
                left_out = shutil.ignore_patterns("include", "__pycache__")
                shutil.copytree(source, packed, ignore=left_out, dirs_exist_ok=True)


class Wheel(bdist_wheel):
    """A wheel for one platform and every Python."""

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


setup(
    ext_modules=[
        Extension(
            ".".join(hosts.PLUGIN),
            [f"{SOURCE}/tcvc.c"],
            include_dirs=[f"{SOURCE}/include"],
            depends=[f"{SOURCE}/arguments.h", f"{SOURCE}/include/VapourSynth4.h"],
            define_macros=[("TCVC_SOURCE_HASH", f'"{hosts.plugin_hash()}"'), ("_GNU_SOURCE", None)],  # RTLD_DEFAULT
            libraries=[] if sys.platform == "win32" else ["dl"],
            extra_compile_args=[] if sys.platform == "win32" else ["-fvisibility=hidden"],
        )
    ],
    cmdclass={"build_ext": Plugin, "build_py": Package, "bdist_wheel": Wheel},
)
