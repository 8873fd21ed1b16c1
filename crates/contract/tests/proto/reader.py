"""Reads golden messages with Python's msgpack and compares each with the JSON beside it.

usage: reader.py DIR     exit 0 when every *.msgpack says what its *.json says
"""

import json
import pathlib
import sys

import msgpack


def one_of_each(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one map")
    return found


def seen(value):
    """The JSON form of a decoded value; raises on what has none."""
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, list):
        return [seen(item) for item in value]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("a map has a key that is not text")
        return {key: seen(item) for key, item in value.items()}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise ValueError(f"{type(value).__name__} has no JSON form")


def difference(left, right, at="$"):
    """Where two values differ first, or None. 1, 1.0 and true are three values."""
    if type(left) is not type(right):
        return f"{at}: {left!r} is not {right!r}"
    if isinstance(left, dict):
        if left.keys() != right.keys():
            return f"{at}: only one has {sorted(left.keys() ^ right.keys())}"
        return next(filter(None, (difference(left[k], right[k], f"{at}.{k}") for k in left)), None)
    if isinstance(left, list):
        if len(left) != len(right):
            return f"{at}: {len(left)} items are not {len(right)}"
        pairs = enumerate(zip(left, right))
        return next(filter(None, (difference(a, b, f"{at}[{i}]") for i, (a, b) in pairs)), None)
    return None if left == right else f"{at}: {left!r} is not {right!r}"


def main():
    folder = pathlib.Path(sys.argv[1])
    goldens = {path.stem for path in folder.glob("*.msgpack")}
    expected = {path.stem for path in folder.glob("*.json")}
    problems = [f"{name}: only one of .msgpack and .json is there" for name in sorted(goldens ^ expected)]
    for name in sorted(goldens & expected):
        try:
            decoded = msgpack.unpackb(
                (folder / f"{name}.msgpack").read_bytes(),
                strict_map_key=True,
                raw=False,
                object_pairs_hook=one_of_each,
            )
            wanted = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
            problem = difference(seen(decoded), wanted)
        except Exception as error:  # whatever msgpack raises, this golden cannot be read
            problem = f"{type(error).__name__}: {error}"
        if problem:
            problems.append(f"{name}: {problem}")
    if problems or not goldens:
        sys.exit("\n".join(problems) or f"no golden in {folder}")
    print(f"{len(goldens)} goldens read")


if __name__ == "__main__":
    main()
