#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# qnet - which errors calls_test got out of the module, by what KCOV told
#
# usage: calls-reached.py [--floor PERCENT] QNET.KO CONSOLE...
#
# The module of a kernel with KCOV has a record of each place where an errno is
# made (kmod/tests/points.h), the console the addresses that calls_test ran.
# A place was reached when the call of KCOV's that begins its block was.
# Prints TAP: one test a file, and one for the sum.
import argparse
import bisect
import errno
import os
import re
import struct
import sys

# What the calls go through; the others' errors come from the wire or memory.
FILES = """call handle af_qnet channel connection message pulse name netlink client process
           local remote cut usermem user node bearer service pull""".split()

RACE = "something dies between two lines: by chance, and in kill_test"
WAIT = "a signal while another thread's lock or bytes are waited for: by chance"
MANY = "more of them than this test makes"
ROOM = "the record does not fit what is left of a message: a matter of lengths"
DEVICE = "the device changes: netlink_test, session_test, bearer_test"
NODES = "another node, or where it is: session_test, netlink_test, forge_test"
RECEPTION = "in reception, which KCOV does not follow: forge_test, handshake_test, loss_test"

# Not asked for, and why: function, or "" for all; errno, or "" for all.
EXCUSED = [
    ("", "ENOMEM", "allocations fail in fault injection's tests only"),
    ("qnet_family_init", "EINVAL", "when the module is loaded: failload_test"),
    ("qnet_channel_make", "EAGAIN", MANY),
    ("qnet_channel_requeue", "ESRCH", RACE),
    ("qnet_message_pin", "EFAULT", "the caller has looked: for one that comes to forget it"),
    ("qnet_message_reply", "EINTR", "a client that wants out is told so by MsgError(-1): unblock_test"),
    ("qnet_name_attach", "ESRCH", RACE),
    ("qnet_netlink_fill_bearer", "EMSGSIZE", ROOM),
    ("qnet_netlink_fill_stat", "EMSGSIZE", ROOM),
    ("qnet_netlink_put", "EMSGSIZE", ROOM),
    ("qnet_netlink_version_get", "EMSGSIZE", ROOM),
    ("qnet_netlink_param_set", "EPERM", "who rules a namespace and not the machine: qnetctl_test"),
    ("qnet_client_make", "EAGAIN", MANY),
    ("qnet_client_attach", "ESRCH", RACE),
    ("qnet_client_attach", "EAGAIN", MANY),
    ("qnet_client_take_slot", "EAGAIN", MANY),
    ("qnet_process_count", "EPERM", "who is not in sight of the first process's pid namespace: permission_test"),
    ("qnet_local_attach", "ESRCH", RACE),
    ("qnet_local_pulse", "EBADF", RACE),
    ("qnet_local_pulse", "ESRCH", RACE),
    ("qnet_local_pull_pinned", "EINTR", WAIT),
    ("qnet_local_pull", "EINTR", WAIT),
    ("qnet_local_push", "EINTR", WAIT),
    ("qnet_local_push", "ESRCH", RACE),
    ("qnet_local_reply", "ESRCH", WAIT),
    ("qnet_local_reply", "EINTR", WAIT),
    ("qnet_remote_begin", "EAGAIN", MANY),
    ("qnet_remote_begin", "EBUSY", MANY),
    ("qnet_remote_connect", "EINTR", WAIT),
    ("qnet_remote_request", "EBUSY", RACE),
    ("qnet_remote_pulse", "EAGAIN", "1024 that nobody receives: pulse_test"),
    ("qnet_pin_segment", "EFAULT", RACE),
    ("qnet_node_new", "ENOSPC", MANY),
    ("qnet_node_learn", "ENOSPC", MANY),
    ("qnet_node_pin", "EHOSTDOWN", NODES),
    ("qnet_node_rename", "EHOSTDOWN", NODES),
    ("qnet_bearer_remove", "EHOSTUNREACH", DEVICE),
    ("qnet_bearer_check", "EINVAL", DEVICE),
    ("qnet_bearer_change", "", DEVICE),
    ("qnet_node_bearer_mtu", "", DEVICE),
    ("qnet_service_count", "", RECEPTION),
    ("qnet_service_send", "", RECEPTION),
    ("qnet_service_detach", "", RECEPTION),
    ("qnet_service_pulse", "", RECEPTION),
    ("qnet_service_query", "", RECEPTION),
    ("qnet_service_segment", "", RECEPTION),
    ("qnet_service_push_part", "", WAIT),
    ("qnet_service_push", "", WAIT),
    ("qnet_service_reply", "", WAIT),
    ("qnet_pull_keep", "", RECEPTION),
    ("qnet_pull_data", "", RECEPTION),
    ("qnet_pull_piece", "EFAULT", "the buffer goes away while the rest comes: fault_test"),
    ("qnet_pull_eager_wait", "", RACE),
    ("qnet_pull_ask", "EINTR", WAIT),
    ("qnet_pull_wait", "", RACE),
    ("qnet_pull", "", WAIT),
]


class Module:
    """Sections of an ELF64 relocatable file."""

    def __init__(self, path):
        self.bytes = open(path, "rb").read()
        offset, = struct.unpack_from("<Q", self.bytes, 40)
        size, count, names = struct.unpack_from("<HHH", self.bytes, 58)
        self.headers = [struct.unpack_from("<IIQQQQIIQQ", self.bytes, offset + i * size)
                        for i in range(count)]
        self.names = [self.string(self.headers[names], h[0]) for h in self.headers]

    def string(self, table, at):
        begin = table[4] + at
        return self.bytes[begin:self.bytes.index(b"\0", begin)].decode()

    def data(self, name):
        if name not in self.names:
            return b""
        h = self.headers[self.names.index(name)]
        return self.bytes[h[4]:h[4] + h[5]]

    def symbol(self, number):
        """Name, section's name, value."""
        table = self.headers[self.names.index(".symtab")]
        name, _, _, section, value, _ = struct.unpack_from("<IBBHQQ", self.bytes,
                                                           table[4] + number * 24)
        where = self.names[section] if 0 < section < len(self.names) else ""
        return self.string(self.headers[table[6]], name), where, value

    def relocations(self, section):
        """Offset, symbol's number, addend."""
        for offset, info, addend in struct.iter_unpack("<QQq", self.data(".rela" + section)):
            yield offset, info >> 32, addend


def calls_of_kcov(module, section):
    """Addresses in @section that KCOV's calls return to, sorted."""
    return sorted(offset + 4 for offset, symbol, _ in module.relocations(section)
                  if module.symbol(symbol)[0] == "__sanitizer_cov_trace_pc")


def points(module):
    """(file, line, errno's name) -> addresses, as (section, offset)."""
    found = {}
    data = module.data(".debug_qnet")
    for offset, symbol, addend in module.relocations(".debug_qnet"):
        _, section, value = module.symbol(symbol)
        line, number = struct.unpack_from("<II", data, offset + 8)
        end = data.index(b"\0", offset + 16)
        path = data[offset + 16:end].decode()
        if "/kmod/" not in path:
            continue
        key = os.path.basename(path), line, errno.errorcode[number]
        found.setdefault(key, []).append((section, value + addend))
    return found


def read_console(paths):
    """Where .text and .text.unlikely are, and the offsets that were run."""
    base, covered = {}, set()
    for path in paths:
        for line in open(path, errors="replace"):
            at = re.match(r"# kcov: \.text at (\S+), \.text\.unlikely at (\S+)", line)
            if at:
                base = {".text": int(at[1], 16), ".text.unlikely": int(at[2], 16)}
            elif line.startswith("# kcov "):
                covered.update(int(word, 16) for word in line.split()[2:])
    return base, covered


def source_line(top, name, line):
    with open(os.path.join(top, "kmod", name)) as file:
        return file.read().split("\n")[line - 1].strip()


def makes_errno(text, name):
    """Not where one is compared with, or set in advance for what may fail later."""
    return (re.search(r"(?<![=!]= )(?<![=!]= -)\b" + name + r"\b", text) and
            not re.match(r"int \w+ = -", text))


def function_of(top, name, line):
    with open(os.path.join(top, "kmod", name)) as file:
        lines = file.read().split("\n")
    for i in range(line - 1, -1, -1):
        if re.match(r"[a-z].*\(", lines[i]) and not lines[i].endswith(";"):
            return re.search(r"(\w+)\(", lines[i])[1]
    return ""


def excuse(function, name):
    for where, number, why in EXCUSED:
        if where in ("", function) and number in ("", name):
            return why
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--floor", type=float, default=0)
    parser.add_argument("module")
    parser.add_argument("console", nargs="+")
    args = parser.parse_args()
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

    module = Module(args.module)
    base, covered = read_console(args.console)
    if not covered or not module.data(".debug_qnet"):
        sys.exit("no addresses in the console, or no places in the module: a kernel with KCOV?")
    starts = {section: calls_of_kcov(module, section) for section in (".text", ".text.unlikely")}

    def reached(address):
        section, offset = address
        calls = starts.get(section, [])
        i = bisect.bisect_right(calls, offset)
        return i > 0 and base.get(section, 0) + calls[i - 1] in covered

    files, functions = {}, set()
    for (name, line, number), addresses in sorted(points(module).items()):
        text = source_line(top, name, line)
        stem = name[:-2]
        if stem not in FILES or not makes_errno(text, number):
            continue
        went = any(reached(a) for a in addresses)
        function = function_of(top, name, line)
        why = "" if went else excuse(function, number)
        files.setdefault(stem, []).append((went, line, number, text, why))
        functions.add(function)

    wanted = sum(1 for f in files.values() for p in f if not p[4])
    got = sum(1 for f in files.values() for p in f if p[0])
    for stem in FILES:
        missed = [p for p in files.get(stem, []) if not p[0]]
        print("# %-10s %2d of %2d" % (stem, len(files.get(stem, [])) - len(missed),
                                      len(files.get(stem, []))))
        for _, line, number, text, why in missed:
            print("#   not reached: %s.c:%d: %s%s" % (stem, line, text,
                                                      " (%s)" % why if why else ""))
    percent = 100 * got / wanted if wanted else 0
    stale = [where for where, _, _ in EXCUSED if where and where not in functions]
    print("TAP version 13\n1..2")
    good = percent >= args.floor
    print("%sok 1 errors reached: %d of %d, %.0f %%, at least %.0f %%" %
          ("" if good else "not ", got, wanted, percent, args.floor))
    print("%sok 2 what is excused exists%s" %
          ("not " if stale else "", "".join(": " + where for where in stale)))
    sys.exit(not good or bool(stale))


if __name__ == "__main__":
    main()
