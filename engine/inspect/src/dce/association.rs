//! What one DCE/RPC connection has bound, and its calls put together from fragments.

use super::fragment::{Fragment, Interface, Kind};
use crate::counters::CAPS;
use crate::inspector::DceFacts;

/// Presentation contexts that are remembered.
const MOST_CONTEXTS: usize = 64;

/// Octets of stub that fragments may add up to.
const LONGEST_CALL: usize = 65_536;

/// One connection: on TCP a flow, on SMB a pipe.
#[derive(Debug, Default)]
pub(super) struct Association {
    contexts: Vec<(u16, Interface)>,
    /// Contexts that the last bind proposed, until it is answered.
    proposed: Vec<u16>,
    opnum: Option<u16>,
    calls: [Call; 2],
}

/// A call whose fragments are not all here.
#[derive(Debug, Default)]
struct Call {
    id: u32,
    open: bool,
    /// Header of the first fragment, then the stubs.
    octets: Vec<u8>,
    header: usize,
}

/// What rules see of a fragment or of a whole call.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallView<'a> {
    pub facts: DceFacts,
    pub stub: &'a [u8],
    /// The call as one PDU, where it was put together from fragments.
    pub rebuilt: Option<&'a [u8]>,
}

impl Association {
    /// Takes a PDU. Gives what it shows by itself, then the call that it completes.
    pub(super) fn take(&mut self, fragment: &Fragment<'_>, see: &mut dyn FnMut(CallView<'_>)) {
        match fragment.kind {
            Kind::Bind => self.propose(fragment),
            Kind::BindAck => self.answer(fragment),
            Kind::Request | Kind::Response => self.call(fragment, see),
            Kind::Other => {}
        }
    }

    fn propose(&mut self, fragment: &Fragment<'_>) {
        self.proposed.clear();
        for (context, interface) in fragment.proposals() {
            self.contexts.retain(|(id, _)| *id != context);
            if self.contexts.len() == MOST_CONTEXTS {
                CAPS.dce_contexts_beyond_limit.hit();
                continue;
            }
            self.contexts.push((context, interface));
            self.proposed.push(context);
        }
    }

    /// Refused contexts are bound to nothing; until the answer comes all count as bound.
    fn answer(&mut self, fragment: &Fragment<'_>) {
        let proposed = std::mem::take(&mut self.proposed);
        for (context, accepted) in proposed.iter().zip(fragment.results()) {
            if !accepted {
                self.contexts.retain(|(id, _)| id != context);
            }
        }
    }

    fn call(&mut self, fragment: &Fragment<'_>, see: &mut dyn FnMut(CallView<'_>)) {
        let (Some(context), Some((header, stub))) = (fragment.context(), fragment.call_parts()) else { return };
        if fragment.kind == Kind::Request {
            self.opnum = fragment.opnum();
        }
        let interface = self.contexts.iter().find(|(id, _)| *id == context).map(|(_, interface)| *interface);
        let big_endian = fragment.big_endian;
        let (interface, version) = (interface.map(|it| it.uuid), interface.map(|it| it.version));
        let facts = DceFacts { interface, version, opnum: self.opnum, big_endian, first_fragment: fragment.first };
        see(CallView { facts, stub, rebuilt: None });
        let call = &mut self.calls[usize::from(fragment.kind == Kind::Response)];
        if let Some((octets, header)) = call.add(fragment, header, stub) {
            let facts = DceFacts { first_fragment: true, ..facts };
            see(CallView { facts, stub: &octets[header..], rebuilt: Some(octets) });
        }
    }
}

impl Call {
    /// Adds a fragment; the call and the length of its header, once it is whole and had more than one fragment.
    fn add(&mut self, fragment: &Fragment<'_>, header: &[u8], stub: &[u8]) -> Option<(&[u8], usize)> {
        if fragment.first {
            self.octets.clear();
            self.open = !fragment.last;
            if fragment.last {
                return None;
            }
            self.id = fragment.call;
            self.header = header.len();
            self.octets.extend_from_slice(header);
        } else if !self.open || self.id != fragment.call {
            return None;
        }
        if self.octets.len() + stub.len() > LONGEST_CALL {
            CAPS.dce_reassembly_too_long.hit();
            self.open = false;
            return None;
        }
        self.octets.extend_from_slice(stub);
        self.open = !fragment.last;
        fragment.last.then_some((&self.octets[..], self.header))
    }
}
