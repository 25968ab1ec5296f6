"""Makes the lab's content: pseudo-random files, the same on every machine (fixed seeds), kept once made.

usage: content.py DIRECTORY [NAME...]   without NAMEs, all files of the lab
"""

import os
import random
import sys

KIB, MIB = 1 << 10, 1 << 20
# A fixed time: nginx makes its ETag of size and modification time.
MODIFIED = 1_700_000_000
SIZES = {
    "1k.bin": KIB,
    "16k.bin": 16 * KIB,
    "1m.bin": MIB,
    "16m.bin": 16 * MIB,
    "200m.bin": 200 * MIB,
    "500m.bin": 500 * MIB,
}


def make(path, name, size):
    generator = random.Random(name)
    partial = f"{path}.{os.getpid()}"
    with open(partial, "wb") as file:
        left = size
        while left > 0:
            left -= file.write(generator.randbytes(min(left, MIB)))
    os.chmod(partial, 0o644)
    os.utime(partial, (MODIFIED, MODIFIED))
    # Complete or absent, also when two labs make it at the same time.
    os.replace(partial, path)


def main():
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)
    os.chmod(directory, 0o755)
    for name in sys.argv[2:] or SIZES:
        size = SIZES[name]
        path = os.path.join(directory, name)
        if not os.path.exists(path) or os.stat(path).st_size != size or os.stat(path).st_mtime != MODIFIED:
            make(path, name, size)


main()
