//! Which service a port is bound to, and the inspector of each service: one line a protocol.

use crate::flush_ring::FlushRing;
use crate::ftp::FtpInspector;
use crate::http::HttpInspector;
use crate::http2::Http2Inspector;
use crate::imap::ImapInspector;
use crate::inspector::Inspector;
use crate::pop::PopInspector;
use crate::service::Service;
use crate::smtp::SmtpInspector;
use crate::ssl::SslInspector;

const TCP: u8 = 6;
const UDP: u8 = 17;

/// (IP protocol, server port, service) of Snort's default binder; every other port goes through the wizard.
const BOUND: &[(u8, u16, Service)] = &[
    (UDP, 53, Service::Dns),
    (TCP, 53, Service::Dns),
    (TCP, 111, Service::Sunrpc),
    (TCP, 502, Service::Modbus),
    (UDP, 2123, Service::Gtp),
    (UDP, 2152, Service::Gtp),
    (UDP, 3386, Service::Gtp),
    (TCP, 2404, Service::Iec104),
    (UDP, 2222, Service::Cip),
    (TCP, 44818, Service::Cip),
    (TCP, 4840, Service::Opcua),
];

/// The service that flows of IP protocol `protocol` to `server_port` have whatever they carry.
pub fn bound(protocol: u8, server_port: u16) -> Option<Service> {
    BOUND.iter().find(|(p, port, _)| (*p, *port) == (protocol, server_port)).map(|(.., service)| *service)
}

/// The inspector of `service`; `None`: its streams are split by amount and given as they are.
pub fn inspector(service: Service, ring: &FlushRing) -> Option<Box<dyn Inspector>> {
    Some(match service {
        Service::Http => Box::new(HttpInspector::new(ring.clone())),
        Service::Http2 => Box::new(Http2Inspector::new(ring.clone())),
        Service::Ssl => Box::new(SslInspector::default()),
        Service::Smtp => Box::new(SmtpInspector::default()),
        Service::Imap => Box::new(ImapInspector::default()),
        Service::Pop3 => Box::new(PopInspector::default()),
        Service::Ftp => Box::new(FtpInspector::default()),
        _ => return None,
    })
}
