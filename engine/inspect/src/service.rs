//! The services that flows can be identified as, under the names that rules use.

/// A service that an inspector or the wizard can put on a flow. Names that Snort can never identify (snmp, irc, ...) have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Service {
    Http,
    Http2,
    Ssl,
    Smtp,
    Imap,
    Pop3,
    Ftp,
    FtpData,
    Telnet,
    Ssh,
    Sip,
    Dns,
    Sunrpc,
    NetbiosSsn,
    Dcerpc,
    Dnp3,
    Netflow,
    Modbus,
    Gtp,
    Iec104,
    Cip,
    Opcua,
    Mms,
    S7commplus,
    Socks,
    Mqtt,
}

impl Service {
    /// Every service with the name that rules and alerts use.
    pub const NAMES: [(Self, &'static str); 26] = [
        (Self::Http, "http"),
        (Self::Http2, "http2"),
        (Self::Ssl, "ssl"),
        (Self::Smtp, "smtp"),
        (Self::Imap, "imap"),
        (Self::Pop3, "pop3"),
        (Self::Ftp, "ftp"),
        (Self::FtpData, "ftp-data"),
        (Self::Telnet, "telnet"),
        (Self::Ssh, "ssh"),
        (Self::Sip, "sip"),
        (Self::Dns, "dns"),
        (Self::Sunrpc, "sunrpc"),
        (Self::NetbiosSsn, "netbios-ssn"),
        (Self::Dcerpc, "dcerpc"),
        (Self::Dnp3, "dnp3"),
        (Self::Netflow, "netflow"),
        (Self::Modbus, "modbus"),
        (Self::Gtp, "gtp"),
        (Self::Iec104, "iec104"),
        (Self::Cip, "cip"),
        (Self::Opcua, "opcua"),
        (Self::Mms, "mms"),
        (Self::S7commplus, "s7commplus"),
        (Self::Socks, "socks"),
        (Self::Mqtt, "mqtt"),
    ];

    /// Name as rules and alerts write it.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }

    /// The service of that name, where it is one that can be identified.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n)| *n == name).map(|(s, _)| *s)
    }
}
