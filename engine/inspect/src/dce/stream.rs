//! DCE/RPC PDUs out of a stream of octets that may be cut anywhere: SMB writes, reads and transactions on a pipe.

use super::association::{Association, CallView};
use super::fragment::{Fragment, HEADER, length};

/// One named pipe.
#[derive(Debug, Default)]
pub(super) struct Pipe {
    association: Association,
    /// Octets of an unfinished PDU, by direction.
    pending: [Vec<u8>; 2],
}

/// A PDU seen on a pipe.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub view: CallView<'a>,
    /// The PDU as one piece, where it came in several.
    pub desegmented: Option<&'a [u8]>,
}

/// Whether octets begin with a DCE/RPC PDU.
pub(super) fn begins_pdu(octets: &[u8]) -> bool {
    octets.first_chunk::<HEADER>().is_some_and(|header| length(header).is_some())
}

impl Pipe {
    /// Takes octets of one direction (0 request, 1 response).
    pub(super) fn take(&mut self, direction: usize, octets: &[u8], see: &mut dyn FnMut(Seen<'_>)) {
        let mut rest = octets;
        if !self.pending[direction].is_empty() {
            let mut pending = std::mem::take(&mut self.pending[direction]);
            let before = pending.len();
            pending.extend_from_slice(rest);
            let Some(taken) = self.one(&pending, true, see) else {
                // No PDU is longer than its 16-bit length says, so this never grows beyond one.
                self.pending[direction] = if begins_pdu(&pending) || pending.len() < HEADER { pending } else { Vec::new() };
                return;
            };
            rest = rest.get(taken.saturating_sub(before)..).unwrap_or_default();
        }
        while let Some(taken) = self.one(rest, false, see) {
            rest = &rest[taken..];
        }
        if rest.len() < HEADER || begins_pdu(rest) {
            self.pending[direction] = rest.to_vec();
        }
    }

    /// Takes the PDU that `octets` begin with, if it is whole; answers its length.
    fn one(&mut self, octets: &[u8], desegmented: bool, see: &mut dyn FnMut(Seen<'_>)) -> Option<usize> {
        let length = length(octets.first_chunk()?)?;
        let fragment = Fragment::read(octets)?;
        let pdu = desegmented.then_some(&octets[..length]);
        self.association.take(&fragment, &mut |view| see(Seen { view, desegmented: pdu }));
        Some(length)
    }
}
