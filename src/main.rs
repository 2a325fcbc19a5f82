//! The `assize` program. Everything it does is in the library's `cli`.

fn main() -> std::process::ExitCode {
    assize::cli::main()
}
