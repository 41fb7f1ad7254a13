//! Names of services that rules use: a name that nobody knows is mostly a slip, and such a rule would wait for flows that never come.

use inspect::Service;
use rules::{Diagnostic, Span};

use crate::diagnose::fault;
use crate::suggest::distance;

/// Services that rules are written for and that no inspector identifies, in Snort's stock configuration neither: their rules go by ports.
const BY_PORT: [&str; 47] = [
    "bgp",
    "bittorrent",
    "chargen",
    "cvs",
    "dce_http_proxy",
    "dce_http_server",
    "dhcp",
    "doh",
    "dot",
    "enip",
    "file",
    "finger",
    "gopher",
    "http3",
    "ident",
    "ike",
    "ipp",
    "irc",
    "kerberos",
    "ldap",
    "mdns",
    "mgcp",
    "mysql",
    "netbios-dgm",
    "netbios-ns",
    "nntp",
    "ntp",
    "oracle",
    "postgresql",
    "quic",
    "radius",
    "rdp",
    "rexec",
    "rlogin",
    "rsync",
    "rtmp",
    "rtsp",
    "snmp",
    "ssdp",
    "stun",
    "syslog",
    "tftp",
    "tns",
    "vnc",
    "vnc-server",
    "wins",
    "xmpp",
];

/// A warning where no flow can be known as `name`.
pub fn unknown(name: &str, span: Span) -> Option<Diagnostic> {
    if Service::named(name).is_some() || BY_PORT.contains(&name) {
        return None;
    }
    let known = Service::NAMES.iter().map(|(_, known)| *known).chain(BY_PORT);
    let hint = match known.map(|known| (distance(known, name), known)).min() {
        Some((distance, near)) if distance <= 2 => format!("did you mean `{near}`?"),
        _ => "name a service such as http, dns or smtp, or use tcp or udp with ports".to_owned(),
    };
    let message = format!("no flow is known as `{name}`: the rule looks only at flows of unknown service");
    Some(Diagnostic { fatal: false, ..fault("D009", span, message, hint) })
}
