#!/usr/bin/env python3
"""TensorBoard's event files of a folder, as TensorBoard reads them: read_events.py DIR prints "STEP TAG VALUE" lines.

Written from the formats' descriptions and from nothing of the program: TFRecords (length, masked CRC-32C, data, masked
CRC-32C), and the wire format of protocol buffers. Files are read in the order of their names. After the start of a session
at step N, what was there from N on is void. Whatever does not fit is an error.
"""
import os
import struct
import sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:  # bit by bit: x^32 + x^28 + ..., Castagnoli's, reflected
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        assert struct.unpack_from("<I", data, at + 8)[0] == masked(data[at:at + 8]), f"CRC of the length at {at}"
        body = data[at + 12:at + 12 + length]
        assert len(body) == length, f"the record at {at} is cut"
        assert struct.unpack_from("<I", data, at + 12 + length)[0] == masked(body), f"CRC of the data at {at}"
        yield body
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def fields(data):
    """(number, value) of a message: integers, floats by their size, or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind in (1, 5):
            form, size = (("<d", 8), ("<f", 4))[kind == 5]
            (value,) = struct.unpack_from(form, data, at)
            at += size
        else:
            assert kind == 2, f"wire type {kind}"
            size, at = varint(data, at)
            value = data[at:at + size]
            assert len(value) == size
            at += size
        yield number, value


def main(folder):
    seen, walls = {}, []
    for name in sorted(os.listdir(folder)):
        assert name.startswith("events.out.tfevents."), name
        with open(os.path.join(folder, name), "rb") as file:
            events = [dict(fields(record)) for record in records(file.read())]
        assert events[0][3] == b"brain.Event:2" and 2 not in events[0], events[0]
        for event in events:
            walls.append(event[1])
            step = event.get(2, 0)
            if 7 in event:  # a session log with the status START
                assert dict(fields(event[7])) == {1: 1}
                seen = {key: value for key, value in seen.items() if key[0] < step}
            for number, value in fields(event.get(5, b"")):
                assert number == 1
                scalar = dict(fields(value))
                assert set(scalar) == {1, 2} and (step, scalar[1]) not in seen
                seen[step, scalar[1]] = scalar[2]
    assert walls == sorted(walls) and walls[0] > 1.7e9
    for (step, tag), value in seen.items():
        print(step, tag.decode(), f"{value:.6g}")


main(sys.argv[1])
