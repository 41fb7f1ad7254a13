//! Named views of a packet or PDU that rules look into (Snort 3 manual, "sticky buffers").

/// Every buffer that a rule can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum BufferId {
    PktData,
    RawData,
    FileData,
    HttpUri,
    HttpRawUri,
    HttpHeader,
    HttpRawHeader,
    HttpCookie,
    HttpRawCookie,
    HttpMethod,
    HttpVersion,
    HttpStatCode,
    HttpStatMsg,
    HttpClientBody,
    HttpRawBody,
    HttpRawRequest,
    HttpRawStatus,
    HttpTrailer,
    HttpRawTrailer,
    HttpTrueIp,
    SipHeader,
    SipBody,
    DceStubData,
    Base64Data,
}

impl BufferId {
    /// Number of buffers.
    pub const COUNT: usize = Self::Base64Data as usize + 1;

    /// Every buffer, in order, with the rule keyword that selects it.
    pub const NAMES: [(Self, &'static str); Self::COUNT] = [
        (Self::PktData, "pkt_data"),
        (Self::RawData, "raw_data"),
        (Self::FileData, "file_data"),
        (Self::HttpUri, "http_uri"),
        (Self::HttpRawUri, "http_raw_uri"),
        (Self::HttpHeader, "http_header"),
        (Self::HttpRawHeader, "http_raw_header"),
        (Self::HttpCookie, "http_cookie"),
        (Self::HttpRawCookie, "http_raw_cookie"),
        (Self::HttpMethod, "http_method"),
        (Self::HttpVersion, "http_version"),
        (Self::HttpStatCode, "http_stat_code"),
        (Self::HttpStatMsg, "http_stat_msg"),
        (Self::HttpClientBody, "http_client_body"),
        (Self::HttpRawBody, "http_raw_body"),
        (Self::HttpRawRequest, "http_raw_request"),
        (Self::HttpRawStatus, "http_raw_status"),
        (Self::HttpTrailer, "http_trailer"),
        (Self::HttpRawTrailer, "http_raw_trailer"),
        (Self::HttpTrueIp, "http_true_ip"),
        (Self::SipHeader, "sip_header"),
        (Self::SipBody, "sip_body"),
        (Self::DceStubData, "dce_stub_data"),
        (Self::Base64Data, "base64_data"),
    ];

    /// The rule keyword that selects it.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }
}

/// The buffers of one inspection. Absent and empty are the same to a rule.
#[derive(Debug, Clone, Copy)]
pub struct Buffers<'a>([&'a [u8]; BufferId::COUNT]);

impl Default for Buffers<'_> {
    fn default() -> Self {
        Self([&[]; BufferId::COUNT])
    }
}

impl<'a> Buffers<'a> {
    /// Bytes of a buffer, empty where it is absent.
    pub fn get(&self, id: BufferId) -> &'a [u8] {
        self.0[id as usize]
    }

    /// Sets a buffer.
    pub fn set(&mut self, id: BufferId, bytes: &'a [u8]) {
        self.0[id as usize] = bytes;
    }
}
