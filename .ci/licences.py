#!/usr/bin/env python3
"""Checks licences, duplicate versions and sources of all dependencies against deny.toml.

It reads the part of cargo-deny's format that deny.toml uses and refuses what it does not know, so that the two give
the same answer. cargo-deny itself takes minutes to build; this takes a second.
"""

import json
import pathlib
import re
import subprocess
import sys

try:
    import tomllib
except ModuleNotFoundError:
    import tomli as tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
KNOWN = {
    "graph": {"targets"},
    "licenses": {"allow", "include-dev", "unused-allowed-license"},
    "bans": {"multiple-versions", "multiple-versions-include-dev", "wildcards", "skip"},
    "sources": {"unknown-registry", "unknown-git"},
}


def terms(expression):
    """The words of an SPDX expression; `/`, as older manifests write it, is a choice."""
    words = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))
    joined = []
    for word in words:
        # An exception belongs to the licence before it.
        if joined and (word == "WITH" or joined[-1].endswith(" WITH")):
            joined[-1] += " " + word
        else:
            joined.append(word)
    return joined


def allowed(expression, allow, used):
    """Whether an expression can be met by allowed licences. AND binds closer than OR."""
    words = terms(expression)

    def choice():
        met = every()
        while words and words[0] == "OR":
            words.pop(0)
            met = every() or met
        return met

    def every():
        met = one()
        while words and words[0] == "AND":
            words.pop(0)
            met = one() and met
        return met

    def one():
        if not words:
            raise ValueError("it ends too soon")
        word = words.pop(0)
        if word == "(":
            met = choice()
            if not words or words.pop(0) != ")":
                raise ValueError("a bracket is not closed")
            return met
        if word in (")", "AND", "OR"):
            raise ValueError(f"`{word}` is out of place")
        if word in allow:
            used.add(word)
            return True
        return False

    met = choice()
    if words:
        raise ValueError(f"`{words[0]}` is out of place")
    return met


def needed(package, node, by_id):
    """The ids of what a package depends on. Cargo's list also names optional dependencies that only a feature such as
    `name?/std` mentions, which are not built."""
    entries = {entry for feature in node["features"] for entry in package["features"].get(feature, ())}
    wanted = {entry[4:] for entry in entries if entry.startswith("dep:")}
    wanted |= {entry.split("/")[0] for entry in entries if "/" in entry and "?/" not in entry}
    built = {
        dependency["name"]
        for dependency in package["dependencies"]
        if not dependency["optional"] or (dependency["rename"] or dependency["name"]) in wanted
    }
    return [name for name in node["dependencies"] if by_id[name]["name"] in built]


def packages(targets):
    """The packages that any of the targets builds, by their ids."""
    found = {}
    for target in targets:
        command = ["cargo", "metadata", "--format-version", "1", "--locked", "--offline"]
        run = subprocess.run([*command, "--filter-platform", target], cwd=ROOT, check=True, stdout=subprocess.PIPE)
        metadata = json.loads(run.stdout)
        by_id = {package["id"]: package for package in metadata["packages"]}
        nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
        waiting = list(metadata["workspace_members"])
        reached = set()
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(needed(by_id[name], nodes[name], by_id))
        found.update({name: by_id[name] for name in reached})
    return found


def check(policy, found):
    """What is wrong, a line each."""
    wrong = []
    for table, fields in policy.items():
        unknown = set(fields) - KNOWN.get(table, set())
        wrong += [f"deny.toml: this check does not know {table}.{field}" for field in sorted(unknown)]

    allow, used = set(policy["licenses"]["allow"]), set()
    versions = {}
    for package in found.values():
        label = f"{package['name']} {package['version']}"
        versions.setdefault(package["name"], set()).add(package["version"])
        expression = package["license"]
        if not expression:
            wrong.append(f"{label}: its manifest names no licence")
        else:
            try:
                if not allowed(expression, allow, used):
                    wrong.append(f"{label}: `{expression}` is not allowed")
            except ValueError as error:
                wrong.append(f"{label}: `{expression}`: {error}")
        if package["source"] is None:
            wrong += [
                f"{label}: {dependency['name']} may be of any version"
                for dependency in package["dependencies"]
                if dependency["req"] == "*"
            ]
    wrong += [f"deny.toml: no dependency needs the licence {name}" for name in sorted(allow - used)]

    registries = {package["source"] for package in found.values()} - {None}
    wrong += [f"a dependency is not from a registry: {name}" for name in registries if name[:9] != "registry+"]
    if len(registries) > 1:
        wrong.append("dependencies come from several registries: " + ", ".join(sorted(registries)))

    skipped = set()
    for entry in policy["bans"]["skip"]:
        name, _, version = entry["crate"].partition("@")
        if not entry.get("reason") or not version:
            wrong.append(f"deny.toml: {entry['crate']} needs a version and a reason")
        elif len(versions.get(name, ())) < 2 or version not in versions[name]:
            wrong.append(f"deny.toml: {entry['crate']} is not there twice any more")
        skipped.add((name, version))
    for name, all_versions in sorted(versions.items()):
        left = [version for version in sorted(all_versions) if (name, version) not in skipped]
        if len(left) > 1:
            wrong.append(f"{name} is there in versions {', '.join(left)}: see `cargo tree --invert {name}@VERSION`")
    return wrong


def main():
    policy = tomllib.loads((ROOT / "deny.toml").read_text())
    found = packages(policy["graph"]["targets"])
    wrong = check(policy, found)
    for line in wrong:
        print(line)
    if not wrong:
        print(f"{len(found)} packages, all as deny.toml has it")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
