//! The `mashbill` command: arguments → library → report.
fn main() {}
