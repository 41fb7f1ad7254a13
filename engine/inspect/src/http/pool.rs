//! Memory that a thread lends to the message it is working on, so that flows at rest hold none and no message allocates.

use std::cell::RefCell;

use super::message::Message;

/// Messages kept for reuse.
const KEPT_MESSAGES: usize = 64;

/// Octets above which a buffer is given back to the allocator rather than kept.
const KEPT_OCTETS: usize = 512 * 1024;

/// Octets above which a message is dropped rather than kept.
const KEPT_MESSAGE_OCTETS: usize = 64 * 1024;

/// Buffers for one section.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    unfolded: Vec<u8>,
    text: Vec<u8>,
    decoded: Vec<u8>,
    fields: Vec<(&'static [u8], &'static [u8])>,
}

impl Scratch {
    /// Empty buffers for content with its coding undone, as UTF-8, and percent-decoded.
    pub fn take_buffers(&mut self) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        (std::mem::take(&mut self.unfolded), std::mem::take(&mut self.text), std::mem::take(&mut self.decoded))
    }

    /// Takes them back.
    pub fn give_buffers(&mut self, unfolded: Vec<u8>, text: Vec<u8>, decoded: Vec<u8>) {
        (self.unfolded, self.text, self.decoded) = (emptied(unfolded), emptied(text), emptied(decoded));
    }

    /// An empty list of fields for slices of any lifetime.
    pub fn take_fields<'a>(&mut self) -> Vec<(&'a [u8], &'a [u8])> {
        std::mem::take(&mut self.fields)
    }

    /// Takes the list back; collecting an emptied list in place keeps its memory.
    pub fn give_fields(&mut self, mut fields: Vec<(&[u8], &[u8])>) {
        fields.clear();
        self.fields = fields.into_iter().map(|_| (Default::default(), Default::default())).collect();
    }
}

#[derive(Debug, Default)]
struct Pool {
    #[allow(clippy::vec_box)] // A flow keeps the box while its body lasts: only the pointer moves.
    messages: Vec<Box<Message>>,
    scratch: Scratch,
    joined: Vec<u8>,
}

thread_local! {
    static POOL: RefCell<Pool> = RefCell::default();
}

/// A message without content.
pub(crate) fn take_message() -> Box<Message> {
    POOL.with_borrow_mut(|pool| pool.messages.pop()).unwrap_or_default()
}

/// Takes a message back.
pub(crate) fn give_message(mut message: Box<Message>) {
    message.clear();
    POOL.with_borrow_mut(|pool| {
        if pool.messages.len() < KEPT_MESSAGES && message.capacity() <= KEPT_MESSAGE_OCTETS {
            pool.messages.push(message);
        }
    });
}

/// Empty buffers.
pub(crate) fn take_scratch() -> Scratch {
    POOL.with_borrow_mut(|pool| std::mem::take(&mut pool.scratch))
}

/// Takes the buffers back.
pub(crate) fn give_scratch(scratch: Scratch) {
    POOL.with_borrow_mut(|pool| pool.scratch = scratch);
}

/// An empty buffer for the chunks of a section put together.
pub(crate) fn take_joined() -> Vec<u8> {
    POOL.with_borrow_mut(|pool| std::mem::take(&mut pool.joined))
}

/// Takes it back.
pub(crate) fn give_joined(joined: Vec<u8>) {
    POOL.with_borrow_mut(|pool| pool.joined = emptied(joined));
}

fn emptied(mut buffer: Vec<u8>) -> Vec<u8> {
    buffer.clear();
    if buffer.capacity() > KEPT_OCTETS { Vec::new() } else { buffer }
}
