//! DCE/RPC (C706) on TCP and UDP, and on the named pipes of SMB ([MS-CIFS], [MS-SMB2]).
//!
//! A call shows its interface, operation number, byte order and stub. A call in several fragments is shown by fragment and then whole.

mod association;
mod connection;
mod datagram;
mod fragment;
mod octets;
mod smb;
mod smb1;
mod smb2;
mod stream;
#[cfg(test)]
mod tests;

pub use connection::DceInspector;
pub use smb::SmbInspector;
