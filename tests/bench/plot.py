"""Draws panels as SVG, one below the other: bars in groups, or curves. A whisker reaches from least to most."""

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


@dataclass
class Curves:
    title: str
    unit: str
    across: str         # what is counted from left to right
    curves: dict        # by peer, by such a count: a value for each round


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


def draw_frame(panel, ticks, top):
    """The titles, and a line for each tick."""
    yield text(LEFT, top + 22, panel.title, 'class="title"')
    yield text(LEFT, top + 40, panel.unit, 'class="small"')
    for tick in ticks:
        height = top + TOP + PLOT - tick / ticks[-1] * PLOT
        yield line(LEFT, height, WIDTH - RIGHT, height, "#ddd")
        yield text(LEFT - 8, height + 4, f"{tick:g}", 'text-anchor="end"')


def draw_bars(panel, peers, top):
    ticks = steps(max(max(values) for group in panel.groups.values() for values in group.values()))
    floor = top + TOP + PLOT

    def height(value):
        return floor - value / ticks[-1] * PLOT

    yield from draw_frame(panel, ticks, top)
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


def draw_curves(panel, peers, top):
    ticks = steps(max(max(values) for curve in panel.curves.values() for values in curve.values()))
    counts = steps(max(count for curve in panel.curves.values() for count in curve))
    floor = top + TOP + PLOT

    def place(count):
        return LEFT + count / counts[-1] * (WIDTH - LEFT - RIGHT)

    def height(value):
        return floor - value / ticks[-1] * PLOT

    yield from draw_frame(panel, ticks, top)
    for count in counts:
        yield line(place(count), floor, place(count), floor + 4, "#000")
        yield text(place(count), floor + 20, f"{count:g}", 'text-anchor="middle"')
    yield text(WIDTH - RIGHT, floor + 38, panel.across, 'class="small" text-anchor="end"')

    for peer, curve in panel.curves.items():
        colour = COLOURS[peers.index(peer) % len(COLOURS)]
        points = [(place(count), height(statistics.median(values))) for count, values in sorted(curve.items())]
        yield (f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" fill="none" '
               f'stroke="{colour}" stroke-width="2"/>')
        for (x, y), (count, values) in zip(points, sorted(curve.items())):
            label = escape(f"{count:g} {panel.across}, {peer}: {statistics.median(values):.2f} "
                           f"({min(values):.2f} to {max(values):.2f})")
            yield line(x, height(min(values)), x, height(max(values)), colour, 1.5)
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"><title>{label}</title></circle>'
    yield line(LEFT, floor, WIDTH - RIGHT, floor, "#000")


def draw(panels, peers, label="Bars for each server; the table beside the plot holds the same figures"):
    """Returns the plot as the text of an SVG file."""
    legend = 40
    total = legend + len(panels) * (TOP + PLOT + BOTTOM)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" role="img" '
             f'aria-label="{escape(label)}">',
             "<style>text{font:13px sans-serif;fill:#222}.title{font-weight:bold;font-size:15px}"
             ".small{fill:#555}</style>",
             f'<rect width="{WIDTH}" height="{total}" fill="#fff"/>']
    for i, peer in enumerate(peers):
        x = LEFT + i * (WIDTH - LEFT - RIGHT) / len(peers)
        parts.append(f'<rect x="{x:.1f}" y="14" width="14" height="14" fill="{COLOURS[i % len(COLOURS)]}"/>')
        parts.append(text(x + 20, 26, peer))
    for i, panel in enumerate(panels):
        draw_one = draw_curves if isinstance(panel, Curves) else draw_bars
        parts += draw_one(panel, peers, legend + i * (TOP + PLOT + BOTTOM))
    return "\n".join([*parts, "</svg>"]) + "\n"
