"""Draws grouped bars as SVG: a panel below the other, a bar for each peer, a whisker from least to most."""

import math
import statistics
from dataclasses import dataclass
from html import escape

# Told apart by people who see few colours, too (after Okabe and Ito).
COLOURS = ("#000000", "#d55e00", "#999999", "#0072b2", "#009e73", "#cc79a7", "#e69f00")
WIDTH, LEFT, RIGHT = 960, 70, 20
TOP, PLOT, BOTTOM = 50, 220, 40  # of one panel, in pixels


@dataclass
class Panel:
    title: str
    unit: str
    groups: dict        # by scenario, by peer: a value for each round
    reference: float | None = None


def steps(most):
    """Round numbers from 0 to `most` or a little more, four to eight of them."""
    size = 10 ** math.floor(math.log10(most))
    step = next(size * part for part in (0.1, 0.2, 0.5, 1, 2) if most / (size * part) <= 8)
    return [step * i for i in range(math.ceil(most / step) + 1)]


def text(x, y, words, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(words)}</text>'


def line(x1, y1, x2, y2, colour, width=1.0, more=""):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
            f'stroke-width="{width}" {more}/>')


def draw_panel(panel, peers, top):
    ticks = steps(max(max(values) for group in panel.groups.values() for values in group.values()))
    floor = top + TOP + PLOT

    def height(value):
        return floor - value / ticks[-1] * PLOT

    yield text(LEFT, top + 22, panel.title, 'class="title"')
    yield text(LEFT, top + 40, panel.unit, 'class="small"')
    for tick in ticks:
        yield line(LEFT, height(tick), WIDTH - RIGHT, height(tick), "#ddd")
        yield text(LEFT - 8, height(tick) + 4, f"{tick:g}", 'text-anchor="end"')

    room = (WIDTH - LEFT - RIGHT) / len(panel.groups)
    for place, (scenario, group) in enumerate(panel.groups.items()):
        left = LEFT + room * place
        wide = min(room * 0.8 / len(group), 40)
        first = left + (room - wide * len(group)) / 2
        yield text(left + room / 2, floor + 20, scenario, 'text-anchor="middle"')
        for i, (peer, values) in enumerate(group.items()):
            x, median = first + wide * i, max(statistics.median(values), 0)
            label = escape(f"{scenario}, {peer}: {median:.2f} ({min(values):.2f} to {max(values):.2f})")
            yield (f'<rect x="{x:.1f}" y="{height(median):.1f}" width="{wide - 1:.1f}" '
                   f'height="{floor - height(median):.1f}" fill="{COLOURS[peers.index(peer) % len(COLOURS)]}">'
                   f"<title>{label}</title></rect>")
            yield line(x + wide / 2, height(max(min(values), 0)), x + wide / 2, height(max(values)), "#555", 1.5)
    if panel.reference is not None:
        yield line(LEFT, height(panel.reference), WIDTH - RIGHT, height(panel.reference), "#000", 1,
                   'stroke-dasharray="4 3"')
    yield line(LEFT, floor, WIDTH - RIGHT, floor, "#000")


def draw(panels, peers):
    """Returns the plot as the text of an SVG file."""
    legend = 40
    total = legend + len(panels) * (TOP + PLOT + BOTTOM)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" role="img" '
             'aria-label="Bars for each server; the table beside the plot holds the same figures">',
             "<style>text{font:13px sans-serif;fill:#222}.title{font-weight:bold;font-size:15px}"
             ".small{fill:#555}</style>",
             f'<rect width="{WIDTH}" height="{total}" fill="#fff"/>']
    for i, peer in enumerate(peers):
        x = LEFT + i * (WIDTH - LEFT - RIGHT) / len(peers)
        parts.append(f'<rect x="{x:.1f}" y="14" width="14" height="14" fill="{COLOURS[i % len(COLOURS)]}"/>')
        parts.append(text(x + 20, 26, peer))
    for i, panel in enumerate(panels):
        parts += draw_panel(panel, peers, legend + i * (TOP + PLOT + BOTTOM))
    return "\n".join([*parts, "</svg>"]) + "\n"
