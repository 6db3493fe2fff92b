//! The command `fluxprobe`.

use std::process::ExitCode;

fn main() -> ExitCode {
    fluxprobe::cli::main()
}
