//! The command line: arguments → library → words and exit codes. All the work is the library's.

mod args;
mod bar;
mod bucket_args;
mod commands;
mod decontaminate;
mod fasttext;
mod language_model;
mod mix;
mod model_args;
mod profile;
mod score;
mod sweep;
mod synth;
mod weights;

use crate::error::Error;
use clap::Parser;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

/// Runs the command line and says how the process should end: 0 ok, 2 bad input or recipe, 3 infeasible, 4 books do not balance,
/// 5 more documents hold benchmark items than `--fail-above` allows, 1 anything else. Data goes to standard output, everything else to standard error.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match args::Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version are no failures; clap knows which goes where.
            let code = if e.use_stderr() { 2 } else { 0 };
            let _ = e.print();
            return ExitCode::from(code);
        }
    };
    if let Some(warning) = commands::memory_warning(&cli) {
        let _ = writeln!(std::io::stderr().lock(), "warning: {warning}");
    }
    match commands::dispatch(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            let _ = writeln!(std::io::stderr().lock(), "error: {e}");
            ExitCode::from(exit_code(&e))
        }
    }
}

/// The exit code of an error.
pub fn exit_code(error: &Error) -> u8 {
    match error {
        Error::Recipe(_)
        | Error::Unknown { .. }
        | Error::Invalid { .. }
        | Error::Read { .. }
        | Error::Column { .. }
        | Error::BadRow { .. }
        | Error::Conflict { .. }
        | Error::Feature { .. } => 2,
        Error::Infeasible(_) => 3,
        Error::Unbalanced(_) => 4,
        Error::Contaminated(_) => 5,
        Error::Write { .. } | Error::Refused(_) => 1,
    }
}
