"""Says what to do about a module that is missing: install it only if it is known what installs it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from .errors import StartError

# Import names whose distribution has another name.
_DISTRIBUTIONS = {
    "kaizen": "kailash-kaizen",
    "kaizen_agents": "kaizen-agents",
    "kaizen_eatp_bridge": "kaizen-eatp-bridge",
    "dotenv": "python-dotenv",
    "yaml": "PyYAML",
    "PIL": "Pillow",
    "sklearn": "scikit-learn",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "jwt": "PyJWT",
    "nacl": "PyNaCl",
    "fitz": "PyMuPDF",
    "docx": "python-docx",
}
_KAIZEN = ("kailash", "kailash-kaizen", "kaizen-agents", "kailash-mcp")
_REQUIREMENT_FILES = ("pyproject.toml", "requirements.txt", "requirements-dev.txt", "setup.cfg", "setup.py", "Pipfile")


def missing_module(name: str) -> StartError:
    """The error for a spec's module that does not exist."""
    where = f"it was looked for in {os.getcwd()} and in this Python's packages ({sys.executable})"
    return StartError(f"There is no module {name!r}: {where}.", _remedy(name, Path.cwd(), is_spec=True))


def missing_import(where: str, error: ModuleNotFoundError) -> StartError:
    """The error for a module of the user that needs another one."""
    missing = error.name or str(error)
    folder = Path(where).expanduser().resolve().parent if os.sep in where or where.endswith(".py") else Path.cwd()
    return StartError(
        f"{where} needs the module {missing!r}, which this Python ({sys.executable}) does not have.",
        _remedy(missing, folder, is_spec=False),
    )


def _remedy(module: str, folder: Path, *, is_spec: bool) -> str:
    top = module.split(".")[0]
    if is_installed(top) and "." in module:
        version = _version_of(top)
        return (
            f"{top} is installed{f' ({version})' if version else ''} and has no {module!r}: "
            "correct the import, or install the version that the agent was written for."
        )
    required = known_requirement(top, folder)
    if required is not None:
        name, source = required
        return f"Install it, as {source} asks for: {sys.executable} -m pip install '{name}'"
    near = _find_near(top, folder)
    if near is not None:
        return f"{near} has it: start in that folder, or set PYTHONPATH={near}"
    if is_spec:
        return f"Start in the folder that holds {top}.py, or name the file: --agent NAME=path/to/{top}.py:TARGET"
    return (
        f"No requirements file of the project and no requirement of Kaizen names {top!r}. If it is your own module, "
        "start in its folder or set PYTHONPATH; if it is a package, add it to the project's requirements and install them."
    )


def known_requirement(module: str, folder: Path) -> tuple[str, str] | None:
    """The requirement that installs a module, and the file or package that has it. None: no file or package has one."""
    distribution = _DISTRIBUTIONS.get(module, module)
    wanted = {_normal(distribution), _normal(module)}
    for file in _requirement_files(folder):
        for name, requirement in _requirements_in(file):
            if _normal(name) in wanted:
                return requirement, str(file)
    if module == "kailash":
        return "kailash[trust]", "this package"
    if module in ("kaizen", "kaizen_agents"):
        return distribution, "Kaizen"
    from importlib import metadata  # takes a while to load, and is rarely needed

    for package in _KAIZEN:
        try:
            requirements = metadata.requires(package) or []
        except metadata.PackageNotFoundError:
            continue
        for text in requirements:
            name = re.match(r"[A-Za-z0-9._-]+", text)
            if name and _normal(name[0]) in wanted:
                return re.split(r"[;\s]", text, maxsplit=1)[0], f"{package} {metadata.version(package)}"
    return None


def is_installed(module: str) -> bool:
    """Whether this Python has a top-level module."""
    from importlib.util import find_spec

    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _version_of(module: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(_DISTRIBUTIONS.get(module, module))
    except metadata.PackageNotFoundError:
        return None


def _requirement_files(folder: Path) -> list[Path]:
    """Those of the project: in the folder and above it, up to the first that looks like a project's root."""
    found: list[Path] = []
    for at in [folder, *folder.parents][:6]:
        here = [at / name for name in _REQUIREMENT_FILES if (at / name).is_file()]
        found += here
        if here or (at / ".git").exists():
            break
    return found


def _requirements_in(file: Path) -> list[tuple[str, str]]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    if file.name == "pyproject.toml":
        return [(_name_of(item), item) for item in _pyproject_requirements(text)]
    if file.name.startswith("requirements"):
        lines = [line.split("#")[0].strip() for line in text.splitlines()]
        lines = [line.split(";")[0].strip() for line in lines if line and not line.startswith("-")]
    else:
        # Quoted in setup.py; on lines of their own in setup.cfg; keys in a Pipfile.
        lines = re.findall(r"^\s*[\"']?([A-Za-z0-9][\w.-]*(?:\[[\w,]+\])?(?:[<>=!~]=?[\w.*]+)?)", text, re.MULTILINE)
        lines += re.findall(r"[\"']([A-Za-z0-9][\w.-]*(?:\[[\w,]+\])?(?:[<>=!~]=?[\w.*]+)?)[\"']", text)
    return [(_name_of(line), line) for line in lines if _name_of(line)]


def _pyproject_requirements(text: str) -> list[str]:
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return []
    project = data.get("project", {})
    found = [item for item in project.get("dependencies", []) if isinstance(item, str)]
    for group in (project.get("optional-dependencies", {}), data.get("dependency-groups", {})):
        found += [item for items in group.values() for item in items if isinstance(item, str)]
    poetry = data.get("tool", {}).get("poetry", {}).get("dependencies", {})
    return [item.split(";")[0].strip() for item in found] + [name for name in poetry if name != "python"]


def _name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
    return found[0] if found else ""


def _find_near(module: str, folder: Path) -> Path | None:
    """A folder close by that holds a module: its parent, the parent's parent, or their `src`."""
    for at in [folder, *folder.parents][:4]:
        for place in (at, at / "src", at / "lib", at / "python"):
            if (place / f"{module}.py").is_file() or (place / module / "__init__.py").is_file():
                return place
    return None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
