//! Which service a port is bound to, and the inspector of each service: one line a protocol.

use crate::dce::{DceInspector, SmbInspector};
use crate::flush_ring::FlushRing;
use crate::framed::FramedInspector;
use crate::ftp::FtpInspector;
use crate::ftp_data::FtpDataInspector;
use crate::http::HttpInspector;
use crate::http2::Http2Inspector;
use crate::imap::ImapInspector;
use crate::inspector::Inspector;
use crate::pop::PopInspector;
use crate::service::Service;
use crate::sip::SipInspector;
use crate::smtp::SmtpInspector;
use crate::ssh::SshInspector;
use crate::ssl::SslInspector;
use crate::sunrpc::SunrpcInspector;
use crate::telnet::TelnetInspector;

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

/// A new inspector of `service` for one flow. `None`: its streams are split by amount and given as they are (netflow and gtp are
/// datagrams; socks and mqtt are recognized, not followed). `ring` hands out flush points in the order in which inspectors are made.
pub fn inspector(service: Service, ring: &FlushRing) -> Option<Box<dyn Inspector>> {
    Some(match service {
        Service::Http => Box::new(HttpInspector::new(ring.clone())),
        Service::Http2 => Box::new(Http2Inspector::new(ring.clone())),
        Service::Ssl => Box::new(SslInspector::default()),
        Service::Smtp => Box::new(SmtpInspector::default()),
        Service::Imap => Box::new(ImapInspector::default()),
        Service::Pop3 => Box::new(PopInspector::default()),
        Service::Ftp => Box::new(FtpInspector::default()),
        Service::FtpData => Box::new(FtpDataInspector::new(ring)),
        Service::Telnet => Box::new(TelnetInspector::default()),
        Service::Ssh => Box::new(SshInspector::default()),
        Service::Sip => Box::new(SipInspector::default()),
        Service::Sunrpc => Box::new(SunrpcInspector::default()),
        Service::NetbiosSsn => Box::new(SmbInspector::default()),
        Service::Dcerpc => Box::new(DceInspector::default()),
        Service::Dns
        | Service::Dnp3
        | Service::Modbus
        | Service::Iec104
        | Service::Cip
        | Service::Opcua
        | Service::Mms
        | Service::S7commplus => Box::new(FramedInspector::new(service)?),
        Service::Netflow | Service::Gtp | Service::Socks | Service::Mqtt => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_bind_services() {
        let cases = [
            (TCP, 53, Some(Service::Dns)),
            (UDP, 53, Some(Service::Dns)),
            (TCP, 111, Some(Service::Sunrpc)),
            (UDP, 111, None),
            (TCP, 80, None),
            (TCP, 44818, Some(Service::Cip)),
            (UDP, 3386, Some(Service::Gtp)),
        ];
        for (protocol, port, want) in cases {
            assert_eq!(bound(protocol, port), want, "{protocol}/{port}");
        }
    }

    #[test]
    fn an_inspector_stands_for_its_service() {
        for (service, name) in Service::NAMES {
            let inspector = inspector(service, &FlushRing::default());
            assert!(inspector.is_none_or(|i| i.service() == service), "{name}");
        }
    }
}
