//! What was done, refused and lost, counted; every cap that can be hit has a line here.

macro_rules! counters {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct $name {
            $($(#[$doc])* pub $field: u64,)*
        }

        impl $name {
            /// Gives each counter's name and value, in declaration order.
            pub fn each(&self, mut f: impl FnMut(&'static str, u64)) {
                $(f(stringify!($field), self.$field);)*
            }
        }
    };
}

counters! {
    /// Counters of a [`crate::FlowTable`].
    FlowCounters {
        /// Packets offered.
        packets,
        /// Packets that belong to no flow (no IP, a fragment, a bare ACK outside a flow, ...).
        packets_without_flow,
        /// TCP flows created.
        tcp_flows,
        /// UDP flows created.
        udp_flows,
        /// ICMP flows created.
        icmp_flows,
        /// Flows of other protocols created.
        ip_flows,
        /// TCP flows picked up without a handshake.
        midstream_flows,
        /// Flows ended because they were idle too long.
        flows_timed_out,
        /// Cap: flows ended because the table was full.
        flows_evicted,
        /// TCP flows replaced by a new connection on the same ports.
        flows_reused,
        /// TCP segments with payload.
        segments,
        /// Segments queued for reassembly, at least in part.
        segments_queued,
        /// Segments queued beyond a hole.
        segments_out_of_order,
        /// Segments that added nothing.
        segments_repeated,
        /// Segments on a side that is closed.
        segments_after_close,
        /// Segments without the ACK flag, which no receiver takes (RFC 9293, 3.10.7.4).
        segments_without_ack,
        /// Segments beyond the window that the receiver offers.
        segments_beyond_window,
        /// Cap: segments refused because the direction's queue holds too many bytes.
        queue_bytes_exceeded,
        /// Cap: segments refused because the direction's queue holds too many segments.
        queue_segments_exceeded,
        /// Cap: times that a flow lost its queues because all queues together took too much memory.
        memory_exceeded,
        /// Cap: flows ended, the one idle longest first, because the process came near its memory limit.
        process_memory_exceeded,
        /// Bytes dropped unseen by that cap.
        memory_dropped_bytes,
        /// Cap: times that the queue of a one-way flow was inspected without acknowledgement.
        one_way_exceeded,
        /// Cap: requests for a rescan refused.
        restarts_exceeded,
        /// PDUs handed out.
        pdus,
        /// Bytes in them.
        pdu_bytes,
        /// Holes that were acknowledged.
        gaps,
        /// Bytes missing there.
        gap_bytes,
        /// Times that contradicting segments were given out as somebody else would read them.
        readings,
        /// Cap: times that contradicting segments were too many or too long to be read in every way.
        readings_exceeded,
        /// Resets that ended a flow.
        resets,
        /// Resets at a place where the receiver would not take them (RFC 5961, 3.2).
        resets_ignored,
    }
}

counters! {
    /// Counters of a [`crate::Defragmenter`].
    DefragCounters {
        /// Fragments offered.
        fragments,
        /// Datagrams rebuilt.
        datagrams,
        /// Fragments that overlapped another.
        overlaps,
        /// Fragments that cannot belong to a datagram: empty, past 65,535 bytes, or contradicting its length.
        malformed,
        /// Fragments that added nothing.
        repeated,
        /// Datagrams given up because a fragment did not come in time.
        timed_out,
        /// Cap: datagrams given up because too many were incomplete.
        datagrams_exceeded,
        /// Cap: datagrams given up because they held too many bytes together.
        bytes_exceeded,
    }
}

impl FlowCounters {
    pub(crate) fn pdu(&mut self, len: usize) {
        self.pdus += 1;
        self.pdu_bytes += len as u64;
    }
}
