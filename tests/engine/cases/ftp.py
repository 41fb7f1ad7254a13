"""FTP, its data connections, telnet and Sun RPC."""

from .case import Case
from .wire import c, s, tcp, udp

CASES = [
    Case(
        "a greeting of FTP that the client sends is not FTP",
        tcp(c(b"220 x FTP\r\n")),
        {
            'content:"220 x";': "4",
        },
    ),
    Case(
        "FTP control lines in both directions",
        tcp(s(b"220 forge FTP ready\r\n"), c(b"USER anon\r\n"), s(b"331 ok\r\n"), c(b"SITE EXEC %p\r\n"), s(b"500 no\r\n")),
        {
            'content:"SITE EXEC"; service:ftp;': "11p",
            'content:"USER anon|0d 0a|SITE"; service:ftp;': "",
            'content:"SITE",depth 4; service:ftp;': "11p",
            'alert tcp any 7777 -> any any (content:"331 ok"; service:ftp;)': "9p",
            'alert tcp any 7777 -> any any (content:"220 forge"; service:ftp;)': "4",
            'alert tcp any 7777 -> any any (content:"220 forge";)': "4",
        },
    ),
    Case(
        "FTP: a greeting of the server makes it FTP",
        tcp(s(b"220 any FTP server\r\n"), c(b"USER needle\r\n"), s(b"331 ok\r\n"), port=2121),
        {'content:"USER needle"; service:ftp;': "7p", 'content:"USER needle"; service:smtp;': ""},
        header="tcp any any -> any 2121",
    ),
    Case(
        "FTP: FileZilla's greeting too",
        tcp(s(b"220-FileZilla Server 1.0\r\n"), c(b"USER needle\r\n")),
        {'content:"USER needle"; service:ftp;': "7p"},
    ),
    Case(
        "FTP: telnet codes are taken out of a command",
        tcp(s(b"220 FTP\r\n"), c(b"US\xff\xfb\x01ER needle\r\n")),
        {'content:"USER needle"; service:ftp;': "7p", 'raw_data; content:"US|ff fb 01|ER"; service:ftp;': ""},
    ),
    Case(
        "FTP: commands in one segment are one PDU",
        tcp(s(b"220 FTP\r\n"), c(b"USER a\r\nPASS b\r\n")),
        {'content:"USER a|0d 0a|PASS b"; service:ftp;': "7p"},
    ),
    Case(
        "FTP: a command over two segments is one PDU",
        tcp(s(b"220 FTP\r\n"), c(b"USER nee"), c(b"dle\r\n")),
        {'content:"USER needle"; service:ftp;': "9p"},
    ),
    Case(
        "FTP: what PASV announced carries files",
        [
            *tcp(s(b"220 FTP\r\n"), c(b"PASV\r\n"), s(b"227 Entering Passive Mode (10,0,0,20,200,10)\r\n"), end=False),
            *tcp(s(b"a file with a needle"), port=200 * 256 + 10, client_port=40001),
        ],
        {'file_data; content:"needle"; service:ftp-data;': "17p", 'file_data; content:"needle"; service:ftp;': ""},
        header="tcp any any -> any any",
    ),
    Case(
        "FTP: what EPSV announced carries files",
        [
            *tcp(s(b"220 FTP\r\n"), c(b"EPSV\r\n"), s(b"229 Entering Extended Passive Mode (|||51210|)\r\n"), end=False),
            *tcp(c(b"a file with a needle"), port=51210, client_port=40001),
        ],
        {'file_data; content:"needle"; service:ftp-data;': "16p"},
        header="tcp any any -> any any",
    ),
    Case(
        "FTP: a connection that nobody announced carries no file",
        [
            *tcp(s(b"220 FTP\r\n"), c(b"PASV\r\n"), s(b"227 Entering Passive Mode (10,0,0,20,200,10)\r\n"), end=False),
            *tcp(s(b"a file with a needle"), port=200 * 256 + 11, client_port=40001),
        ],
        {'file_data; content:"needle"; service:ftp-data;': "", 'content:"needle";': "13"},
        header="tcp any any -> any any",
    ),
    Case(
        "FTP: after AUTH TLS it is TLS",
        tcp(s(b"220 FTP\r\n"), c(b"AUTH TLS\r\n"), s(b"234 go\r\n"), c(b"\x16\x03\x01\0\x0c\x01\0\0\x08\x03\x03needle")),
        {'content:"needle"; service:ftp;': "", 'content:"needle"; service:ssl;': "11p"},
    ),
    Case(
        "Sun RPC: on port 111 a segment of the client is a PDU, the server is seen by segment",
        tcp(c(b"\x80\0\0\x0acall 12345"), s(b"\x80\0\0\x0aansw 12345"), port=111),
        {
            'content:"call"; service:sunrpc;': "5p",
            'content:"|80 00 00 0a|call",depth 8; service:sunrpc;': "5p",
            'alert tcp any 111 -> any any (content:"answ"; service:sunrpc;)': "6",
        },
        header="tcp any any -> any 111",
    ),
    Case(
        "Sun RPC: fragments of a record are put together behind one header",
        tcp(c(b"\0\0\0\x07the nee\x80\0\0\x03dle"), port=111),
        {'content:"the needle"; service:sunrpc;': "5p", 'content:"|80 00 00 0a|the needle",depth 14; service:sunrpc;': "5p"},
        header="tcp any any -> any 111",
    ),
    Case(
        "Sun RPC over UDP has no service, and ports count",
        [udp(b"the needle", 111)],
        {
            'alert udp any any -> any 111 (content:"needle"; service:sunrpc;)': "1",
            'alert udp any any -> any 112 (content:"needle"; service:sunrpc;)': "",
        },
    ),
    Case(
        "telnet: commands of the protocol make it telnet, on any port",
        tcp(s(b"\xff\xfd\x18\xff\xfd\x20login: "), c(b"needle\r\n")),
        {'content:"needle"; service:telnet;': "7p", 'content:"needle"; service:ftp;': ""},
    ),
]
