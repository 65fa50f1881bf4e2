"""Imports the modules that specs name: by name, or from a file, alone or as part of its package."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from .errors import StartError
from .missing import missing_import, missing_module

_folders: list[Path] = []
"""The folders of files that were imported alone."""


def import_module(name: str) -> ModuleType:
    """The module that a spec names.

    Args:
        name: A module's name, or the path of a Python file.

    Raises:
        StartError: The module is missing, needs another one that is missing, or fails.
    """
    try:
        if is_file_name(name):
            return _import_file(Path(name))
        here = os.getcwd()
        if here not in sys.path and "" not in sys.path:
            sys.path.insert(0, here)
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise missing_module(name) from error
        raise missing_import(name, error) from error
    except StartError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, ImportError) and "relative import" in str(error):
            raise _relative_import(name, error) from error
        raise failed(name, error) from error


def is_file_name(name: str) -> bool:
    """Whether a spec's module is the path of a file."""
    return name.endswith((".py", ".ipynb", ".pyw")) or os.sep in name or "/" in name


def failed(where: str, error: BaseException) -> StartError:
    """The error for a module, class or factory that raised an exception."""
    lines = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return StartError(
        f"{where} failed when it was loaded: {type(error).__name__}: {error}", f"It says:\n{lines.rstrip()}"
    )


def package_of(path: Path) -> tuple[Path, str] | None:
    """The folder above a file's topmost package, and the file's dotted name. None: it is not part of a package."""
    parts = [] if path.stem == "__init__" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        parts.append(folder.name)
        folder = folder.parent
    is_part = len(parts) > (0 if path.stem == "__init__" else 1) and all(part.isidentifier() for part in parts)
    return (folder, ".".join(reversed(parts))) if is_part else None


def _import_file(path: Path) -> ModuleType:
    path = path.expanduser().resolve()
    if path.suffix == ".ipynb":
        raise StartError(
            f"{path} is a notebook, which cannot be imported.",
            f"Export it: jupyter nbconvert --to script {path.name}. Then name the .py file, "
            "and remove the cells that only try things out.",
        )
    if not path.is_file():
        raise StartError(f"There is no file {path}.", "Check the path after --agent NAME=.")
    packaged = package_of(path)
    if packaged is not None and path.stem.isidentifier():
        root, name = packaged
        if str(root) not in sys.path:
            sys.path.insert(0, str(root))
        module = importlib.import_module(name)
        if _is_from(module, path):
            return module
    elif (path.parent / "__init__.py").is_file():
        return _import_from_unnamed(path)
    return _import_alone(path)


def _import_from_unnamed(path: Path) -> ModuleType:
    """Imports a file of a package whose folder has no name that Python can import, such as `simple-qa`."""
    folder = path.parent
    name = _safe_name(folder)
    if name not in sys.modules:
        # Its own files are importable without the package's name, too, as when they are run.
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
        with _own_neighbours(folder):
            _load(name, folder / "__init__.py", [str(folder)])
    return sys.modules[name] if path.stem == "__init__" else importlib.import_module(f"{name}.{path.stem}")


def _import_alone(path: Path) -> ModuleType:
    for module in list(sys.modules.values()):
        if _is_from(module, path):
            return module
    # Its neighbours are importable, as when the file is run itself.
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    with _own_neighbours(path.parent):
        return _load(_free_name(path), path, None)


def _load(name: str, path: Path, search: list[str] | None) -> ModuleType:
    found = importlib.util.spec_from_file_location(name, path, submodule_search_locations=search)
    if found is None or found.loader is None:
        raise StartError(f"{path} cannot be imported.", "Name a Python file.")
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    try:
        found.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _free_name(path: Path) -> str:
    """The file's own name, unless another module has it: many folders have an `agent.py`."""
    stem = path.stem
    if stem.isidentifier() and stem not in sys.modules and stem not in sys.stdlib_module_names:
        return stem
    return _safe_name(path)


def _safe_name(path: Path) -> str:
    safe = "".join(c if c.isalnum() else "_" for c in path.stem)
    return f"{safe}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"


@contextlib.contextmanager
def _own_neighbours(folder: Path) -> Iterator[None]:
    """Lets a file import its own `utils`, though a file in another folder has imported another `utils` before."""
    others = [other for other in _folders if other != folder]
    aside = {
        name: module
        for name, module in list(sys.modules.items())
        if any(_is_within(module, other) for other in others) and _has_neighbour(folder, name.split(".")[0])
    }
    for name in aside:
        del sys.modules[name]
    if folder not in _folders:
        _folders.append(folder)
    before = list(sys.path)
    sys.path[:] = [str(folder), *(entry for entry in before if entry != str(folder))]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = before
        sys.modules.update(aside)


def _has_neighbour(folder: Path, name: str) -> bool:
    return (folder / f"{name}.py").is_file() or (folder / name).is_dir()


def _is_within(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and Path(file).is_relative_to(folder) and "site-packages" not in file


def _is_from(module: ModuleType, path: Path) -> bool:
    # Kept cheap: this looks at every module that is loaded.
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and file.endswith(path.name) and Path(file).resolve() == path


def _relative_import(name: str, error: ImportError) -> StartError:
    path = Path(name)
    if not is_file_name(name):
        return failed(name, error)
    folder = path.expanduser().resolve().parent
    return StartError(
        f"{name} uses a relative import ({error}), and its folder {folder} is not a package.",
        f"If {folder.name} is a package, start in {folder.parent} and name the module {folder.name}.{path.stem}, "
        f"or add an empty {folder / '__init__.py'}. Else write the import without the leading dot.",
    )
