"""The list of packages that real code is taken from."""

import dataclasses
from pathlib import Path

FILE = Path(__file__).resolve().parent / "packages.tsv"


@dataclasses.dataclass(frozen=True)
class Package:
    language: str
    name: str
    tested: bool
    version: str
    licence: str
    registry: str


def read() -> list[Package]:
    rows = [line.split("\t") for line in FILE.read_text().splitlines() if line and not line.startswith("#")]
    return [Package(language, name.rstrip("*"), name.endswith("*"), version, licence, registry) for language, name, version, licence, registry in rows]


TESTED = {package.name for package in read() if package.tested}
KNOWN = {package.name for package in read()}
