//! The `assize` program. Everything it does is in the library's `cli`.

/// Claims are made on one thread and dropped on another, which is where the system's allocator waits for itself:
/// an import takes an eighth less time with this one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    assize::cli::main()
}
