//! Every cap and timeout of the flow table, by name.

/// Nanoseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000_000;

/// Longest PDU cut without a splitter, in bytes (Snort manual, `stream_tcp.max_pdu`).
pub const MAX_PDU: usize = 16_384;

/// How often one flow may ask for a rescan ([`crate::Scan::Restart`]); beyond it the answer counts as [`crate::Scan::More`].
pub const MAX_RESTARTS: u8 = 8;

/// What one [`crate::FlowTable`] may hold, and for how long.
#[derive(Debug, Clone)]
pub struct FlowLimits {
    /// Flows at once; one more ends the one that was idle longest.
    pub flows: usize,
    /// Bytes queued for reassembly in one direction of one flow.
    pub queue_bytes: usize,
    /// Segments queued for reassembly in one direction of one flow.
    pub queue_segments: usize,
    /// Bytes of a flow whose peer was never seen that are queued before they are inspected without acknowledgement.
    pub one_way_bytes: usize,
    /// Memory of all reassembly queues, in bytes; beyond it the flow idle longest loses its queue.
    pub memory: usize,
    /// Nanoseconds without a packet after which an established TCP flow ends.
    pub tcp_timeout: i64,
    /// The same for a TCP flow that is not established yet, or closed.
    pub embryonic_timeout: i64,
    /// The same for UDP.
    pub udp_timeout: i64,
    /// The same for ICMP.
    pub icmp_timeout: i64,
    /// The same for other protocols.
    pub ip_timeout: i64,
    /// Segments that were acknowledged before they were seen are not reassembled, as Snort does not (seen by running: set `wide`, mode
    /// `swap_tail`). Who owns both ends could hide behind that, so it is off unless Snort's verdicts are asked for.
    pub early_acknowledgement_ends: bool,
    /// At its end a flow's bytes are looked at whether they were acknowledged or not, those behind a hole too, and so are those of a flow
    /// whose peer was never seen: by its splitter. Snort leaves them out.
    pub unacknowledged: bool,
    /// Where segments overlap and contradict each other, bytes are looked at as each reassembly policy reads them
    /// ([`crate::Application::reading`]).
    pub readings: bool,
    /// Seed of the hash. `None`: from the operating system, so that no one can choose colliding keys. Events never depend on it.
    pub seed: Option<u64>,
}

impl Default for FlowLimits {
    fn default() -> Self {
        Self {
            flows: 262_144,
            queue_bytes: 4_194_304,
            queue_segments: 3_072,
            one_way_bytes: 3_145_728,
            memory: 256 << 20,
            tcp_timeout: 180 * SECOND,
            embryonic_timeout: 30 * SECOND,
            udp_timeout: 30 * SECOND,
            icmp_timeout: 60 * SECOND,
            ip_timeout: 60 * SECOND,
            early_acknowledgement_ends: false,
            unacknowledged: false,
            readings: false,
            seed: None,
        }
    }
}
