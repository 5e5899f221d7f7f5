//! What points at a person or a machine: e-mail addresses, IP addresses, telephone numbers, found in linear time.
//!
//! Each scanner jumps from one byte that the thing must hold to the next (`@`, `.`, `:`, `+` or a digit), looks around it no
//! further than such a thing is long, and hands on what it finds from left to right, without overlap. What counts is said at
//! each scanner; where it differs from datatrove's expressions, that is said too.

mod email;
mod ip;
mod phone;

pub(crate) use email::{emails, is_reserved_domain};
pub(crate) use ip::{ipv4s, ipv6s, is_documentation_v4, is_documentation_v6, is_global_v4, is_global_v6};
pub(crate) use phone::{is_fictional, phones};

/// Whether the byte is part of a word, so that what begins or ends beside it is only a piece of something.
fn is_wordy(byte: Option<&u8>) -> bool {
    byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80)
}
