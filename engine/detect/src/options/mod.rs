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
mod hash;
mod http_count;
mod http_field;
mod http_message;
mod http_param;
mod http_test;
mod http_version_match;
mod icmp_id;
mod icmp_seq;
mod icode;
mod id;
mod ip_proto;
mod ipopts;
mod isdataat;
mod itype;
mod mss;
mod pcre;
mod regex;
mod rpc;
mod sd_pattern;
mod seq;
mod sip;
mod ssl;
mod sticky;
mod stream_size;
mod tos;
mod ttl;
mod urg;
mod window;
mod wscale;

use rules::RuleOption;

use crate::diagnose::Compiled;
use crate::draft::{Around, Draft};

/// Reads one option into the draft of its rule.
pub type Compile = fn(&RuleOption, &mut Draft, &mut Around<'_>) -> Compiled;

/// What is done with an option.
#[derive(Debug, Clone, Copy)]
pub enum Support {
    /// It decides whether the rule matches.
    Evaluated(Compile),
    /// It is read and checked; what matches does not depend on it.
    Accepted(Compile),
    /// A rule that holds it is refused, with this reason: it could only match wrongly or never.
    Refused(&'static str),
}

/// A keyword.
#[derive(Debug, Clone, Copy)]
pub struct OptionKind {
    /// As rules write it.
    pub keyword: &'static str,
    /// One line for people: what it tests.
    pub summary: &'static str,
    /// What is done with it.
    pub support: Support,
}

const fn evaluated(keyword: &'static str, summary: &'static str, compile: Compile) -> OptionKind {
    OptionKind { keyword, summary, support: Support::Evaluated(compile) }
}

const fn accepted(keyword: &'static str, summary: &'static str, compile: Compile) -> OptionKind {
    OptionKind { keyword, summary, support: Support::Accepted(compile) }
}

const fn refused(keyword: &'static str, summary: &'static str, why: &'static str) -> OptionKind {
    OptionKind { keyword, summary, support: Support::Refused(why) }
}

/// Every keyword of the language, sorted. Documentation, error hints and `podlynx rules explain` are made from this table.
pub const OPTIONS: [OptionKind; 136] = [
    evaluated("ack", "TCP acknowledgement number", ack::compile),
    refused("appids", "application that was identified", "applications are not identified"),
    refused("asn1", "faults of ASN.1 encoding", "use ber_data, ber_skip and byte_test"),
    evaluated("base64_data", "select what base64_decode made", base64::data),
    evaluated("base64_decode", "decode base 64 at the cursor", base64::decoding),
    evaluated("ber_data", "enter a BER element of this tag", ber::data),
    evaluated("ber_skip", "skip a BER element of this tag", ber::skip),
    evaluated("bufferlen", "size of the selected buffer", bufferlen::compile),
    evaluated("byte_extract", "keep an integer in a variable", byte_extract::compile),
    evaluated("byte_jump", "move the cursor by an integer", byte_jump::compile),
    evaluated("byte_math", "compute with an integer, keep the result in a variable", byte_math::compile),
    evaluated("byte_test", "compare an integer", byte_test::compile),
    refused("cip_attribute", "CIP attribute", "CIP and EtherNet/IP are only framed, not parsed; write the rule with content and byte_test"),
    refused("cip_class", "CIP class", "CIP and EtherNet/IP are only framed, not parsed; write the rule with content and byte_test"),
    refused(
        "cip_conn_path_class",
        "CIP connection path class",
        "CIP and EtherNet/IP are only framed, not parsed; write the rule with content and byte_test",
    ),
    refused("cip_instance", "CIP instance", "CIP and EtherNet/IP are only framed, not parsed; write the rule with content and byte_test"),
    refused("cip_req", "a CIP request", "CIP and EtherNet/IP are only framed, not parsed; write the rule with content and byte_test"),
    refused("cip_rsp", "a CIP response", "CIP and EtherNet/IP are only framed, not parsed; write the rule with content and byte_test"),
    refused("cip_service", "CIP service", "CIP and EtherNet/IP are only framed, not parsed; write the rule with content and byte_test"),
    refused("cip_status", "CIP status", "CIP and EtherNet/IP are only framed, not parsed; write the rule with content and byte_test"),
    accepted("classtype", "class of the attack", about::classtype),
    evaluated("content", "a literal in the selected buffer", content::compile),
    refused("cvs", "invalid entry of CVS", "CVS is not parsed; write what is to be found with content and pcre"),
    evaluated("dce_iface", "DCE/RPC interface", dce::iface),
    evaluated("dce_opnum", "DCE/RPC operation", dce::opnum),
    evaluated("dce_stub_data", "select the DCE/RPC arguments", sticky::compile),
    evaluated("detection_filter", "alert only above a rate", detection_filter::compile),
    refused("dnp3_data", "select the DNP3 data", "DNP3 is only framed, not parsed; write the rule with content and byte_test"),
    refused("dnp3_func", "DNP3 function", "DNP3 is only framed, not parsed; write the rule with content and byte_test"),
    refused("dnp3_ind", "DNP3 indicator flags", "DNP3 is only framed, not parsed; write the rule with content and byte_test"),
    refused("dnp3_obj", "DNP3 object", "DNP3 is only framed, not parsed; write the rule with content and byte_test"),
    evaluated("dsize", "bytes of payload", dsize::compile),
    evaluated("enable", "switch the rule off or on", about::enable),
    refused(
        "enip_command",
        "EtherNet/IP command",
        "CIP and EtherNet/IP are only framed, not parsed; write the rule with content and byte_test",
    ),
    refused(
        "enip_req",
        "an EtherNet/IP request",
        "CIP and EtherNet/IP are only framed, not parsed; write the rule with content and byte_test",
    ),
    refused(
        "enip_rsp",
        "an EtherNet/IP response",
        "CIP and EtherNet/IP are only framed, not parsed; write the rule with content and byte_test",
    ),
    evaluated("file_data", "select the body or file", sticky::compile),
    refused("file_meta", "what a file identification rule says of the file", "types of files are not identified"),
    refused("file_type", "type of the file", "types of files are not identified"),
    evaluated("flags", "TCP flags", flags::compile),
    evaluated("flow", "direction and state of the connection", flow::compile),
    evaluated("flowbits", "named bits on the flow", flowbits::compile),
    evaluated("fragbits", "fragmentation bits of the IP header", fragbits::compile),
    evaluated("fragoffset", "fragment offset", fragoffset::compile),
    accepted("gid", "generator of the rule", about::gid),
    refused(
        "gtp_info",
        "select a GTP information element",
        "GTP is unwrapped as a tunnel, its messages are not parsed; write the rule with content and byte_test",
    ),
    refused(
        "gtp_type",
        "GTP message type",
        "GTP is unwrapped as a tunnel, its messages are not parsed; write the rule with content and byte_test",
    ),
    refused(
        "gtp_version",
        "GTP version",
        "GTP is unwrapped as a tunnel, its messages are not parsed; write the rule with content and byte_test",
    ),
    evaluated("http_client_body", "select the request body", sticky::compile),
    evaluated("http_cookie", "select the cookies", sticky::compile),
    evaluated("http_header", "select the headers without cookies", sticky::compile),
    evaluated("http_header_test", "a header line: a number, in a range, or absent", http_test::compile),
    evaluated("http_max_header_line", "length of the longest header line", http_count::compile),
    evaluated("http_max_trailer_line", "length of the longest trailer line", http_count::compile),
    evaluated("http_method", "select the request method", sticky::compile),
    evaluated("http_num_cookies", "number of cookies", http_count::compile),
    evaluated("http_num_headers", "number of header lines", http_count::compile),
    evaluated("http_num_trailers", "number of trailer lines", http_count::compile),
    evaluated("http_param", "select a query or form parameter", http_param::compile),
    evaluated("http_raw_body", "select the body as sent", sticky::compile),
    evaluated("http_raw_cookie", "select the cookies as sent", sticky::compile),
    evaluated("http_raw_header", "select the headers as sent", sticky::compile),
    evaluated("http_raw_request", "select the request line as sent", sticky::compile),
    evaluated("http_raw_status", "select the status line as sent", sticky::compile),
    evaluated("http_raw_trailer", "select the trailers as sent", sticky::compile),
    evaluated("http_raw_uri", "select the URI as sent", sticky::compile),
    evaluated("http_stat_code", "select the status code", sticky::compile),
    evaluated("http_stat_msg", "select the reason phrase", sticky::compile),
    evaluated("http_trailer", "select the trailers", sticky::compile),
    evaluated("http_trailer_test", "a trailer line: a number, in a range, or absent", http_test::compile),
    evaluated("http_true_ip", "select the client's address behind proxies", sticky::compile),
    evaluated("http_uri", "select the normalized URI", sticky::compile),
    evaluated("http_version", "select the protocol version", sticky::compile),
    evaluated("http_version_match", "one of several protocol versions", http_version_match::compile),
    evaluated("icmp_id", "identifier of an ICMP echo", icmp_id::compile),
    evaluated("icmp_seq", "sequence number of an ICMP echo", icmp_seq::compile),
    evaluated("icode", "ICMP code", icode::compile),
    evaluated("id", "IP identification", id::compile),
    refused("iec104_apci_type", "IEC 104 APCI type", "IEC 104 is only framed, not parsed; write the rule with content and byte_test"),
    refused("iec104_asdu_func", "IEC 104 function", "IEC 104 is only framed, not parsed; write the rule with content and byte_test"),
    evaluated("ip_proto", "protocol behind the IP header", ip_proto::compile),
    evaluated("ipopts", "option of the IPv4 header", ipopts::compile),
    evaluated("isdataat", "whether there is a byte at a place", isdataat::compile),
    evaluated("itype", "ICMP type", itype::compile),
    refused("js_data", "select normalized JavaScript", "JavaScript is not normalized; look into file_data or http_client_body"),
    evaluated("md5", "MD5 of so many bytes", hash::compile),
    accepted("metadata", "key and value pairs for people", about::metadata),
    refused("mms_data", "select the MMS data", "MMS is only framed, not parsed; write the rule with content and byte_test"),
    refused("mms_func", "MMS function", "MMS is only framed, not parsed; write the rule with content and byte_test"),
    refused("modbus_data", "select the Modbus data", "Modbus is only framed, not parsed; write the rule with content and byte_test"),
    refused("modbus_func", "Modbus function", "Modbus is only framed, not parsed; write the rule with content and byte_test"),
    refused("modbus_unit", "Modbus unit", "Modbus is only framed, not parsed; write the rule with content and byte_test"),
    accepted("msg", "what the alert says", about::msg),
    evaluated("mss", "largest segment size offered", mss::compile),
    refused("opcua_msg_service", "OPC UA service", "OPC UA is only framed, not parsed; write the rule with content and byte_test"),
    refused("opcua_msg_type", "OPC UA message type", "OPC UA is only framed, not parsed; write the rule with content and byte_test"),
    refused("opcua_node_id", "OPC UA node", "OPC UA is only framed, not parsed; write the rule with content and byte_test"),
    refused(
        "opcua_node_namespace_index",
        "OPC UA namespace",
        "OPC UA is only framed, not parsed; write the rule with content and byte_test",
    ),
    evaluated("pcre", "a regular expression in the selected buffer", pcre::compile),
    evaluated("pkt_data", "select the payload", sticky::compile),
    refused("pkt_num", "number of the packet", "it is for debugging Snort itself"),
    accepted("priority", "severity, overriding the class", about::priority),
    evaluated("raw_data", "select the payload as it came", sticky::compile),
    accepted("reference", "where to read more", about::reference),
    evaluated("regex", "a regular expression in the selected buffer", regex::compile),
    accepted("rem", "a remark", about::rem),
    accepted("replace", "rewrite what the content before it matched", about::replace),
    accepted("rev", "revision of the rule", about::rev),
    evaluated("rpc", "program, version and procedure of an ONC RPC call", rpc::compile),
    refused(
        "s7commplus_content",
        "select the S7CommPlus content",
        "S7CommPlus is only framed, not parsed; write the rule with content and byte_test",
    ),
    refused("s7commplus_func", "S7CommPlus function", "S7CommPlus is only framed, not parsed; write the rule with content and byte_test"),
    refused(
        "s7commplus_opcode",
        "S7CommPlus operation",
        "S7CommPlus is only framed, not parsed; write the rule with content and byte_test",
    ),
    evaluated("sd_pattern", "sensitive data, so many times", sd_pattern::compile),
    evaluated("seq", "TCP sequence number", seq::compile),
    evaluated("service", "services of the rule", about::service),
    evaluated("sha256", "SHA-256 of so many bytes", hash::compile),
    evaluated("sha512", "SHA-512 of so many bytes", hash::compile),
    accepted("sid", "number of the rule", about::sid),
    evaluated("sip_body", "select the SIP body", sticky::compile),
    evaluated("sip_header", "select the SIP header", sticky::compile),
    evaluated("sip_method", "SIP method", sip::method),
    evaluated("sip_stat_code", "SIP status code", sip::stat_code),
    refused("so", "call machine code", "rules in machine code are not loaded"),
    refused("soid", "name of a rule in machine code", "rules in machine code are not loaded"),
    evaluated("ssl_state", "TLS handshake messages in this PDU", ssl::state),
    evaluated("ssl_version", "TLS version of the session", ssl::version),
    refused(
        "stream_reassemble",
        "switch reassembly of the flow off or on",
        "every flow is reassembled, so that no rule can blind the others",
    ),
    evaluated("stream_size", "bytes each side has sent", stream_size::compile),
    accepted("tag", "log later packets", about::tag),
    accepted("target", "which end is the target", about::target),
    evaluated("tos", "type of service", tos::compile),
    evaluated("ttl", "time to live", ttl::compile),
    evaluated("urg", "TCP urgent pointer", urg::compile),
    refused("vba_data", "select macros of office files", "macros of office files are not unpacked; look into file_data"),
    evaluated("window", "TCP window", window::compile),
    evaluated("wscale", "TCP window scale offered", wscale::compile),
];

/// The keyword, where it is known.
pub fn find(keyword: &str) -> Option<&'static OptionKind> {
    OPTIONS.binary_search_by_key(&keyword, |kind| kind.keyword).ok().and_then(|at| OPTIONS.get(at))
}
