//! What the protocols other than HTTP cut off or gave up, by name: every cap of theirs counts here.

use std::sync::atomic::{AtomicU64, Ordering};

/// One counter of this process; touched only when something out of the ordinary happens.
#[derive(Debug, Default)]
pub struct Cap(AtomicU64);

impl Cap {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(crate) fn hit(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Times it happened since the process began.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

macro_rules! caps {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Counters of the inspectors of this process.
        #[derive(Debug)]
        pub struct Caps { $($(#[$doc])* pub $name: Cap,)* }

        /// The one set of them.
        pub static CAPS: Caps = Caps { $($name: Cap::new(),)* };

        impl Caps {
            /// Every counter with its name.
            pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
                [$((stringify!($name), self.$name.get()),)*].into_iter()
            }
        }
    };
}

caps! {
    /// Directions in which the wizard saw 8,192 octets and knew nothing.
    wizard_depth_reached,
    /// PDUs cut at 16,384 octets because their protocol showed no end.
    pdu_cut_at_limit,
    /// Mail header blocks of which only the first 8,192 octets were read.
    mime_headers_too_long,
    /// Multipart boundaries beyond the eighth open one: not followed.
    mime_nesting_too_deep,
    /// DCE/RPC calls whose fragments exceed 65,536 octets together: inspected by fragment only.
    dce_reassembly_too_long,
    /// DCE/RPC contexts beyond the 64th of a connection: their calls have no interface.
    dce_contexts_beyond_limit,
    /// SMB named pipes beyond the 64th of a connection: not followed.
    smb_pipes_beyond_limit,
    /// RPC records in pieces longer than 1,500 octets together: their rest is shown as it comes.
    sunrpc_record_too_long,
    /// SIP messages on TCP whose header block exceeds 16,384 octets.
    sip_header_too_long,
}

#[cfg(test)]
mod tests {
    use super::{CAPS, Cap};

    #[test]
    fn a_cap_counts_its_hits() {
        let cap = Cap::default();
        cap.hit();
        cap.hit();
        assert_eq!(cap.get(), 2);
        assert!(CAPS.all().any(|(name, _)| name == "wizard_depth_reached"));
    }
}
