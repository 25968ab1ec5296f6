"""Takes the ELF kernel out of a bzImage on the host, once: unpacking it at every boot is slow where the processor is emulated.

usage: kernel_elf.py BZIMAGE ELF
"""

import lzma
import struct
import sys

# Documentation/arch/x86/boot.rst
SETUP_SECTORS, MAGIC, PAYLOAD, SECTOR = 0x1F1, 0x202, 0x248, 512


def main():
    with open(sys.argv[1], "rb") as file:
        image = file.read()
    if image[MAGIC : MAGIC + 4] != b"HdrS":
        raise SystemExit(f"{sys.argv[1]}: no Linux kernel")
    offset, length = struct.unpack_from("<II", image, PAYLOAD)
    begin = (image[SETUP_SECTORS] + 1) * SECTOR + offset
    # After the compressed stream comes the size of the kernel, which a decompressor object leaves alone.
    kernel = lzma.LZMADecompressor(format=lzma.FORMAT_XZ).decompress(image[begin : begin + length])
    if kernel[:4] != b"\x7fELF":
        raise SystemExit(f"{sys.argv[1]}: the payload is no ELF file")
    with open(sys.argv[2], "wb") as file:
        file.write(kernel)


main()
