"""QR codes as small SVG files. LEAF.

The symbol comes from the `qrcode` library; its own SVG writer makes a file six times as large. Quiet zone of
four modules and error correction M (15 %) as ISO/IEC 18004 asks and recommends for plain print.
"""

from __future__ import annotations

import qrcode
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q

QUIET_ZONE = 4


def svg(text: str, *, high: bool = False) -> str:
    """A QR code of `text` as an SVG document, one unit a module; `high` takes error correction Q (25 %).

    One path draws each horizontal run of dark modules as a box. Raises ValueError for text that fits no symbol.
    """
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q if high else ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    rows = code.get_matrix()
    size = len(rows)
    boxes = "".join(_boxes(row, y) for y, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{boxes}"/></svg>'
    )


def _boxes(row: list[bool], y: int) -> str:
    path, start = [], None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            path.append(f"M{start} {y}h{x - start}v1H{start}z")
            start = None
    return "".join(path)
