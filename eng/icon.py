#!/usr/bin/env python3
"""Draws module/icon.png, 128 by 128: a prompt, and three agents at one task. Needs nothing but Python; run it again after a change."""
import math
import pathlib
import struct
import zlib

SIZE, SAMPLES = 128, 4


def segment(x, y, x1, y1, x2, y2):
    """How far a point is from a line between two points."""
    dx, dy = x2 - x1, y2 - y1
    t = max(0.0, min(1.0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)))
    return math.hypot(x - x1 - t * dx, y - y1 - t * dy)


def tile(x, y):
    """How far a point is inside (negative) or outside the rounded square."""
    dx, dy = abs(x - 64) - 36, abs(y - 64) - 36
    return math.hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - 24


AGENTS = [((96, 34), (120, 214, 255)), ((102, 64), (255, 209, 102)), ((96, 94), (126, 231, 162))]
TASK = (60, 64)


def colour(x, y):
    if tile(x, y) > 0:
        return (0, 0, 0, 0)
    for (cx, cy), rgb in AGENTS:
        if math.hypot(x - cx, y - cy) <= 9.5:
            return (*rgb, 255)
    prompt = min(segment(x, y, 27, 40, 51, 64), segment(x, y, 51, 64, 27, 88))
    if prompt <= 6.5:
        return (255, 255, 255, 255)
    if min(segment(x, y, *TASK, cx, cy) for (cx, cy), _ in AGENTS) <= 1.8:
        return (150, 172, 214, 255)
    t = (x + y) / (2 * SIZE)
    return tuple(round(a + (b - a) * t) for a, b in zip((38, 66, 128), (20, 28, 62))) + (255,)


def pixel(px, py):
    total = [0, 0, 0, 0]
    for sy in range(SAMPLES):
        for sx in range(SAMPLES):
            r, g, b, a = colour(px + (sx + 0.5) / SAMPLES, py + (sy + 0.5) / SAMPLES)
            total = [total[0] + r * a, total[1] + g * a, total[2] + b * a, total[3] + a]
    alpha = total[3]
    return bytes([*(round(c / alpha) if alpha else 0 for c in total[:3]), round(alpha / SAMPLES**2)])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


rows = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(SIZE)) for y in range(SIZE))
png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
(pathlib.Path(__file__).parent.parent / "module" / "icon.png").write_bytes(png)
