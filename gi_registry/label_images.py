"""Pictures of label symbols: PNG of one bit a pixel, SVG of one path. LEAF.

Both include the quiet zone of four modules and are the same byte for byte whenever they are made again with the same
zlib, so that a broken download can be continued.
"""

from __future__ import annotations

import struct
import zlib
from functools import cache

from gi_registry.label_symbols import QUIET_ZONE, Symbols

SCALE = 8  # pixels a module: 0.68 mm at 300 dots an inch


def png(symbols: Symbols, code: str, scale: int = SCALE) -> bytes:
    """A PNG with `scale` pixels a module. Raises KeyError for what is no code, ValueError for a scale below 1."""
    if scale < 1:
        raise ValueError(f"a module has at least one pixel, not {scale}")
    side = (symbols.size + 2 * QUIET_ZONE) * scale
    width = -(-side // 8)
    # Each line of pixels begins with its filter: 0 as it is, 2 (Up) the difference from the line above.
    again = b"\2" + bytes(width)
    white = b"\0" + b"\xff" * width + again * (QUIET_ZONE * scale - 1)
    repeated = again * (scale - 1)
    rows, step = b"".join(map(_wide_bytes(scale).__getitem__, symbols.rows(code))), symbols.stride // 8 * scale
    lines = [b"\0" + rows[start : start + width] + repeated for start in range(0, len(rows), step)]
    pixels = zlib.compress(b"".join([white, *lines, white]), 1)
    return _head(side) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


@cache
def _wide_bytes(scale: int) -> list[bytes]:
    """Eight modules to `scale` bytes; dark is 0 in PNG."""

    def wide(modules: int) -> bytes:
        bits = "".join(("0" if modules >> place & 1 else "1") * scale for place in reversed(range(8)))
        return int(bits, 2).to_bytes(scale, "big")

    return [wide(modules) for modules in range(256)]


@cache
def _head(side: int) -> bytes:
    """Signature and header: square, one bit a pixel, grey."""
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def svg(symbols: Symbols, code: str) -> str:
    """An SVG document, one unit a module: a line through each run of dark modules. Raises KeyError for no code."""
    rows, width, side = symbols.rows(code), symbols.stride // 8, symbols.size + 2 * QUIET_ZONE
    moves = [_MOVES[modules] for modules in rows]
    back = f"m-{symbols.stride} 1"
    path = back.join(["".join(moves[start : start + width]) for start in range(0, len(moves), width)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path stroke="#000" d="M0 {QUIET_ZONE}.5{path}"/></svg>'
    )


def _moves(modules: int) -> str:
    """Eight modules as relative moves: the pen draws over dark ones, is lifted over light ones, ends at the right.

    A run that goes on in the next eight modules goes on in the same line, without a seam.
    """
    path, bits, place = "", f"{modules:08b}", 0
    while place < 8:
        length = len(bits[place:]) - len(bits[place:].lstrip(bits[place]))
        path += f"h{length}" if bits[place] == "1" else f"m{length} 0"
        place += length
    return path


_MOVES = [_moves(modules) for modules in range(256)]
