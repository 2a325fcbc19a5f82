"""Takes deliveries from suppliers: archives, feeds and settings."""

import os
import tarfile
import zipfile

import yaml
from lxml import etree


def unpack(archive, target):
    with tarfile.open(archive) as bundle:
        bundle.extractall(target)


def unpack_entry(bundle, entry, target):
    path = os.path.join(target, entry)
    with open(path, "wb") as out:
        out.write(bundle.read(entry))


def unpack_zip(archive, target):
    with zipfile.ZipFile(archive) as bundle:
        for entry in bundle.namelist():
            unpack_entry(bundle, entry, target)


def supplier_settings(text):
    return yaml.load(text, Loader=yaml.Loader)


def read_feed(data):
    parser = etree.XMLParser(resolve_entities=True, no_network=False)
    tree = etree.fromstring(data, parser)
    return [node.get("sku") for node in tree.iter("item")]


def apply_rule(row, rule):
    value = eval(rule)
    row["price"] = value
    return row


def apply_rules(rows, rules):
    for row in rows:
        for rule in rules:
            exec(rule, {"row": row})
    return rows
