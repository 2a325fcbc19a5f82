"""Fetches the packages of `packages.tsv` by their registries' own clients and unpacks them; nothing of them is run.

    python fetch.py SOURCES

`apt-get` needs the package lists, those of sources among them (`deb-src`).
"""

import argparse
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import packages


def run(*words: str, at: Path) -> None:
    subprocess.run(words, cwd=at, check=True, stdout=subprocess.DEVNULL)


def fetched(package: packages.Package, at: Path) -> None:
    """Brings a package's archives into a folder."""
    match package.registry:
        case "pip":
            run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", f"{package.name}=={package.version}", at=at)
        case "npm":
            run("npm", "pack", "--silent", f"{package.name}@{package.version}", at=at)
        case "apt":
            run("apt-get", "download", "-qq", f"{package.name}={package.version}", at=at)
        case "apt-source":
            run("apt-get", "source", "--download-only", "-qq", f"{package.name}={package.version}", at=at)


def unpacked(archive: Path, at: Path) -> None:
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as file:
            file.extractall(at)
    elif archive.suffix == ".deb":
        run("dpkg", "-x", str(archive), str(at), at=at)
    elif ".orig." in archive.name or archive.suffix == ".tgz":
        if archive.suffix != ".asc":
            with tarfile.open(archive) as file:
                file.extractall(at, filter="data")


def main() -> None:
    parser = argparse.ArgumentParser(description="Fetches the packages that real code is taken from.")
    parser.add_argument("sources", type=Path)
    asked = parser.parse_args()
    for package in packages.read():
        place = (asked.sources / package.language / package.name).resolve()
        if place.exists():
            continue
        archives = (asked.sources / "archives" / package.name).resolve()
        archives.mkdir(parents=True, exist_ok=True)
        fetched(package, archives)
        place.mkdir(parents=True)
        for archive in sorted(archives.iterdir()):
            unpacked(archive, place)
        print(package.name, package.version, flush=True)


if __name__ == "__main__":
    main()
