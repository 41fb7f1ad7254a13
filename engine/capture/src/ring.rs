//! The ring that the kernel shares with us: blocks of packets (TPACKET_V3, packet(7) and
//! Documentation/networking/packet_mmap.rst). A block is ours from when its status says so until we give it back.
#![allow(unsafe_code)]

use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::sys;

/// Bytes of a block. Holds some of the largest frames (64 KB, where a stack leaves segmentation to hardware), and no more: a
/// trickle of packets fills a block every [`RETIRE`], however few they are, so the number of blocks is how long a reader may be away.
pub(crate) const BLOCK: usize = 256 * 1024;

/// Blocks of a MiB.
const BLOCKS_A_MIB: u32 = (1024 * 1024 / BLOCK) as u32;

/// So many waiting blocks, of 255, are looked into.
const MANY: usize = 64;

/// Milliseconds after which the kernel hands over a block that is not full.
const RETIRE: u32 = 10;

/// Room that the kernel leaves in front of each frame, so that a VLAN tag can be put back in place.
const TAG: usize = 4;

/// The shared memory, and where we are in it.
pub(crate) struct Ring {
    memory: NonNull<u8>,
    blocks: usize,
    /// Block that is ours, or will be next.
    block: usize,
    /// Offset in the block of the next packet, and how many are left; 0 where the block is not ours.
    next: usize,
    left: u32,
    /// Blocks that were ours when this one was begun, as a share of 255.
    filled: u8,
}

// SAFETY: the memory is a mapping of its own, reached through this owner alone, and the kernel does not mind which thread reads it.
unsafe impl Send for Ring {}

/// A packet in the ring.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot<'a> {
    pub seconds: u32,
    pub nanoseconds: u32,
    /// Length on the wire.
    pub original_len: u32,
    /// The same without a tag that the kernel took off and that was put back.
    pub counted_len: u32,
    /// TP_STATUS_* bits.
    pub status: u32,
    pub ifindex: u32,
    /// ARPHRD_* of the interface.
    pub hardware: u16,
    /// PACKET_* type.
    pub packet_type: u8,
    /// From the link header on, VLAN tag in place.
    pub link: &'a [u8],
    /// From the network header on.
    pub network: &'a [u8],
}

impl Ring {
    /// Gives `socket` a ring of `mib` MiB and maps it.
    pub fn new(socket: &OwnedFd, mib: u32) -> io::Result<Ring> {
        let blocks = mib * BLOCKS_A_MIB;
        sys::set_option(socket, libc::SOL_PACKET, libc::PACKET_VERSION, &(libc::tpacket_versions::TPACKET_V3 as i32))?;
        sys::set_option(socket, libc::SOL_PACKET, libc::PACKET_RESERVE, &(TAG as u32))?;
        let request = libc::tpacket_req3 {
            tp_block_size: BLOCK as u32,
            tp_block_nr: blocks,
            // Frames are laid end to end, whatever this says; the kernel wants it to fit.
            tp_frame_size: 2048,
            tp_frame_nr: blocks * (BLOCK as u32 / 2048),
            tp_retire_blk_tov: RETIRE,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        sys::set_option(socket, libc::SOL_PACKET, libc::PACKET_RX_RING, &request)?;
        let memory = map(socket, blocks as usize * BLOCK)?;
        Ok(Ring { memory, blocks: blocks as usize, block: 0, next: 0, left: 0, filled: 0 })
    }

    /// Bytes of the ring, which the kernel charges to nobody.
    pub fn size(&self) -> usize {
        self.blocks * BLOCK
    }

    /// Whether there is a packet to take. A block that is done with goes back to the kernel.
    pub fn ready(&mut self) -> bool {
        if self.left == 0 && self.next != 0 {
            self.give_back();
        }
        self.left > 0 || self.status().load(Ordering::Acquire) & libc::TP_STATUS_USER != 0
    }

    /// The next packet.
    #[inline]
    pub fn next(&mut self) -> Option<Slot<'_>> {
        while self.left == 0 {
            if !self.ready() {
                return None;
            }
            self.enter();
        }
        let at = self.next;
        let header: libc::tpacket3_hdr = self.read(at);
        self.left -= 1;
        self.next = at + header.tp_next_offset as usize;
        Some(self.slot(at, &header))
    }

    fn enter(&mut self) {
        let header: libc::tpacket_block_desc = self.read(0);
        // SAFETY: bh1 is the only form of the header there is.
        let header = unsafe { header.hdr.bh1 };
        self.left = header.num_pkts;
        // Never 0, which stands for no block: the header comes first.
        self.next = (header.offset_to_first_pkt as usize).max(1);
        self.filled = self.measure();
    }

    /// How much waits behind the block that is being read. Blocks that the clock handed over hold little and are soon read, however many
    /// they are: where many wait, their bytes count.
    fn measure(&self) -> u8 {
        let (waiting, others) = (self.waiting() - 1, self.blocks.saturating_sub(1).max(1));
        let share = waiting * 255 / others;
        if share < MANY {
            return share as u8;
        }
        let bytes: usize = (1..=waiting).map(|ahead| self.length_of((self.block + ahead) % self.blocks)).sum();
        (bytes / others * 255 / BLOCK).min(share) as u8
    }

    /// Bytes of a block that is ours.
    fn length_of(&self, block: usize) -> usize {
        assert!(block < self.blocks, "a block of the ring");
        // SAFETY: the block lies within the mapping and is ours; the kernel's headers are plain numbers, and bh1 is the only form there is.
        let header = unsafe { self.memory.add(block * BLOCK).cast::<libc::tpacket_block_desc>().read_unaligned().hdr.bh1 };
        (header.blk_len as usize).min(BLOCK)
    }

    /// How far the ring was filled when the block was begun that is being read, 0 (nothing waited behind it) to 255 (no room was left).
    #[inline]
    pub fn filled(&self) -> u8 {
        self.filled
    }

    /// Blocks that are ours, this one included: they lie one behind the other, so that a few looks find the last.
    fn waiting(&self) -> usize {
        let (mut ours, mut not) = (1, self.blocks);
        while ours < not {
            let middle = (ours + not) / 2;
            let block = (self.block + middle) % self.blocks;
            if self.status_of(block).load(Ordering::Acquire) & libc::TP_STATUS_USER != 0 { ours = middle + 1 } else { not = middle }
        }
        ours
    }

    fn give_back(&mut self) {
        self.status().store(libc::TP_STATUS_KERNEL, Ordering::Release);
        self.block = (self.block + 1) % self.blocks;
        self.next = 0;
    }

    /// The word by which a block changes hands.
    fn status(&self) -> &AtomicU32 {
        self.status_of(self.block)
    }

    fn status_of(&self, block: usize) -> &AtomicU32 {
        assert!(block < self.blocks, "a block of the ring");
        // SAFETY: the block lies within the mapping; block_status is the first word of its header, aligned as blocks are; both sides write
        // it whole.
        unsafe { AtomicU32::from_ptr(self.memory.add(block * BLOCK + std::mem::offset_of!(libc::tpacket_block_desc, hdr)).cast().as_ptr()) }
    }

    fn slot(&mut self, at: usize, header: &libc::tpacket3_hdr) -> Slot<'_> {
        let address: libc::sockaddr_ll = self.read(at + size_of::<libc::tpacket3_hdr>().next_multiple_of(16));
        let end = at + usize::from(header.tp_mac) + header.tp_snaplen as usize;
        let link = self.restore_tag(at + usize::from(header.tp_mac), header);
        Slot {
            seconds: header.tp_sec,
            nanoseconds: header.tp_nsec,
            original_len: header.tp_len + if link < at + usize::from(header.tp_mac) { TAG as u32 } else { 0 },
            counted_len: header.tp_len,
            status: header.tp_status,
            ifindex: address.sll_ifindex as u32,
            hardware: address.sll_hatype,
            packet_type: address.sll_pkttype,
            link: self.bytes(link, end),
            network: self.bytes(at + usize::from(header.tp_net), end),
        }
    }

    /// Puts the VLAN tag that the kernel took off back behind the addresses; where the frame begins then.
    fn restore_tag(&mut self, mac: usize, header: &libc::tpacket3_hdr) -> usize {
        if header.tp_status & libc::TP_STATUS_VLAN_VALID == 0 || header.tp_snaplen < 14 {
            return mac;
        }
        let has_type = header.tp_status & libc::TP_STATUS_VLAN_TPID_VALID != 0;
        let kind = if has_type { header.hv1.tp_vlan_tpid } else { 0x8100 };
        let begin = mac - TAG;
        let frame = self.at(begin, TAG + 12).as_ptr();
        let tag = (u32::from(kind) << 16 | header.hv1.tp_vlan_tci & 0xffff).to_be_bytes();
        // SAFETY: `at` has checked these 16 bytes; the block is ours, and no slot of it is borrowed while `self` is.
        unsafe {
            std::ptr::copy(frame.add(TAG), frame, 12);
            std::ptr::copy_nonoverlapping(tag.as_ptr(), frame.add(12), TAG);
        }
        begin
    }

    /// A header of the current block.
    #[inline]
    fn read<T: Copy>(&self, at: usize) -> T {
        // SAFETY: `at` has checked the place; the kernel's headers are plain numbers, for which any bytes are values.
        unsafe { self.at(at, size_of::<T>()).cast::<T>().read_unaligned() }
    }

    #[inline]
    fn bytes(&self, start: usize, end: usize) -> &[u8] {
        let length = end.saturating_sub(start);
        // SAFETY: `at` has checked the place; the block is ours until `next` is called, which needs the borrow to be over.
        unsafe { std::slice::from_raw_parts(self.at(start, length).as_ptr(), length) }
    }

    /// A place in the current block. Offsets come from the kernel, yet none may lead outside.
    #[inline]
    fn at(&self, offset: usize, length: usize) -> NonNull<u8> {
        assert!(offset <= BLOCK && length <= BLOCK - offset, "the kernel's ring leads outside its block");
        // SAFETY: within the mapping, as just checked; `block` is below `blocks`.
        unsafe { self.memory.add(self.block * BLOCK + offset) }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours alone and not used after this. That it succeeds changes nothing any more.
        unsafe { libc::munmap(self.memory.as_ptr().cast(), self.size()) };
    }
}

fn map(socket: &OwnedFd, length: usize) -> io::Result<NonNull<u8>> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping at a place of the kernel's choice touches no memory of ours.
    let memory = unsafe { libc::mmap(std::ptr::null_mut(), length, protection, libc::MAP_SHARED, socket.as_raw_fd(), 0) };
    match NonNull::new(memory) {
        Some(place) if memory != libc::MAP_FAILED => Ok(place.cast()),
        _ => Err(io::Error::last_os_error()),
    }
}
