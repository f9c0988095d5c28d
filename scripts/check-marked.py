#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# qnet - does a comment name the other side of every marked access of kmod/?
#
# It stands at the access, up to three lines before it, or where the field is declared: on its
# line, above it, or above its struct.  Each access without one is a line; exit status 1 if there
# is any.  Usage: check-marked.py [TOP], TOP being the tree (default: the one this stands in).

import glob
import os
import re
import sys

TOP = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..")
NEAR = 3

MARKED = re.compile(r"\b(?:READ_ONCE|WRITE_ONCE|data_race|smp_load_acquire|smp_store_release)\(")
# What a field's comment says of the other side; the last is said of all fields of a struct.
WORDS = re.compile(r"\b(?:read (?:by|anywhere|without)|written by|set by|each CPU)\b", re.I)
ALL = re.compile(r"\beach CPU\b", re.I)
NOT_CODE = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'", re.S)


class Source:
    """A file: its code with comments and strings blanked, and its comments by their lines."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.name = "kmod/" + os.path.basename(path)
        self.code = NOT_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
        self.lines = self.code.split("\n")
        self.comments = [(self.line(m.start()), self.line(m.end() - 1), m[0])
                         for m in NOT_CODE.finditer(text) if m[0].startswith("/")]

    def line(self, at):
        return self.code.count("\n", 0, at)

    def near(self, line):
        """Does a comment stand in @line or shortly before, in the same function?"""
        first = max(line - NEAR, 0)
        for above in range(first, line):
            if self.lines[above].startswith("}"):
                first = above + 1
        return any(begin <= line and end >= first and "----" not in text
                   for begin, end, text in self.comments)

    def beside(self, line):
        return " ".join(text for begin, _, text in self.comments if begin == line)

    def above(self, line):
        """The comment that ends in the line before @line, with no code beside it."""
        for begin, end, text in self.comments:
            if end == line - 1 and not self.lines[begin].strip():
                return re.sub(r"\s*\n\s*\*\s*", " ", text)
        return ""


def closing(code, at):
    """Where what the bracket before @at opens ends."""
    depth = 1
    while depth:
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(code[at], 0)
        at += 1
    return at - 1


def struct_fields(source, begin, end):
    """(name, its struct or None, line) of what is declared in a struct's body."""
    for match in re.finditer(r"[^;{}]+;", source.code[begin:end]):
        words = re.sub(r"\[[^\]]*\]|:\s*\d+|;", " ", match[0])
        name = re.search(r"\(\*(\w+)\)", words) or re.search(r"(\w+)\s*$", words)
        if not name:
            continue
        kind = re.match(r"\s*(?:const )?struct (\w+)", words)
        yield name[1], kind and kind[1], source.line(begin + match.end() - 1)


def structs_of(source):
    """{struct: {field: (its struct or None, is the other side named?)}}"""
    structs = {}
    for match in re.finditer(r"^struct (\w+) \{", source.code, re.M):
        # a sentence, part of one, or an "@field: ..." that says so
        text = source.above(source.line(match.start()))
        parts = [part for part in re.split(r"@" if "@" in text else r"[.;]\s", text)
                 if WORDS.search(part)]
        fields = structs[match[1]] = {}
        for name, kind, line in struct_fields(source, match.end(),
                                              closing(source.code, match.end())):
            named = WORDS.search(source.beside(line) + source.above(line))
            named = named or any(ALL.search(part) or re.search(rf"\b{name}\b", part)
                                 for part in parts)
            fields[name] = kind, bool(named)
    return structs


def argument(code, at):
    """The first argument of the call whose bracket ends at @at, without indices."""
    text = code[at:closing(code, at)]
    while re.search(r"\[[^\[\]]*\]", text):
        text = re.sub(r"\[[^\[\]]*\]", "", text)
    text = re.sub(r"per_cpu_ptr\(([^,()]*),[^()]*\)", r"\1", text)
    depth = 0
    for i, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "," and not depth:
            return text[:i]
    return text


def documented(source, at, what, structs):
    """Is @what, at @at of @source, a field of which its struct names the other side?"""
    chain = re.fullmatch(r"\s*&?\(?(\w+)\)?((?:(?:->|\.)\w+)+)\s*", what)
    if not chain:
        return False
    # the variable's last declaration before
    kinds = re.findall(rf"struct (\w+)(?:(?!struct)[^;{{}}()=])*?[\s*,]{chain[1]}\b",
                       source.code[:at])
    kind, named = kinds[-1] if kinds else None, False
    for field in re.findall(r"\w+", chain[2]):
        kind, named = structs.get(kind, {}).get(field, (None, False))
    return named


def main():
    sources = [Source(path) for path in sorted(glob.glob(os.path.join(TOP, "kmod", "*.[ch]")))]
    structs = {}
    faults = 0

    for source in sources:
        structs.update(structs_of(source))
    for source in sources:
        for match in MARKED.finditer(source.code):
            line = source.line(match.start())
            what = argument(source.code, match.end())
            if source.near(line) or documented(source, match.start(), what, structs):
                continue
            field = re.findall(r"\w+", what)[-1]
            print(f"{source.name}:{line + 1}: no comment names who else touches {field}")
            faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
