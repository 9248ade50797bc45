"""The few parts of SVG that the pictures need. Text that would not fit is refused, so that nothing ever runs over."""

import unicodedata
from typing import Final
from xml.sax.saxutils import escape

FONT: Final = "'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei','Noto Sans SC',Arial,sans-serif"
INK: Final = "#1f2933"
GREY: Final = "#52606d"
LINE: Final = "#8b98a5"
_CHINESE: Final = frozenset("WF")
# Widths of Latin letters in parts of the size, as in Arial and Noto Sans, rounded up.
_LATIN: Final = {**dict.fromkeys("fijlrtI .,:;'·-", 0.34), **dict.fromkeys("mwMW", 0.9)}
_CAPITAL: Final = 0.7
_OTHER: Final = 0.57


def width(text: str, size: float) -> float:
    """Return about how wide a text is, rather more than less."""
    return sum(size * _em(char) for char in text)


def _em(char: str) -> float:
    if unicodedata.east_asian_width(char) in _CHINESE:
        return 1
    return _LATIN.get(char, _CAPITAL if char.isupper() else _OTHER)


class Drawing:
    """A picture that is being drawn; later parts lie over earlier ones."""

    def __init__(self, total_width: int, title: str) -> None:
        self._width = total_width
        self._title = title
        self._parts: list[str] = []

    def text(  # noqa: PLR0913 - what a text needs
        self,
        at: tuple[float, float],
        words: str,
        size: float,
        *,
        room: float,
        anchor: str = "start",
        ink: str = INK,
        weight: int = 400,
    ) -> None:
        """Write one line; `room` is the width that it has.

        Raises:
            ValueError: The text does not fit.
        """
        if width(words, size) > room:
            raise ValueError(f"{words!r} is about {width(words, size):.0f} wide and has room for {room:.0f}")
        attributes = f'x="{at[0]:.1f}" y="{at[1]:.1f}" font-size="{size:g}" fill="{ink}"'
        attributes += f' text-anchor="{anchor}"' if anchor != "start" else ""
        attributes += f' font-weight="{weight}"' if weight != 400 else ""  # noqa: PLR2004 - the ordinary weight
        self._parts.append(f"<text {attributes}>{escape(words)}</text>")

    def box(
        self, at: tuple[float, float], size: tuple[float, float], *, fill: str, edge: str = "none", radius: float = 8
    ) -> None:
        """Draw a box with round corners."""
        place = f'x="{at[0]:.1f}" y="{at[1]:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}"'
        self._parts.append(f'<rect {place} rx="{radius:g}" fill="{fill}" stroke="{edge}"/>')

    def arrow(self, points: list[tuple[float, float]], ink: str = LINE, heavy: float = 1.6) -> None:
        """Draw a line with round corners through the points, with a head at its end."""
        moves = f"M{points[0][0]:.1f},{points[0][1]:.1f}"
        for left, here, after in zip(points, points[1:], points[2:], strict=False):
            before, behind = _towards(here, left), _towards(here, after)
            moves += f" L{before[0]:.1f},{before[1]:.1f} Q{here[0]:.1f},{here[1]:.1f} {behind[0]:.1f},{behind[1]:.1f}"
        end = _towards(points[-1], points[-2], 7)
        moves += f" L{end[0]:.1f},{end[1]:.1f}"
        self._parts.append(f'<path d="{moves}" fill="none" stroke="{ink}" stroke-width="{heavy:g}"/>')
        self._parts.append(f'<path d="{_head(points[-1], points[-2])}" fill="{ink}"/>')

    def finish(self, total_height: float) -> str:
        """Return the picture as a file."""
        size = f'viewBox="0 0 {self._width} {total_height:.0f}" width="{self._width}" height="{total_height:.0f}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}" role="img">'
        paper = f'<rect width="{self._width}" height="{total_height:.0f}" fill="#ffffff"/>'
        told = "<!-- Drawn by tools/picture.py from stacks/; do not edit, run: make docs -->"
        return "\n".join([head, told, f"<title>{escape(self._title)}</title>", paper, *self._parts, "</svg>", ""])


def _towards(start: tuple[float, float], end: tuple[float, float], by: float = 10) -> tuple[float, float]:
    across, down = end[0] - start[0], end[1] - start[1]
    length = max((across**2 + down**2) ** 0.5, 1e-9)
    return start[0] + across / length * by, start[1] + down / length * by


def _head(tip: tuple[float, float], from_where: tuple[float, float]) -> str:
    base = _towards(tip, from_where, 9)
    across, down = (base[0] - tip[0]) / 9 * 4.5, (base[1] - tip[1]) / 9 * 4.5
    corners = [tip, (base[0] - down, base[1] + across), (base[0] + down, base[1] - across)]
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in corners) + " Z"
