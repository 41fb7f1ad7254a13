//! How many events one packet or PDU may raise (Snort notes 4.1, steps 4 and 5).

use crate::settings::EventQueueSettings;

/// Places in the event queue of the running packet or PDU.
#[derive(Debug)]
pub struct Admission {
    max_queue: usize,
    log: usize,
    /// Events of this packet or PDU so far.
    queued: usize,
    /// Packets and PDUs so far.
    unit: u64,
    /// Events dropped because the queue was full.
    pub beyond_queue: u64,
    /// Events queued and not logged.
    pub beyond_log: u64,
}

impl Admission {
    /// As it is set.
    pub fn new(settings: &EventQueueSettings) -> Self {
        Self { max_queue: settings.max_queue, log: settings.log, queued: 0, unit: 0, beyond_queue: 0, beyond_log: 0 }
    }

    /// With other settings; counts go on.
    pub fn set(&mut self, settings: &EventQueueSettings) {
        (self.max_queue, self.log) = (settings.max_queue, settings.log);
    }

    /// Another packet or PDU begins.
    pub fn begin(&mut self) {
        self.queued = 0;
        self.unit += 1;
    }

    /// Numbers packets and PDUs from here on, so that those of two workers are apart.
    pub fn number_from(&mut self, first: u64) {
        self.unit = first;
    }

    /// Number of the packet or PDU.
    pub fn unit(&self) -> u64 {
        self.unit
    }

    /// Whether one more event is logged.
    pub fn admits(&mut self) -> bool {
        if self.queued >= self.max_queue {
            self.beyond_queue += 1;
            return false;
        }
        self.queued += 1;
        let logged = self.queued <= self.log;
        self.beyond_log += u64::from(!logged);
        logged
    }
}
