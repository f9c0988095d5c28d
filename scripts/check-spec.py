#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# qnet - do the netlink family's YAML spec, uapi header and code say the same?
#
# Each disagreement is one line; exit status 1 if there is any.  Usage:
# check-spec.py [TOP], TOP being the tree (default: the one this stands in).

import os
import re
import sys

import yaml

TOP = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..")
SPEC = "Documentation/netlink/specs/qnet.yaml"
HEADER = "uapi/linux/qnet.h"
CODE = "kmod/netlink.c"
PARAMS = "kmod/param.h"
PROTOCOL = "Documentation/protocol.rst"

faults = []


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def c_name(*words):
    return "_".join(words).upper().replace("-", "_")


def header_enums(text):
    """{enum: {constant: value}} of what the kernel's generator would write, markers left out."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    enums = {}
    for name, body in re.findall(r"enum (\w+) \{(.*?)\}", text, re.S):
        value = -1
        members = {}
        for entry in filter(None, (word.strip() for word in body.split(","))):
            constant, _, given = (part.strip() for part in entry.partition("="))
            if "MAX" in constant.split("_"):
                continue
            value = int(given, 0) if given else value + 1
            members[constant] = value
        enums[name] = members
    return enums


def header_defines(text):
    found = re.findall(r'^#define\s+(QNET_\w+)\s+"?(\w+)"?\s*(?:/\*.*)?$', text, re.M)
    return dict(found)


def numbered(entries, first):
    """Names and values of a spec's list, where a value not given is one more than the last."""
    value = first - 1
    for entry in entries:
        entry = entry if isinstance(entry, dict) else {"name": entry}
        value = entry.get("value", value + 1)
        yield entry["name"], value


def compare(what, spec, header):
    for name in sorted(spec.keys() | header.keys()):
        if name not in header:
            faults.append(f"{what}: {name} is not in {HEADER}")
        elif name not in spec:
            faults.append(f"{what}: {name} is not in {SPEC}")
        elif spec[name] != header[name]:
            faults.append(f"{what}: {name} is {spec[name]} in the spec, {header[name]} in the header")


def compare_enum(enums, item, prefix, entries, first):
    name = item["enum-name"].replace("-", "_")
    spec = {c_name(prefix, entry): value for entry, value in numbered(entries, first)}
    if first:
        spec[c_name(prefix, "unspec")] = 0
    compare(f"enum {name}", spec, enums.pop(name, {}))


def check_references(spec):
    sets = {item["name"]: {a["name"] for a in item["attributes"]} for item in spec["attribute-sets"]}
    types = {item["name"] for item in spec["definitions"]}
    for item in spec["attribute-sets"]:
        for attr in item["attributes"]:
            if attr.get("nested-attributes", item["name"]) not in sets:
                faults.append(f"attribute {attr['name']}: no set {attr['nested-attributes']}")
            if "enum" in attr and attr["enum"] not in types:
                faults.append(f"attribute {attr['name']}: no enum {attr['enum']}")
    for op in spec["operations"]["list"]:
        for side in ("do", "dump"):
            for message in op.get(side, {}).values():
                for name in message["attributes"]:
                    if name not in sets[op["attribute-set"]]:
                        faults.append(f"operation {op['name']}: no attribute {name}")


def check_code(spec, text):
    """Handlers and permissions of the operations."""
    code = {}
    for block in re.findall(r"\{([^{}]*\.cmd = QNET_CMD_[^{}]*)\}", text):
        command = re.search(r"\.cmd = (\w+)", block).group(1)
        code[command] = {
            "do": ".doit" in block,
            "dump": ".dumpit" in block,
            "admin": "GENL_UNS_ADMIN_PERM" in block,
        }
    said = {}
    for op in spec["operations"]["list"]:
        said[c_name("qnet-cmd", op["name"])] = {
            "do": "do" in op,
            "dump": "dump" in op,
            "admin": "uns-admin-perm" in op.get("flags", []),
        }
    for name in sorted(said.keys() | code.keys()):
        if said.get(name) != code.get(name):
            faults.append(f"{name}: spec {said.get(name)}, {CODE} {code.get(name)}")


def table_rows(text):
    """Cells of each row of grid tables, their lines joined."""
    rows = []
    lines = []
    for line in text.splitlines():
        if line.startswith("|"):
            lines.append([cell.strip() for cell in line.strip("|").split("|")])
            continue
        if lines and line.startswith("+") and len({len(cells) for cells in lines}) == 1:
            rows.append([" ".join(filter(None, cells)) for cells in zip(*lines)])
        lines = []
    return rows


# What a number of the text is in the unit of a parameter.
UNITS = {
    "ms": {"us": 1 / 1000, "ms": 1, "s": 1000, "min": 60000},
    "us": {"us": 1, "ms": 1000, "s": 1000000},
    "bytes": {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20},
}
WORDS = {"a quarter": "1/4", "half": "1/2"}


def values(cell, unit):
    """All that the numbers of a cell may mean: 3 .. 250 ms is 3 ms, too, and 1/4 four parts."""
    for word, number in WORDS.items():
        cell = cell.replace(word, number)
    found = set()
    factor = None
    for number, part, word in reversed(re.findall(r"(\d+)(?:/(\d+))?(?: ([A-Za-z]+))?", cell)):
        factor = UNITS.get(unit, {}).get(word, factor)
        if unit in UNITS and factor:
            found.add(int(number) * factor)
        elif unit not in UNITS:
            found.add(int(part or number))
    return found


def check_params():
    """A parameter that nothing reads, or that nobody explains as it is, is none."""
    code = "".join(read(os.path.join("kmod", name))
                   for name in os.listdir(os.path.join(TOP, "kmod"))
                   if name.endswith((".c", ".h")) and not PARAMS.endswith(name))
    read_there = set(re.findall(r"(?:qnet_param\([^,;]+,\s*|QNET_FIXED\()(\w+)\)", code))
    explained = read(PROTOCOL)
    rows = {name: cells for cells in table_rows(explained) if len(cells) > 2
            for name in re.findall(r"``(\w+)``", cells[1])}
    for name, unit, first in re.findall(r"^\tX\((\w+), \"([^\"]+)\", (\d+),",
                                        read(PARAMS), re.M):
        if name not in read_there:
            faults.append(f"parameter {name} of {PARAMS} is read nowhere")
        if f"``{name}``" not in explained:
            faults.append(f"parameter {name} of {PARAMS} is not in {PROTOCOL}")
        elif name not in rows:
            faults.append(f"parameter {name} of {PARAMS} is in no table of {PROTOCOL}")
        elif int(first) not in values(rows[name][2], unit):
            faults.append(f"parameter {name} is {first} {unit} in {PARAMS}, "
                          f"{rows[name][2]} in {PROTOCOL}")


def main():
    spec = yaml.safe_load(read(SPEC))
    header = read(HEADER)
    enums = header_enums(header[header.index("Generic netlink"):])
    defines = header_defines(header)

    for item in spec["definitions"]:
        if item["type"] == "const":
            name = c_name("qnet", item["name"])
            compare("constant", {name: str(item["value"])}, {name: defines.get(name)})
        else:
            compare_enum(enums, item, item["name-prefix"].rstrip("-"), item["entries"], 0)
    for item in spec["attribute-sets"]:
        prefix = "qnet-a" if item["name"] == spec["name"] else f"qnet-a-{item['name']}"
        compare_enum(enums, item, prefix, item["attributes"], 1)
    compare_enum(enums, spec["operations"], "qnet-cmd", spec["operations"]["list"], 1)
    for name in enums:
        faults.append(f"enum {name} of {HEADER} is not in {SPEC}")

    compare("constant", {"QNET_GENL_NAME": spec["name"]},
            {"QNET_GENL_NAME": defines.get("QNET_GENL_NAME")})
    for group in spec["mcast-groups"]["list"]:
        name = c_name(group["c-define-name"])
        compare("constant", {name: group["name"]}, {name: defines.get(name)})
    check_references(spec)
    check_code(spec, read(CODE))
    check_params()

    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
