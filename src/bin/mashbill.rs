//! The `mashbill` command: arguments → library → report.

fn main() -> std::process::ExitCode {
    mashbill::cli::main(std::env::args_os())
}
