#!/usr/bin/env python3
"""The cases of the interop matrix on two hosts that matrix.sh has made.

    matrix.py files FOLDER A B       writes the daemons' files below FOLDER/a and FOLDER/b
    matrix.py addresses FOLDER A B SIDE   a batch for ip: addresses, routes, neighbours of one host
    matrix.py traffic FOLDER A B     sends what each case sends; what happened in FOLDER/traffic.json
    matrix.py judge FOLDER A B       "ok" or "not ok" and a name for each result, then the table

A and B are the daemons: entente, strongswan, libreswan. MATRIX_CASES, numbers of cases, leaves out
the others, for a person.
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time

from cases import PINGS, SUITES, all_cases, other
from daemons import DAEMONS
from wire import AH, ESP, MARK, Wire

HERE = os.path.dirname(os.path.abspath(__file__))
AT_ONCE = 4
GREETINGS = 3


def on_host(folder, side, *words):
    with open(f"{folder}/{side}/pid", encoding="ascii") as file:
        pid = file.read().strip()
    return ["nsenter", "--target", pid, "--mount", "--root", "--net", "--pid", "--", *words]


def write_files(folder, daemons, cases):
    for side in "ab":
        for path, text in daemons[side].files(cases, side).items():
            path = f"{folder}/{side}{path}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            os.chmod(path, 0o600)


def mac(side):
    return f"02:00:00:00:00:0{'ab'.index(side) + 1}"


def addresses(cases, side):
    peer = other(side)
    print(f"link set eth0 address {mac(side)}")
    for case in cases:
        bits = "/128 nodad" if case.family == 6 else "/32"
        print(f"addr add {case.outer(side)}{bits} dev eth0")
        print(f"route add {case.outer(peer)} dev eth0 src {case.outer(side)}")
        print(f"neigh add {case.outer(peer)} lladdr {mac(peer)} dev eth0 nud permanent")
        if case.mode == "tunnel":
            print(f"addr add {case.inner(side)}{bits} dev lo")
            print(f"route add {case.net(peer)} via {case.outer(peer)} dev eth0 onlink src {case.inner(side)}")


def command(case):
    source, destination = case.end(case.initiator), case.end(other(case.initiator))
    if not case.kind:
        return ["ping", "-n", "-q", "-I", source, "-c", str(PINGS), "-i", "0.25", "-W", "6",
                "-p", MARK.hex(), destination]
    flows = [f"{ours}:{theirs}" for ours, theirs in case.ports()]
    return [f"{HERE}/echo.py", "send", case.protocol, source, destination, *flows]


def greet(folder, daemon, case):
    """Until the SAs stand: a responder may count the first packets before it has the second SA."""
    for words in daemon.begin(case):
        subprocess.run(on_host(folder, case.initiator, *words), capture_output=True, timeout=60,
                       check=False)
    words = command(case)
    if not case.kind:
        words[words.index("-c") + 1] = "1"
    for _ in range(GREETINGS):
        if subprocess.run(on_host(folder, case.initiator, *words), capture_output=True, timeout=60,
                          check=False).returncode == 0:
            return


def send(folder, daemon, case):
    started = time.monotonic()
    greet(folder, daemon, case)
    result = subprocess.run(on_host(folder, case.initiator, *command(case)), capture_output=True,
                            text=True, timeout=60, check=False)
    wanted = " 0% packet loss" if not case.kind else "all answered"
    return {"passed": result.returncode == 0 and wanted in result.stdout,
            "said": result.stdout + result.stderr, "seconds": time.monotonic() - started}


def traffic(folder, daemons, cases):
    servers = []
    started = time.monotonic()
    for side in "ab":
        ends = [f"{case.protocol}:{port}:{case.end(side)}" for case in cases
                if side == other(case.initiator) for _, port in case.ports()]
        servers.append(subprocess.Popen(on_host(folder, side, f"{HERE}/echo.py", "answer", *ends),
                                        stdout=subprocess.PIPE))
        servers[-1].stdout.readline()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda case: send(folder, daemons[case.initiator], case), cases))
    for server in servers:
        server.kill()
    with open(f"{folder}/traffic.json", "w", encoding="ascii") as file:
        json.dump(results, file)
    with open(f"{folder}/seconds", "w", encoding="ascii") as file:
        file.write(f"{time.monotonic() - started:.1f}")


def states(text):
    """The SAs of `ip -s xfrm state`, as a list of dicts."""
    found = []
    for block in re.split(r"\n(?=src )", "\n" + text):
        head = re.match(r"\s*src (\S+) dst (\S+)\s+proto (\w+) spi (0x[0-9a-f]+).*? mode (\w+)", block, re.S)
        used = re.search(r"lifetime current:\s+(\d+)\(bytes\), (\d+)\(packets\)", block)
        if not head or not used:
            continue
        cipher = re.search(r"\n\s+(?:enc|aead) (\S+) 0x([0-9a-f]+)", block)
        proof = re.search(r"\n\s+auth-trunc (\S+) 0x[0-9a-f]+ .*?(\d+)\n", block)
        tag = re.search(r"\n\s+aead \S+ 0x\S+ \(.*?\) (\d+)|\n\s+aead \S+ 0x\S+ (\d+)\n", block)
        found.append({"source": head[1], "destination": head[2], "protocol": head[3], "spi": head[4],
                      "mode": head[5], "packets": int(used[2]), "block": block,
                      "suite": (cipher[1] if cipher else "", len(cipher[2]) * 4 if cipher else 0,
                                proof[1] if proof else "",
                                int(proof[2]) if proof else int(next(filter(None, tag.groups()))) if tag else 0)})
    return found


def judge_states(case, sas, early):
    """Why the kernels' SAs of a case are not as they must be, or None; early packets may be lost."""
    for source in "ab":
        destination = other(source)
        pair = (case.outer(source), case.outer(destination))
        seen = {}
        for side in "ab":
            ours = [sa for sa in sas[side] if (sa["source"], sa["destination"]) == pair and sa["packets"]]
            seen[side] = {sa["spi"]: sa["packets"] for sa in ours}
            for sa in ours:
                if (sa["protocol"], sa["mode"]) != ("ah" if case.is_ah else "esp", case.mode):
                    return f"{side} has {sa['protocol']} in {sa['mode']} mode"
                if sa["suite"] != SUITES[case.suite][3]:
                    return f"{side} has {sa['suite']}"
        sent, received = seen[source], seen[destination]
        if early:
            # A peer that began twice has deleted one; what only one end still has tells nothing.
            received = {spi: count for spi, count in received.items() if spi in sent}
        # A responder may get the first packets before the message that tells it to install.
        lost = sum(sent.values()) - sum(received.values())
        if any(count > sent.get(spi, 0) for spi, count in received.items()) or lost > early:
            return f"{pair[0]} to {pair[1]}: a counts {seen['a']}, b counts {seen['b']}"
        if sum(received.values()) < case.answers * max(1, len(case.ports())):
            return f"{pair[0]} to {pair[1]}: {received} packets"
        if len(seen["a"]) < len(case.ports()) and case.kind == "unique":
            return f"{len(seen['a'])} SAs for {len(case.ports())} flows"
    return None


def judge_wire(case, wire):
    for source in "ab":
        pair = (case.outer(source), case.outer(other(source)))
        kinds = dict(wire.counts[pair])
        kinds.pop("ike", None)
        kinds.pop("neighbours", None)
        if set(kinds) != {AH if case.is_ah else ESP}:
            return f"{pair[0]} to {pair[1]}: packets of protocols {kinds}"
        inner = (case.inner(source), case.inner(other(source)))
        if wire.counts.get(inner):
            return f"{inner[0]} to {inner[1]}: not in a tunnel"
        if wire.marked[pair] or wire.marked[inner]:
            return "the mark can be read"
    return None


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def judge(folder, daemons, cases):
    results = json.loads(read(f"{folder}/traffic.json"))
    sas = {side: states(read(f"{folder}/{side}/states")) for side in "ab"}
    status = {side: read(f"{folder}/{side}/status") for side in "ab"}
    wire = Wire(f"{folder}/w/br0.pcap")
    # Two of ours lose nothing.
    early = 0 if daemons["a"] is daemons["b"] else 2
    good = []
    for case, result in zip(cases, results):
        by = daemons[case.initiator].name
        name = f"{by} starts, {case.name}"
        whys = [
            ("the packets pass", None if result["passed"] else result["said"]),
            ("both kernels count them", judge_states(case, sas, early)),
            ("nothing in clear on the wire", judge_wire(case, wire)),
        ] + [(f"{daemons[side].name} ({side}) says so",
              None if daemons[side].status_has(case, side, status[side]) else "its status lacks it")
             for side in "ab"]
        for what, why in whys:
            print(f"{'not ok' if why else 'ok'} {name}: {what}")
            if why:
                print("\n".join(f"#   {line}" for line in str(why).splitlines()))
        good.append(not any(why for _, why in whys))
    table(daemons, cases, results, good, float(read(f"{folder}/seconds")))


def table(daemons, cases, results, good, total):
    print(f"# {daemons['a'].name} and {daemons['b'].name}: seconds until the last answer, by who starts")
    print(f"# {'':<48}{daemons['a'].name:>12}{daemons['b'].name:>12}")
    rows = {}
    for case, result, is_good in zip(cases, results, good):
        rows.setdefault(case.name, {})[case.initiator] = (
            f"{result['seconds']:.1f} ok" if is_good else "FAILED")
    for name, cells in rows.items():
        print(f"# {name:<48}{cells.get('a', '-'):>12}{cells.get('b', '-'):>12}")
    print(f"# {sum(good)} of {len(cases)} cases, {total:.0f} s of negotiations and packets")


def main():
    verb, folder = sys.argv[1:3]
    daemons = dict(zip("ab", (DAEMONS[word] for word in sys.argv[3:5])))
    only = os.environ.get("MATRIX_CASES", "").split()
    cases = [case for case in all_cases() if not only or str(case.number) in only]
    if verb == "files":
        write_files(folder, daemons, cases)
    elif verb == "addresses":
        addresses(cases, sys.argv[5])
    elif verb == "traffic":
        traffic(folder, daemons, cases)
    elif verb == "judge":
        judge(folder, daemons, cases)


if __name__ == "__main__":
    main()
