//! The contract of an application protocol: find where its PDUs end, then parse them into named buffers.

use std::net::IpAddr;

use flow::{Pdu, Scan, ScanAt, Side};

use crate::buffer::Buffers;
use crate::http::HttpRequest;
use crate::service::Service;

/// Which part of a message a PDU holds; decides which fast patterns are searched (Snort: PDU section).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum Section {
    /// Protocols without sections.
    #[default]
    None,
    /// Start line and headers.
    Header,
    /// A piece of a body.
    Body,
    /// Trailers after a chunked body.
    Trailer,
}

/// One unit of detection that an inspector made of a PDU or a UDP packet.
#[derive(Debug, Clone, Copy)]
pub struct Inspection<'a> {
    /// Which part of the message.
    pub section: Section,
    /// Named buffers. `PktData` is what rules see as pkt_data (normalized, raw section bytes, or empty);
    /// `RawData` is the PDU as it came.
    pub buffers: Buffers<'a>,
    /// `pkt_data` is a normalized (alternate) buffer, not the PDU's own bytes.
    pub alternate: bool,
    /// First piece of a PDU (`dsize` looks at nothing else).
    pub head: bool,
    /// Number of the file that `FileData` belongs to within the flow; pieces of one file share it.
    pub file_id: u64,
    /// Bytes of that file that went before this piece.
    pub file_pos: u64,
    /// Content is encrypted: only rules without content patterns run.
    pub encrypted: bool,
    /// Protocol facts that options ask for.
    pub facts: Facts<'a>,
}

impl<'a> Inspection<'a> {
    /// A unit without sections whose pkt_data and raw_data are `data`.
    pub fn plain(data: &'a [u8]) -> Self {
        let mut buffers = Buffers::default();
        buffers.set(crate::BufferId::PktData, data);
        buffers.set(crate::BufferId::RawData, data);
        Self {
            section: Section::None,
            buffers,
            alternate: false,
            head: true,
            file_id: 0,
            file_pos: 0,
            encrypted: false,
            facts: Facts::default(),
        }
    }
}

/// Protocol facts beside the buffers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// HTTP: the message's header lines and parameters.
    pub http: Option<HttpFacts<'a>>,
    /// TLS and SSL.
    pub ssl: Option<SslFacts>,
    /// SIP.
    pub sip: Option<SipFacts<'a>>,
    /// DCE/RPC.
    pub dce: Option<DceFacts>,
}

/// What `http_header:field`, `http_param` and the alert itself need.
#[derive(Debug, Clone, Copy, Default)]
pub struct HttpFacts<'a> {
    /// Header lines of this message as (name, value): names as sent, values with outer blanks removed and every run of
    /// blanks or fold inside made one space.
    pub fields: &'a [(&'a [u8], &'a [u8])],
    /// Request line of the transaction (also while its response is inspected), empty where unknown.
    pub request_line: &'a [u8],
    /// Host header of the transaction's request.
    pub host: &'a [u8],
    /// User-Agent header of the transaction's request.
    pub user_agent: &'a [u8],
    /// The request itself, also while its response is inspected.
    pub request: HttpRequest<'a>,
}

/// SSL state: bits of the states seen in the current PDU, and the versions seen in the session.
#[derive(Debug, Clone, Copy, Default)]
pub struct SslFacts {
    /// See [`ssl_states`].
    pub states: u32,
    /// See [`ssl_versions`].
    pub versions: u32,
}

/// Bits of [`SslFacts::states`].
#[allow(missing_docs)]
pub mod ssl_states {
    pub const CLIENT_HELLO: u32 = 1;
    pub const SERVER_HELLO: u32 = 2;
    pub const CLIENT_KEYX: u32 = 4;
    pub const SERVER_KEYX: u32 = 8;
    pub const UNKNOWN: u32 = 16;
}

/// Bits of [`SslFacts::versions`].
#[allow(missing_docs)]
pub mod ssl_versions {
    pub const SSLV2: u32 = 1;
    pub const SSLV3: u32 = 2;
    pub const TLS1_0: u32 = 4;
    pub const TLS1_1: u32 = 8;
    pub const TLS1_2: u32 = 16;
}

/// SIP start line.
#[derive(Debug, Clone, Copy, Default)]
pub struct SipFacts<'a> {
    /// Method of a request, empty for a response.
    pub method: &'a [u8],
    /// Status code of a response.
    pub status: Option<u16>,
}

/// DCE/RPC call.
#[derive(Debug, Clone, Copy, Default)]
pub struct DceFacts {
    /// Interface bound to the current context, as on the wire turned into RFC 4122 byte order.
    pub interface: Option<[u8; 16]>,
    /// Major version of that interface.
    pub version: Option<u16>,
    /// Operation number of the current request.
    pub opnum: Option<u16>,
    /// Integers are big-endian.
    pub big_endian: bool,
    /// First fragment of the request.
    pub first_fragment: bool,
}

/// Takes each unit of detection.
pub type Sink<'s> = dyn FnMut(&Inspection<'_>) + 's;

/// A flow that this one announced (FTP: PORT, PASV, EPRT, EPSV): whoever connects there speaks `service`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    /// The side that listens.
    pub listener: Side,
    /// Where it listens; `None`: its address in this flow.
    pub ip: Option<IpAddr>,
    /// Port it listens on.
    pub port: u16,
    /// What is spoken there.
    pub service: Service,
}

/// One protocol on one flow, both sides: shared state (a response needs its request) lives here.
pub trait Inspector: Send + std::fmt::Debug {
    /// The service it stands for.
    fn service(&self) -> Service;

    /// Whether `side` is split into PDUs. Where not, [`Self::scan`] and [`Self::inspect`] are not asked about it: its segments are
    /// inspected one by one, as they come.
    fn splits(&self, _side: Side) -> bool {
        true
    }

    /// Finds where the next PDU of `side` ends; same contract as [`flow::Application::scan`], but `Restart` is not an answer.
    /// `None`: this side cannot be followed (not the protocol, malformed beyond repair); it falls back to Atom splitting.
    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan>;

    /// Parses one PDU and gives each unit of detection to `sink` (none for a PDU that is not detected on its own).
    fn inspect(&mut self, side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>);

    /// Parses a UDP datagram. The default gives its bytes as they are.
    fn datagram(&mut self, _side: Side, payload: &[u8], sink: &mut Sink<'_>) {
        sink(&Inspection::plain(payload));
    }

    /// Bytes were lost on `side`. Answers whether the inspector can go on with that side; where not, it falls back to Atom splitting.
    fn gap(&mut self, _side: Side) -> bool {
        false
    }

    /// Takes the flow that the PDU inspected last announced, if it did.
    fn expected(&mut self) -> Option<Expectation> {
        None
    }

    /// Gives what was held back of `side`, as no byte of it comes any more; called before [`Self::close`].
    fn drain(&mut self, _side: Side, _sink: &mut Sink<'_>) {}

    /// No byte of `side` comes any more.
    fn close(&mut self, _side: Side) {}
}
