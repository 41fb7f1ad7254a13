"""SMB and DCE/RPC."""

import struct

from .case import Case
from .wire import c, s, tcp

# 11223344-5566-7788-99aa-bbccddeeff00, as it is written and as it is sent (little endian).
UUID = "11223344-5566-7788-99aa-bbccddeeff00"
SENT = bytes.fromhex("443322116655887799aabbccddeeff00")


def pdu(kind: int, body: bytes, *, flags: int = 3, call: int = 1, big: bool = False) -> bytes:
    """A connection-oriented DCE/RPC fragment (C706, 12.6). `flags`: 1 first, 2 last."""
    order, sign = (b"\0", ">") if big else (b"\x10", "<")
    return bytes([5, 0, kind, flags]) + order + b"\0\0\0" + struct.pack(sign + "HHI", 16 + len(body), 0, call) + body


def bind(context: int = 0) -> bytes:
    """Proposes UUID, version 1.0, as `context`."""
    return pdu(
        11,
        b"\xb8\x10\xb8\x10\0\0\0\0\1\0\0\0" + struct.pack("<HBB", context, 1, 0) + SENT + b"\1\0\0\0" + bytes(16) + b"\2\0\0\0",
    )


def bind_ack(result: int = 0) -> bytes:
    """Accepts (0) or refuses (2) the only proposal."""
    return pdu(12, bytes(8) + b"\4\0" + b"135\0" + b"\0\0\1\0\0\0" + bytes([result, 0, 0, 0]) + bytes(20))


def request(opnum: int, stub: bytes, *, flags: int = 3, call: int = 2, context: int = 0, big: bool = False) -> bytes:
    """A call."""
    return pdu(0, struct.pack((">" if big else "<") + "IHH", len(stub), context, opnum) + stub, flags=flags, call=call, big=big)


def netbios(message: bytes) -> bytes:
    """A session message (RFC 1002, 4.3.1)."""
    return struct.pack("!I", len(message)) + message


def smb1(command: int, parameters: bytes, data: bytes = b"") -> bytes:
    """An SMB 1 message: header of 32 bytes, words, bytes (MS-CIFS, 2.2.3)."""
    header = b"\xffSMB" + bytes([command]) + bytes(4) + b"\x18\1\x20" + bytes(12) + b"\0\x08\1\0\0\x08\1\0"
    return netbios(header + bytes([len(parameters) // 2]) + parameters + struct.pack("<H", len(data)) + data)


CASES = [
    Case(
        "DCE/RPC: a call shows its interface, operation and stub",
        tcp(c(bind()), s(bind_ack()), c(request(7, b"the needle")), port=135),
        {
            f'dce_iface:uuid {UUID}; dce_stub_data; content:"needle";': "9p",
            f'dce_iface:uuid {UUID}; dce_opnum:"7";': "9p",
            f'dce_iface:uuid {UUID}; dce_opnum:"1-6";': "",
            f'dce_iface:uuid {UUID}; dce_opnum:"1-6,7";': "9p",
            "dce_iface:uuid 00000000-5566-7788-99aa-bbccddeeff00; dce_stub_data;": "",
            'dce_stub_data; content:"the needle"; bufferlen:10;': "9p",
        },
        header="tcp any any -> any 135",
    ),
    Case(
        "DCE/RPC: it is known on any port, by what it looks like",
        tcp(c(bind()), s(bind_ack()), c(request(7, b"the needle"))),
        {'dce_stub_data; content:"needle"; service:dcerpc;': "9p"},
    ),
    Case(
        "DCE/RPC: a refused proposal binds nothing",
        tcp(c(bind()), s(bind_ack(2)), c(request(7, b"the needle")), port=135),
        {f"dce_iface:uuid {UUID}; dce_stub_data;": "", 'content:"the needle"; service:dcerpc;': "9p"},
        header="tcp any any -> any 135",
    ),
    Case(
        "DCE/RPC: fragments of a call are put together",
        tcp(c(bind()), s(bind_ack()), c(request(7, b"the nee", flags=1)), c(request(7, b"dle", flags=2)), port=135),
        {f'dce_iface:uuid {UUID}; dce_opnum:"7"; dce_stub_data; content:"the needle";': "11p"},
        header="tcp any any -> any 135",
    ),
    Case(
        "DCE/RPC: the order of bytes is that of the call",
        tcp(c(bind()), s(bind_ack()), c(request(7, b"\0\0\1\0", big=True)), c(request(8, b"\0\1\0\0")), port=135),
        {
            f"dce_iface:uuid {UUID}; dce_stub_data; byte_test:4,=,256,0,dce;": "9p 11p",
            f"dce_iface:uuid {UUID}; dce_stub_data; byte_test:4,=,256,0;": "9p",
            f"dce_iface:uuid {UUID}; dce_stub_data; byte_test:4,=,256,0,little;": "11p",
        },
        header="tcp any any -> any 135",
    ),
    Case(
        "DCE/RPC: two calls in one segment are two PDUs",
        tcp(c(bind()), s(bind_ack()), c(request(1, b"first") + request(2, b"second", call=3)), port=135),
        {
            'dce_stub_data; content:"first"; dce_opnum:"1";': "9p",
            'dce_stub_data; content:"second"; dce_opnum:"2";': "9p",
            'dce_stub_data; content:"second"; dce_opnum:"1";': "",
        },
        header="tcp any any -> any 135",
    ),
    Case(
        "DCE/RPC: a call over several segments is one PDU",
        tcp(
            c(bind()),
            s(bind_ack()),
            *[c(piece) for piece in (request(7, b"the needle")[:20], request(7, b"the needle")[20:])],
            port=135,
        ),
        {'dce_stub_data; content:"the needle";': "11p"},
        header="tcp any any -> any 135",
    ),
    Case(
        "DCE/RPC: the byte order cannot be told without a call",
        tcp(c(b"\1\2\0\0\1\0")),
        {"byte_test:4,=,256,2,dce;": "", "byte_test:4,=,256,2;": "4"},
    ),
    Case(
        "SMB: each NetBIOS message is a PDU",
        tcp(c(smb1(0x72, b"", b"\2NT LM 0.12\0") + smb1(0x73, b"", b"needle")), s(smb1(0x72, b"\0\0")), port=445),
        {
            'content:"|ff|SMBr",offset 4,depth 5; service:netbios-ssn;': "5p 7p",
            'content:"|ff|SMBs",offset 4,depth 5; content:"needle"; service:netbios-ssn;': "5p",
            'content:"|ff|SMBr"; content:"|ff|SMBs",distance 0; service:netbios-ssn;': "",
        },
        # No port of this flow, so that the first segment, of which nobody knows yet what it is, does not count.
        header="tcp any any -> any 9",
    ),
    Case(
        "SMB: it is known on any port",
        tcp(c(smb1(0x72, b"", b"\2NT LM 0.12\0")), s(smb1(0x72, b"\0\0")), c(smb1(0x73, b"", b"needle"))),
        {'content:"needle"; service:netbios-ssn;': "9p", 'content:"needle"; service:dcerpc;': ""},
    ),
    Case(
        "SMB: a message over several segments is one PDU",
        tcp(
            c(smb1(0x72, b"", b"\2NT LM 0.12\0")),
            *[c(piece) for piece in (smb1(0x73, b"", b"the needle")[:40], smb1(0x73, b"", b"the needle")[40:])],
        ),
        {'content:"the needle"; service:netbios-ssn;': "9p", 'content:"|ff|SMBs",offset 4,depth 5; service:netbios-ssn;': "9p"},
    ),
]
