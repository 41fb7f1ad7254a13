//! Short conversations of each protocol, with what a rule must see of them.

use flow::Side::{self, Client, Server};
use inspect::Service;

/// A conversation.
#[derive(Debug)]
pub struct Conversation {
    pub name: &'static str,
    pub service: Service,
    pub turns: &'static [(Side, &'static [u8])],
    /// What is seen, in order; empty: PDUs depend on how the octets arrive.
    pub seen: &'static [&'static str],
}

pub const CONVERSATIONS: &[Conversation] = &[
    Conversation {
        name: "SMTP: commands lose extra blanks, a multipart mail shows its decoded file, then commands again",
        service: Service::Smtp,
        turns: &[
            (Server, b"220 mail ESMTP\r\n"),
            (Client, b"EHLO   x\r\n"),
            (Server, b"250-mail\r\n250 SIZE\r\n"),
            (Client, b"MAIL FROM:<a@b>\r\nDATA\r\n"),
            (Server, b"250 ok\r\n354 go\r\n"),
            (
                Client,
                b"Subject: s\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/plain\r\n\
                  Content-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8=\r\n--B--\r\n.\r\n",
            ),
            (Server, b"250 queued\r\n"),
            (Client, b"QUIT\r\n"),
        ],
        seen: &[
            r"220 mail ESMTP\r\n",
            r"EHLO x\r\n [alternate]",
            r"250-mail\r\n",
            r"250 SIZE\r\n",
            r"MAIL FROM:<a@b>\r\n",
            r"DATA\r\n",
            r"250 ok\r\n",
            r"354 go\r\n",
            r"Subject: s\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B",
            r"\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8=\r\n--B file_data=hello",
            r"--\r\n.\r\n",
            r"250 queued\r\n",
            r"QUIT\r\n",
        ],
    },
    Conversation {
        name: "SMTP: a refused DATA is followed by commands, a chunk ends with its length and holds none",
        service: Service::Smtp,
        turns: &[(Client, b"DATA\r\n"), (Server, b"503 no\r\n"), (Client, b"BDAT 9 LAST\r\nEHLO  x\r\n"), (Client, b"QUIT\r\n")],
        seen: &[r"DATA\r\n", r"503 no\r\n", r"BDAT 9 LAST\r\n", r"EHLO  x\r\n", r"QUIT\r\n"],
    },
    Conversation {
        name: "IMAP: a fetched message ends with its literal, whatever it holds",
        service: Service::Imap,
        turns: &[
            (Server, b"* OK ready\r\n"),
            (Client, b"a FETCH 1 BODY[]\r\n"),
            (Server, b"* 1 FETCH (BODY[] {58}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc\r\n)\r\na OK done\r\n"),
        ],
        seen: &[
            r"* OK ready\r\n",
            r"a FETCH 1 BODY[]\r\n",
            r"* 1 FETCH (BODY[] {58}\r\n",
            r"Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc\r\n file_data=a=bc\r\n",
            r")\r\n",
            r"a OK done\r\n",
        ],
    },
    Conversation {
        name: "POP3: a retrieved message ends with its dot, a refused one does not begin",
        service: Service::Pop3,
        turns: &[
            (Server, b"+OK POP3\r\n"),
            (Client, b"RETR 1\r\nRETR 2\r\nQUIT\r\n"),
            (Server, b"-ERR none\r\n+OK\r\nContent-Transfer-Encoding: 7bit\r\n\r\nhi\r\n.\r\n+OK bye\r\n"),
        ],
        seen: &[
            r"+OK POP3\r\n",
            r"RETR 1\r\n",
            r"RETR 2\r\n",
            r"QUIT\r\n",
            r"-ERR none\r\n",
            r"+OK\r\n",
            r"Content-Transfer-Encoding: 7bit\r\n\r\nhi\r\n.\r\n file_data=hi\r\n",
            r"+OK bye\r\n",
        ],
    },
    Conversation {
        name: "SIP on TCP: messages end where Content-Length says",
        service: Service::Sip,
        turns: &[
            (Client, b"INVITE sip:a@b SIP/2.0\r\nContent-Length: 3\r\n\r\nabcOPTIONS sip:b SIP/2.0\r\n\r\n"),
            (Server, b"SIP/2.0 180 Ringing\r\nl:2\r\n\r\nxy"),
        ],
        seen: &[
            r"INVITE sip:a@b SIP/2.0\r\nContent-Length: 3\r\n\r\nabc sip_header=INVITE sip:a@b SIP/2.0\r\nContent-Length: 3\r\n\r\n sip_body=abc method=INVITE status=None",
            r"OPTIONS sip:b SIP/2.0\r\n\r\n sip_header=OPTIONS sip:b SIP/2.0\r\n\r\n method=OPTIONS status=None",
            r"SIP/2.0 180 Ringing\r\nl:2\r\n\r\nxy sip_header=SIP/2.0 180 Ringing\r\nl:2\r\n\r\n sip_body=xy method= status=Some(180)",
        ],
    },
    Conversation {
        name: "SSH: banner, packets up to new keys",
        service: Service::Ssh,
        turns: &[(Server, b"SSH-2.0-x\r\n\0\0\0\x06\x04\x14abcd\0\0\0\x02\0\x15")],
        seen: &[r"SSH-2.0-x\r\n", r"\x00\x00\x00\x06\x04\x14abcd", r"\x00\x00\x00\x02\x00\x15"],
    },
    Conversation {
        name: "DNS on TCP: the length prefix is part of the PDU",
        service: Service::Dns,
        turns: &[(Client, b"\0\x03abc\0\0\0\x01z"), (Server, b"\0\x02ok")],
        seen: &[r"\x00\x03abc", r"\x00\x00", r"\x00\x01z", r"\x00\x02ok"],
    },
    Conversation {
        name: "Modbus: length behind transaction and protocol",
        service: Service::Modbus,
        turns: &[(Client, b"\0\x01\0\0\0\x02\x11\x03\0\x02\0\0\0\x01\x11")],
        seen: &[r"\x00\x01\x00\x00\x00\x02\x11\x03", r"\x00\x02\x00\x00\x00\x01\x11"],
    },
    Conversation {
        name: "DNP3: user data in blocks with their checks",
        service: Service::Dnp3,
        turns: &[(Client, b"\x05\x64\x05\xc0\x01\0\0\0cc\x05\x64\x07\xc0\x01\0\0\0ccabCC")],
        seen: &[r"\x05d\x05\xc0\x01\x00\x00\x00cc", r"\x05d\x07\xc0\x01\x00\x00\x00ccabCC"],
    },
    Conversation {
        name: "IEC 104",
        service: Service::Iec104,
        turns: &[(Client, b"\x68\x04\x07\0\0\0\x68\x04\x0b\0\0\0")],
        seen: &[r"h\x04\x07\x00\x00\x00", r"h\x04\x0b\x00\x00\x00"],
    },
    Conversation {
        name: "TPKT",
        service: Service::Mms,
        turns: &[(Server, b"\x03\0\0\x07\x02\xf0\x80\x03\0\0\x08\x02\xf0\x80a")],
        seen: &[r"\x03\x00\x00\x07\x02\xf0\x80", r"\x03\x00\x00\x08\x02\xf0\x80a"],
    },
    Conversation {
        name: "OPC UA",
        service: Service::Opcua,
        turns: &[(Client, b"HELF\x0a\0\0\0abMSGF\x08\0\0\0")],
        seen: &[r"HELF\n\x00\x00\x00ab", r"MSGF\x08\x00\x00\x00"],
    },
    Conversation {
        name: "SMB: NetBIOS messages",
        service: Service::NetbiosSsn,
        turns: &[(Client, b"\0\0\0\x05\xffSMBr\0\0\0\x04\xfeSMB"), (Server, b"\x85\0\0\0")],
        seen: &[r"\x00\x00\x00\x05\xffSMBr", r"\x00\x00\x00\x04\xfeSMB", r"\x85\x00\x00\x00"],
    },
    Conversation {
        name: "DCE/RPC: a request shows interface, operation and stub",
        service: Service::Dcerpc,
        turns: &[
            (
                Client,
                b"\x05\0\x0b\x03\x10\0\0\0\x48\0\0\0\x01\0\0\0\xb8\x10\xb8\x10\0\0\0\0\x01\0\0\0\0\0\x01\0\
                  \x44\x33\x22\x11\x66\x55\x88\x77\x99\xaa\xbb\xcc\xdd\xee\xff\0\x01\0\0\0\
                  \x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\0\x2b\x10\x48\x60\x02\0\0\0",
            ),
            (Client, b"\x05\0\0\x03\x10\0\0\0\x1c\0\0\0\x02\0\0\0\x04\0\0\0\0\0\x07\0stub"),
        ],
        seen: &[
            r#"\x05\x00\x0b\x03\x10\x00\x00\x00H\x00\x00\x00\x01\x00\x00\x00\xb8\x10\xb8\x10\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x01\x00D3\"\x11fU\x88w\x99\xaa\xbb\xcc\xdd\xee\xff\x00\x01\x00\x00\x00\x04]\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\x00+\x10H`\x02\x00\x00\x00"#,
            r"\x05\x00\x00\x03\x10\x00\x00\x00\x1c\x00\x00\x00\x02\x00\x00\x00\x04\x00\x00\x00\x00\x00\x07\x00stub dce_stub_data=stub interface=1122.. opnum=Some(7)",
        ],
    },
    Conversation {
        name: "FTP: lines, telnet commands cut out",
        service: Service::Ftp,
        turns: &[
            (Server, b"220 FTP\r\n"),
            (Client, b"US\xff\xfb\x01ER a\r\n"),
            (Server, b"331 who\r\n"),
            (Client, b"PASV\r\n"),
            (Server, b"227 Entering Passive Mode (10,0,0,2,1,0).\r\n"),
        ],
        seen: &[],
    },
    Conversation {
        name: "Telnet",
        service: Service::Telnet,
        turns: &[(Server, b"\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0login: "), (Client, b"root\r\n")],
        seen: &[],
    },
    Conversation {
        name: "TLS: hellos, key exchange, both sides encrypted",
        service: Service::Ssl,
        turns: &[
            (Client, b"\x16\x03\x01\0\x06\x01\0\0\x02\x03\x03"),
            (Server, b"\x16\x03\x03\0\x06\x02\0\0\x02\x03\x03\x16\x03\x03\0\x05\x0c\0\0\x01k"),
            (Client, b"\x16\x03\x03\0\x05\x10\0\0\x01k\x14\x03\x03\0\x01\x01"),
            (Server, b"\x14\x03\x03\0\x01\x01"),
            (Client, b"\x17\x03\x03\0\x04data"),
            (Server, b"\x17\x03\x03\0\x04data"),
        ],
        seen: &[],
    },
    Conversation { name: "Sun RPC", service: Service::Sunrpc, turns: &[(Client, b"\0\0\0\x03abc\x80\0\0\x02de")], seen: &[] },
    Conversation {
        name: "FTP data",
        service: Service::FtpData,
        turns: &[(Server, b"the octets of a file"), (Server, b" and more of it")],
        seen: &[],
    },
];
