//! SMB behind NetBIOS session messages (RFC 1002, 4.3): a PDU is a message; DCE/RPC on its named pipes is followed.

use flow::{Pdu, Scan, ScanAt, Side};

use super::connection::inspection;
use super::stream::{Pipe, Seen, begins_pdu};
use super::{smb1, smb2};
use crate::bounded::bounded;
use crate::counters::CAPS;
use crate::inspector::{Inspection, Inspector, Sink};
use crate::service::Service;

/// Octets in front of a message: type and length.
pub(super) const NETBIOS: usize = 4;

/// Named pipes that are followed on one connection.
const MOST_PIPES: usize = 64;

/// Requests whose responses are waited for.
const MOST_WAITING: usize = 64;

/// Pipe octets that an SMB message carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carries<'a> {
    Nothing,
    /// Written to a pipe; the response with this id may bring octets of it.
    Written {
        file: [u8; 16],
        id: u64,
        data: &'a [u8],
    },
    /// A read that the response with this id answers.
    Asked {
        file: [u8; 16],
        id: u64,
    },
    /// Read from the pipe that the request with this id named.
    Read {
        id: u64,
        data: &'a [u8],
    },
}

/// SMB on one flow.
#[derive(Debug, Default)]
pub struct SmbInspector {
    sides: [Messages; 2],
    pipes: Vec<([u8; 16], Pipe)>,
    waiting: std::collections::VecDeque<(u64, [u8; 16])>,
}

/// Finds where the messages of one direction end.
#[derive(Debug, Default)]
struct Messages {
    header: [u8; NETBIOS],
    have: usize,
    left: usize,
}

impl Messages {
    fn take(&mut self, piece: &[u8]) -> Scan {
        let mut at = 0;
        if self.left == 0 {
            at = piece.len().min(NETBIOS - self.have);
            self.header[self.have..self.have + at].copy_from_slice(&piece[..at]);
            self.have += at;
            if self.have < NETBIOS {
                return Scan::More;
            }
            self.have = 0;
            // The length has 17 bits on NetBIOS and 24 on port 445.
            self.left = u32::from_be_bytes([0, self.header[1], self.header[2], self.header[3]]) as usize;
        }
        let body = self.left.min(piece.len() - at);
        self.left -= body;
        if self.left == 0 { Scan::Flush(at + body) } else { Scan::More }
    }
}

impl SmbInspector {
    fn message(&mut self, message: &[u8], see: &mut dyn FnMut(Seen<'_>)) {
        let mut rest = message;
        while !rest.is_empty() {
            let (carries, next) = if rest.starts_with(b"\xffSMB") { (smb1::read(rest), rest.len()) } else { smb2::read(rest) };
            self.carried(carries, see);
            rest = rest.get(next..).unwrap_or_default();
        }
    }

    fn carried(&mut self, carries: Carries<'_>, see: &mut dyn FnMut(Seen<'_>)) {
        match carries {
            Carries::Nothing => {}
            Carries::Asked { file, id } => self.wait(id, file),
            Carries::Written { file, id, data } => {
                self.wait(id, file);
                if let Some(pipe) = self.pipe(file, data) {
                    pipe.take(0, data, see);
                }
            }
            Carries::Read { id, data } => {
                let Some(index) = self.waiting.iter().position(|(waits, _)| *waits == id) else { return };
                let Some((_, file)) = self.waiting.remove(index) else { return };
                if let Some((_, pipe)) = self.pipes.iter_mut().find(|(of, _)| *of == file) {
                    pipe.take(1, data, see);
                }
            }
        }
    }

    fn wait(&mut self, id: u64, file: [u8; 16]) {
        if self.waiting.len() == MOST_WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back((id, file));
    }

    /// A file is a pipe of DCE/RPC once a PDU is written to it.
    fn pipe(&mut self, file: [u8; 16], data: &[u8]) -> Option<&mut Pipe> {
        if let Some(index) = self.pipes.iter().position(|(of, _)| *of == file) {
            return Some(&mut self.pipes[index].1);
        }
        if !begins_pdu(data) {
            return None;
        }
        if self.pipes.len() == MOST_PIPES {
            CAPS.smb_pipes_beyond_limit.hit();
            return None;
        }
        self.pipes.push((file, Pipe::default()));
        self.pipes.last_mut().map(|(_, pipe)| pipe)
    }
}

impl Inspector for SmbInspector {
    fn service(&self) -> Service {
        Service::NetbiosSsn
    }

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        let messages = &mut self.sides[side as usize];
        bounded(piece, at, |piece| Some(messages.take(piece)))
    }

    fn inspect(&mut self, _side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        let mut shown = false;
        self.message(pdu.data.get(NETBIOS..).unwrap_or_default(), &mut |Seen { view, desegmented }| {
            // The first call in a message is shown with the message, what was put together as a PDU of its own.
            let own = view.rebuilt.or(desegmented);
            if own.is_some() && !shown {
                sink(&Inspection::plain(pdu.data));
            }
            shown = true;
            sink(&inspection(own.unwrap_or(pdu.data), view.facts, view.stub));
        });
        if !shown {
            sink(&Inspection::plain(pdu.data));
        }
    }
}
