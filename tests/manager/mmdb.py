"""A MaxMind database (format 2.0) of a few networks, written for a test."""

import struct
from ipaddress import ip_network


def written(path, networks):
    """`networks`: `198.51.100.0/24` to a record of dicts, strings and numbers; IPv4 and IPv6."""
    tree = [[None, None]]
    data, offsets = bytearray(), {}
    for text, record in networks.items():
        network = ip_network(text)
        bits, length = int(network.network_address), network.prefixlen + (96 if network.version == 4 else 0)
        offsets[text] = len(data)
        data += _encoded(record)
        node = 0
        for depth in range(length):
            bit = bits >> (127 - depth) & 1
            if depth == length - 1:
                tree[node][bit] = ("data", offsets[text])
            else:
                if tree[node][bit] is None:
                    tree[node][bit] = len(tree)
                    tree.append([None, None])
                node = tree[node][bit]
    path.write_bytes(_tree(tree) + b"\0" * 16 + bytes(data) + b"\xab\xcd\xefMaxMind.com" + _metadata(len(tree)))
    return path


def _metadata(count):
    """The reader wants each field in its own width."""
    fields = {"node_count": _number(6, count), "database_type": _encoded("Test"), "description": _encoded({"en": "test"})}
    fields |= {"record_size": _number(5, 32), "ip_version": _number(5, 6), "languages": bytes([0, 11 - 7])}
    fields |= {"binary_format_major_version": _number(5, 2), "binary_format_minor_version": _number(5, 0)}
    fields["build_epoch"] = bytes([1, 9 - 7, 1])
    return bytes([7 << 5 | len(fields)]) + b"".join(_encoded(name) + value for name, value in fields.items())


def _tree(tree):
    def value(record):
        if record is None:
            return len(tree)
        return len(tree) + 16 + record[1] if isinstance(record, tuple) else record

    return b"".join(struct.pack(">II", value(left), value(right)) for left, right in tree)


def _encoded(value):
    if isinstance(value, dict):
        return bytes([7 << 5 | len(value)]) + b"".join(_encoded(each) for item in value.items() for each in item)
    if isinstance(value, str):
        text = value.encode()
        return (bytes([2 << 5 | len(text)]) if len(text) < 29 else bytes([2 << 5 | 29, len(text) - 29])) + text
    return _number(6, value)


def _number(kind, value):
    data = value.to_bytes(2 if kind == 5 else 4)
    return bytes([kind << 5 | len(data)]) + data
