//! The rule options: one keyword, one file, one line in [`OPTIONS`].

pub mod about;
mod ack;
mod base64;
mod ber;
mod bits;
mod bufferlen;
mod byte_extract;
mod byte_jump;
mod byte_math;
mod byte_test;
mod compare;
pub mod content;
mod dce;
mod detection_filter;
mod dsize;
mod extract;
pub mod flags;
mod flow;
mod flowbits;
mod fragbits;
mod fragoffset;
mod http_field;
mod http_param;
mod icmp_id;
mod icmp_seq;
mod icode;
mod id;
mod ip_proto;
mod isdataat;
mod itype;
mod pcre;
mod seq;
mod sip;
mod ssl;
mod sticky;
mod stream_size;
mod tos;
mod ttl;
mod window;

use rules::RuleOption;

use crate::diagnose::Compiled;
use crate::draft::{Around, Draft};

/// Reads one option into the draft of its rule.
pub type Compile = fn(&RuleOption, &mut Draft, &mut Around<'_>) -> Compiled;

/// A keyword.
#[derive(Debug, Clone, Copy)]
pub struct OptionKind {
    /// As rules write it.
    pub keyword: &'static str,
    /// One line for people: what it tests.
    pub summary: &'static str,
    /// Reads it.
    pub compile: Compile,
}

const fn option(keyword: &'static str, summary: &'static str, compile: Compile) -> OptionKind {
    OptionKind { keyword, summary, compile }
}

/// Every keyword. Documentation, error hints and `podlynx rules explain` are made from this table.
pub const OPTIONS: [OptionKind; 74] = [
    option("ack", "TCP acknowledgement number", ack::compile),
    option("base64_data", "select what base64_decode made", base64::data),
    option("base64_decode", "decode base 64 at the cursor", base64::decoding),
    option("ber_data", "enter a BER element of this tag", ber::data),
    option("ber_skip", "skip a BER element of this tag", ber::skip),
    option("bufferlen", "size of the selected buffer", bufferlen::compile),
    option("byte_extract", "keep an integer in a variable", byte_extract::compile),
    option("byte_jump", "move the cursor by an integer", byte_jump::compile),
    option("byte_math", "compute with an integer, keep the result in a variable", byte_math::compile),
    option("byte_test", "compare an integer", byte_test::compile),
    option("classtype", "class of the attack", about::classtype),
    option("content", "a literal in the selected buffer", content::compile),
    option("dce_iface", "DCE/RPC interface", dce::iface),
    option("dce_opnum", "DCE/RPC operation", dce::opnum),
    option("dce_stub_data", "select the DCE/RPC arguments", sticky::compile),
    option("detection_filter", "alert only above a rate", detection_filter::compile),
    option("dsize", "bytes of payload", dsize::compile),
    option("file_data", "select the body or file", sticky::compile),
    option("flags", "TCP flags", flags::compile),
    option("flow", "direction and state of the connection", flow::compile),
    option("flowbits", "named bits on the flow", flowbits::compile),
    option("fragbits", "fragmentation bits of the IP header", fragbits::compile),
    option("fragoffset", "fragment offset", fragoffset::compile),
    option("gid", "generator of the rule", about::gid),
    option("http_client_body", "select the request body", sticky::compile),
    option("http_cookie", "select the cookies", sticky::compile),
    option("http_header", "select the headers without cookies", sticky::compile),
    option("http_method", "select the request method", sticky::compile),
    option("http_param", "select a query or form parameter", http_param::compile),
    option("http_raw_body", "select the body as sent", sticky::compile),
    option("http_raw_cookie", "select the cookies as sent", sticky::compile),
    option("http_raw_header", "select the headers as sent", sticky::compile),
    option("http_raw_request", "select the request line as sent", sticky::compile),
    option("http_raw_status", "select the status line as sent", sticky::compile),
    option("http_raw_trailer", "select the trailers as sent", sticky::compile),
    option("http_raw_uri", "select the URI as sent", sticky::compile),
    option("http_stat_code", "select the status code", sticky::compile),
    option("http_stat_msg", "select the reason phrase", sticky::compile),
    option("http_trailer", "select the trailers", sticky::compile),
    option("http_true_ip", "select the client's address behind proxies", sticky::compile),
    option("http_uri", "select the normalized URI", sticky::compile),
    option("http_version", "select the protocol version", sticky::compile),
    option("icmp_id", "identifier of an ICMP echo", icmp_id::compile),
    option("icmp_seq", "sequence number of an ICMP echo", icmp_seq::compile),
    option("icode", "ICMP code", icode::compile),
    option("id", "IP identification", id::compile),
    option("ip_proto", "protocol behind the IP header", ip_proto::compile),
    option("isdataat", "whether there is a byte at a place", isdataat::compile),
    option("itype", "ICMP type", itype::compile),
    option("js_data", "select normalized JavaScript", sticky::compile),
    option("metadata", "key and value pairs for people", about::metadata),
    option("msg", "what the alert says", about::msg),
    option("pcre", "a regular expression in the selected buffer", pcre::compile),
    option("pkt_data", "select the payload", sticky::compile),
    option("priority", "severity, overriding the class", about::priority),
    option("raw_data", "select the payload as it came", sticky::compile),
    option("reference", "where to read more", about::reference),
    option("rem", "a remark", about::no_effect),
    option("rev", "revision of the rule", about::rev),
    option("seq", "TCP sequence number", seq::compile),
    option("service", "services of the rule", about::service),
    option("sid", "number of the rule", about::sid),
    option("sip_body", "select the SIP body", sticky::compile),
    option("sip_header", "select the SIP header", sticky::compile),
    option("sip_method", "SIP method", sip::method),
    option("sip_stat_code", "SIP status code", sip::stat_code),
    option("ssl_state", "TLS handshake messages in this PDU", ssl::state),
    option("ssl_version", "TLS version of the session", ssl::version),
    option("stream_size", "bytes each side has sent", stream_size::compile),
    option("tag", "log later packets (no effect on alerts)", about::no_effect),
    option("tos", "type of service", tos::compile),
    option("ttl", "time to live", ttl::compile),
    option("vba_data", "select macros of office files", sticky::compile),
    option("window", "TCP window", window::compile),
];

/// Keywords of Snort 3 that are read and not evaluated: a rule that holds one loads, is counted, and never matches.
pub const NOT_EVALUATED: [&str; 45] = [
    "appids",
    "asn1",
    "cip_attribute",
    "cip_class",
    "cip_conn_path_class",
    "cip_instance",
    "cip_req",
    "cip_rsp",
    "cip_service",
    "cip_status",
    "cvs",
    "dnp3_data",
    "dnp3_func",
    "dnp3_ind",
    "dnp3_obj",
    "enable",
    "enip_command",
    "enip_req",
    "enip_rsp",
    "file_meta",
    "file_type",
    "gtp_info",
    "gtp_type",
    "gtp_version",
    "http_header_test",
    "http_max_header_line",
    "http_num_cookies",
    "http_num_headers",
    "http_trailer_test",
    "http_version_match",
    "iec104_apci_type",
    "iec104_asdu_func",
    "ipopts",
    "isnotdataat",
    "modbus_data",
    "modbus_func",
    "modbus_unit",
    "md5",
    "rawbytes",
    "regex",
    "rpc",
    "sd_pattern",
    "sha256",
    "sha512",
    "so",
];

/// The keyword, where it is known.
pub fn find(keyword: &str) -> Option<&'static OptionKind> {
    OPTIONS.iter().find(|kind| kind.keyword == keyword)
}
