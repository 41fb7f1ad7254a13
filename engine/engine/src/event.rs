//! What the engine says of a rule that matched. Its JSON form is the contract with everything above the engine.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::gather::Gathered;

/// One alert. Byte fields become base 64 in JSON.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// Packet time in nanoseconds since the epoch; for a PDU that of its first segment.
    pub time: i64,
    /// Number of the wire packet that triggered it, from 1.
    pub packet_number: u64,
    /// Generator.
    pub gid: u32,
    /// Signature.
    pub sid: u32,
    /// Revision.
    pub rev: u32,
    /// What the rule says.
    pub msg: String,
    /// Class of the rule, maybe empty.
    pub classtype: String,
    /// The class as alerts print it.
    pub class_text: String,
    /// 1 (most severe) to 4.
    pub priority: u32,
    /// `scheme,id`.
    pub references: Vec<String>,
    /// Metadata items.
    pub metadata: Vec<String>,
    /// The rule as written.
    pub rule_text: String,
    /// TCP sequence number of the first byte inspected.
    pub sequence: Option<u32>,
    /// TCP, UDP, ICMP or IP.
    pub protocol: &'static str,
    /// raw, stream_tcp or stream_ip.
    pub generator: &'static str,
    /// C2S, S2C or UNK.
    pub direction: &'static str,
    /// The flow's service.
    pub service: Option<&'static str>,
    /// Who sent the data.
    pub src_ip: String,
    /// Its port (TCP and UDP).
    pub src_port: Option<u16>,
    /// Who received it.
    pub dst_ip: String,
    /// Its port (TCP and UDP).
    pub dst_port: Option<u16>,
    /// VLAN, 0 for none.
    pub vlan: u16,
    /// Bytes of the IP datagram, or of a PDU's payload.
    pub packet_length: u32,
    /// Index of the interface, where it was captured live.
    pub ifindex: Option<u32>,
    /// Its name.
    pub interface: Option<String>,
    /// The packet leaves by that interface: on the host's end of a pod's link, towards the pod.
    pub towards_pod: Option<bool>,
    /// Link type of `packet` (DLT number).
    pub link_type: u16,
    /// The wire packet that triggered it, whole.
    #[serde(serialize_with = "base64")]
    pub packet: Vec<u8>,
    /// When that was captured, nanoseconds since the epoch; 0: there is none.
    pub packet_time: i64,
    /// What was inspected, its first 16,384 bytes.
    #[serde(serialize_with = "base64")]
    pub payload: Vec<u8>,
    /// Where the rule's options matched.
    pub matches: Vec<OptionMatch>,
    /// The buffers in which they matched: up to 4,096 bytes around the matches.
    #[serde(serialize_with = "base64_map")]
    pub buffers: BTreeMap<&'static str, Vec<u8>>,
    /// Where in its buffer each excerpt begins.
    pub buffer_offsets: BTreeMap<&'static str, u32>,
    /// The flow.
    pub flow: Option<FlowSummary>,
    /// The HTTP request.
    pub http: Option<HttpSummary>,
    /// Header fields that apply.
    pub headers: Headers,
    /// Not everything was seen when it was raised: packets were being shed or dropped, or some of its flow had been.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
    /// Number of the event in this engine, from 1.
    pub event_number: u64,
    /// What decides whether it is shown, where that is for whoever gathers the events of several workers.
    #[serde(skip)]
    pub gathered: Option<Box<Gathered>>,
    /// What went before, where that is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capture: Option<Capture>,
}

/// Packets of the flow before the one that triggered an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Capture {
    /// Link type of the packets (DLT number).
    pub link_type: u16,
    /// Oldest first.
    pub before: Vec<CapturedPacket>,
}

/// The first bytes of a packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CapturedPacket {
    /// Nanoseconds since the epoch.
    pub time: i64,
    /// Bytes that it had on the wire.
    pub length: u32,
    /// Those that were kept.
    #[serde(serialize_with = "base64")]
    pub bytes: Vec<u8>,
}

/// One option and the bytes it matched.
#[derive(Debug, Clone, Serialize)]
pub struct OptionMatch {
    /// content or pcre.
    pub keyword: String,
    /// The option as written.
    pub option: String,
    /// Byte range of the option in the rule's text.
    pub rule_range: (usize, usize),
    /// Buffer it matched in.
    pub buffer: &'static str,
    /// First byte in that buffer.
    pub offset: u32,
    /// Bytes.
    pub length: u32,
    /// The bytes.
    #[serde(serialize_with = "base64")]
    pub bytes: Vec<u8>,
}

/// Identity and counters of the flow at that moment.
#[derive(Debug, Clone, Serialize)]
pub struct FlowSummary {
    /// Number in this engine.
    pub id: u64,
    /// Community id, version 1.
    pub community_id: String,
    /// Client's address.
    pub client_ip: String,
    /// Client's port.
    pub client_port: u16,
    /// Server's address.
    pub server_ip: String,
    /// Server's port.
    pub server_port: u16,
    /// Nanoseconds since the epoch of its first packet.
    pub start: i64,
    /// Packets from the client.
    pub client_packets: u64,
    /// Bytes from the client.
    pub client_bytes: u64,
    /// Packets from the server.
    pub server_packets: u64,
    /// Bytes from the server.
    pub server_bytes: u64,
}

/// The HTTP transaction.
#[derive(Debug, Clone, Serialize)]
pub struct HttpSummary {
    /// Request line.
    pub request_line: String,
    /// Host header.
    pub host: String,
    /// User-Agent header.
    pub user_agent: String,
}

/// Header fields of the wire packet; absent on PDUs, as in Snort.
#[derive(Debug, Clone, Default, Serialize)]
#[allow(missing_docs)]
pub struct Headers {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eth_src: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eth_dst: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eth_type: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_len: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_flags: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_seq: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_ack: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_win: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_len: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub udp_len: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmp_type: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmp_code: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmp_id: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmp_seq: Option<u16>,
}

fn base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    use base64::Engine as _;
    serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(bytes))
}

fn base64_map<S: Serializer>(map: &BTreeMap<&'static str, Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
    use base64::Engine as _;
    serializer.collect_map(map.iter().map(|(name, bytes)| (name, base64::engine::general_purpose::STANDARD.encode(bytes))))
}

impl Event {
    /// Bytes it keeps, about.
    pub fn size(&self) -> usize {
        let matches: usize = self.matches.iter().map(|found| found.bytes.len()).sum();
        let buffers: usize = self.buffers.values().map(Vec::len).sum();
        let before: usize = self.capture.iter().flat_map(|capture| &capture.before).map(|packet| packet.bytes.len()).sum();
        size_of::<Self>() + self.rule_text.len() + self.packet.len() + self.payload.len() + matches + buffers + before
    }

    /// Appends the event as one line of JSON.
    pub fn write_line(&self, out: &mut Vec<u8>) {
        // A Vec takes every write and the struct has no map with keys that are no strings: serialisation cannot fail.
        if serde_json::to_writer(&mut *out, self).is_ok() {
            out.push(b'\n');
        }
    }
}
