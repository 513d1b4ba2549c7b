//! The program: arguments in, an exit code out. Everything else is in the library.

use std::process::ExitCode;

/// Documents are read and written in small pieces; the allocator of the system costs a sixth of the time of an action.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    major_hazards::cli::main()
}
