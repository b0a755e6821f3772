# SPDX-License-Identifier: BSD-3-Clause
"""Tones: each phone speaks in one of its own, and it is looked for in what the
other one recorded."""

import math
import struct
import wave

RATE = 8000


def write_tone(path, hertz, seconds=30):
    """A sine, 16 bit, mono."""
    samples = (int(12000 * math.sin(2 * math.pi * hertz * n / RATE))
               for n in range(RATE * seconds))
    with wave.open(path, "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(RATE)
        f.writeframes(b"".join(struct.pack("<h", s) for s in samples))


def read(path):
    """(samples a second, samples); a file still open for writing has no length
    in its header, so the rest of the file counts."""
    with open(path, "rb") as f:
        data = f.read()
    at, rate, bits, channels = data.find(b"fmt ") + 8, RATE, 16, 1
    if at >= 8:
        _, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, at)
    start = data.find(b"data") + 8
    if start < 8 or bits != 16:
        return rate, []
    count = (len(data) - start) // 2
    return rate, struct.unpack("<%dh" % count, data[start:start + 2 * count])[::channels]


def power(samples, rate, hertz):
    """How much of a tone there is: Goertzel, over the whole."""
    k = 2 * math.cos(2 * math.pi * hertz / rate)
    a = b = 0.0
    for s in samples:
        a, b = s + k * a - b, a
    return (a * a + b * b - k * a * b) / max(1, len(samples)) ** 2


def heard(path, wanted, other):
    """Seconds of sound in which `wanted` hertz clearly stands above `other`."""
    rate, samples = read(path)
    frame = rate // 10
    good = 0
    for start in range(0, len(samples) - frame, frame):
        part = samples[start:start + frame]
        if power(part, rate, wanted) > max(1e4, 20 * power(part, rate, other)):
            good += 1
    return good / 10
