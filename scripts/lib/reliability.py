"""Writes the tables of docs/reliability.md from what the fault suite left in a folder.

usage: reliability.py FOLDER docs/reliability.md

Fails where a case is missing: one that was not run proves nothing.
"""

import json
import pathlib
import sys

# Every case by its number, and on how many brokers it must have held.
CASES = {**{number: 1 for number in range(1, 31)}, **{number: 2 for number in (8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 24)}}
# with the deep-job worker
del CASES[23]


def row(told):
    seen = told["seen"]
    # whose restart a fault asked for is told by its steps; other numbers change from run to run
    money = f"{seen['settled']} ≤ {seen['bill']} ≤ {seen['settled']} + {seen['unknown']}" if told["paid"] else "–"
    cells = [
        str(told["case"]),
        told["what"],
        told["broker"],
        f"{seen['jobs']:,}",
        f"{seen['pages']:,}",
        f"{seen['requests']:,}",
        f"{seen['reissues']:,}",
        money,
        f"{told['seconds']} s",
    ]
    return "| " + " | ".join(cells) + " |"


def main(folder, page):
    told = [json.loads(path.read_text()) for path in sorted(pathlib.Path(folder).glob("*.json"))]
    cases = [one for one in told if "seen" in one and one["case"] > 0]
    controls = [one for one in told if "without" in one]
    brokers = {}
    for one in cases:
        brokers.setdefault(one["case"], set()).add(one["broker"])
    missing = [f"{case}" for case, count in CASES.items() if len(brokers.get(case, ())) < count]
    if missing:
        sys.exit(f"error: cases without an outcome: {', '.join(missing)}\nhint: scripts/test faults runs them all")
    if len(controls) < 5:
        sys.exit("error: the controls were not run")
    cases.sort(key=lambda one: (one["case"], one["what"], one["broker"], one["paid"]))
    table = [
        "| case | what goes wrong | RabbitMQ | jobs | pages | requests | dispatched again | settled ≤ bill ≤ settled + unknown (USD) | took |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: | --- | ---: |",
        *(row(one) for one in cases),
    ]
    shown = ["| left out | what goes wrong | the observer |", "| --- | --- | --- |"]
    for one in sorted(controls, key=lambda one: (one["without"], one["fault"])):
        seen = f"sees it: {one['broken']}" if one["broken"] else "finds nothing, as it should"
        shown.append(f"| {one['without']} | {one['fault']} | {seen} |")
    text = pathlib.Path(page).read_text()
    for name, lines in (("cases", table), ("controls", shown)):
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, rest = text.split(begin)
        text = before + begin + "\n" + "\n".join(lines) + "\n" + end + rest.split(end)[1]
    pathlib.Path(page).write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
