//! Flows that another flow announced: FTP data connections.

use std::net::IpAddr;

use inspect::Service;

/// Announced listeners, oldest first.
#[derive(Debug, Default)]
pub struct Expectations {
    waiting: Vec<(IpAddr, u16, Service, i64)>,
    /// Announcements forgotten because too many waited.
    pub dropped: u64,
}

impl Expectations {
    /// Announcements kept at once.
    pub const CAP: usize = 1024;
    /// Nanoseconds that one waits.
    const PATIENCE: i64 = 30_000_000_000;

    /// Notes that whoever connects to `ip`:`port` will speak `service`.
    pub fn add(&mut self, ip: IpAddr, port: u16, service: Service, now: i64) {
        self.waiting.retain(|(_, _, _, since)| now - since <= Self::PATIENCE);
        if self.waiting.len() >= Self::CAP {
            self.waiting.remove(0);
            self.dropped += 1;
        }
        self.waiting.push((ip, port, service, now));
    }

    /// Takes the announcement for a listener.
    pub fn take(&mut self, ip: IpAddr, port: u16) -> Option<Service> {
        let at = self.waiting.iter().position(|(a, p, _, _)| *a == ip && *p == port)?;
        Some(self.waiting.remove(at).2)
    }
}
