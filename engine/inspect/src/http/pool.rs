//! Memory that a thread lends to the message it is working on, so that flows at rest hold none and no message allocates.

use std::cell::Cell;

use super::message::Message;
use super::transaction::Transaction;

/// Messages and transactions kept for reuse.
const KEPT: usize = 64;

/// Octets above which a buffer is given back to the allocator rather than kept.
const KEPT_OCTETS: usize = 512 * 1024;

/// Octets above which a message is dropped rather than kept.
const KEPT_MESSAGE_OCTETS: usize = 64 * 1024;

/// What one thread lends.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    #[allow(clippy::vec_box)] // A flow keeps the box while its body lasts: only the pointer moves.
    messages: Vec<Box<Message>>,
    transactions: Vec<Transaction>,
    /// Content of several chunks put together.
    pub joined: Vec<u8>,
    pub section: SectionBuffers,
}

/// Buffers for one section; empty between two.
#[derive(Debug, Default)]
pub(crate) struct SectionBuffers {
    /// Content coding undone.
    pub unfolded: Vec<u8>,
    /// As UTF-8.
    pub text: Vec<u8>,
    /// Percent-decoded.
    pub decoded: Vec<u8>,
    pub fields: FieldList,
}

/// Memory of the list of fields that a unit of detection borrows.
#[derive(Debug, Default)]
pub(crate) struct FieldList(Vec<(&'static [u8], &'static [u8])>);

thread_local! {
    static POOL: Cell<Option<Box<Pool>>> = const { Cell::new(None) };
}

impl Pool {
    /// Lends this thread's pool to `work`; work within work gets one of its own.
    pub fn lend<R>(work: impl FnOnce(&mut Self) -> R) -> R {
        let mut pool = POOL.take().unwrap_or_default();
        let result = work(&mut pool);
        POOL.set(Some(pool));
        result
    }

    /// A message without content.
    pub fn take_message(&mut self) -> Box<Message> {
        self.messages.pop().unwrap_or_default()
    }

    /// Takes a message back.
    pub fn give_message(&mut self, mut message: Box<Message>) {
        message.clear();
        if self.messages.len() < KEPT && message.capacity() <= KEPT_MESSAGE_OCTETS {
            self.messages.push(message);
        }
    }

    /// A transaction to be recorded anew.
    pub fn take_transaction(&mut self) -> Transaction {
        self.transactions.pop().unwrap_or_default()
    }

    /// Takes a transaction back.
    pub fn give_transaction(&mut self, transaction: Transaction) {
        if self.transactions.len() < KEPT && transaction.capacity() <= KEPT_MESSAGE_OCTETS {
            self.transactions.push(transaction);
        }
    }
}

impl SectionBuffers {
    /// Ready for the next section.
    pub fn empty(&mut self) {
        [&mut self.unfolded, &mut self.text, &mut self.decoded].into_iter().for_each(empty);
    }
}

impl FieldList {
    /// An empty list for slices of any lifetime.
    pub fn take<'a>(&mut self) -> Vec<(&'a [u8], &'a [u8])> {
        std::mem::take(&mut self.0)
    }

    /// Takes the list back; collecting an emptied list in place keeps its memory.
    pub fn give(&mut self, mut fields: Vec<(&[u8], &[u8])>) {
        fields.clear();
        self.0 = fields.into_iter().map(|_| (Default::default(), Default::default())).collect();
    }
}

/// Empties a buffer and gives back memory far above what is usual.
pub(crate) fn empty(buffer: &mut Vec<u8>) {
    buffer.clear();
    if buffer.capacity() > KEPT_OCTETS {
        *buffer = Vec::new();
    }
}
