//! Decoding, seen from outside.

mod frames;
mod hostile;
mod layers;
