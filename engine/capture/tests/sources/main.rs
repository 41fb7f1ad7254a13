//! Sources of packets, seen from outside.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod build;
mod corpus;
mod damage;
mod files;
mod live;
