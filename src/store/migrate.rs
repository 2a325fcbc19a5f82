//! Bringing a database file to the schema this program knows, with a copy of it put aside first.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, TransactionBehavior};
use rustix::fs::Access;

use super::StoreError;

/// Marks a file as ours: `asz1`.
const APPLICATION: i32 = 0x6173_7a31;

/// 8 KiB halves the pages of the docket's wide rows.
const PAGE_BYTES: u32 = 8192;

/// How long another process is waited for that has locked a file.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// One step of a schema.
pub(super) struct Migration {
    /// Its file's name.
    pub(super) name: &'static str,
    /// Its SQL.
    pub(super) sql: &'static str,
}

/// The steps of `findings.db`, in order; the count is the schema's version.
pub(super) static FINDINGS: &[Migration] = &[
    Migration { name: "0001_first", sql: include_str!("../../migrations/findings/0001_first.sql") },
    Migration { name: "0002_run_target", sql: include_str!("../../migrations/findings/0002_run_target.sql") },
    Migration { name: "0003_former", sql: include_str!("../../migrations/findings/0003_former.sql") },
    Migration { name: "0004_shaped", sql: include_str!("../../migrations/findings/0004_shaped.sql") },
    Migration { name: "0005_hidden", sql: include_str!("../../migrations/findings/0005_hidden.sql") },
    Migration { name: "0006_known_by", sql: include_str!("../../migrations/findings/0006_known_by.sql") },
    Migration { name: "0007_licence", sql: include_str!("../../migrations/findings/0007_licence.sql") },
];

/// The steps of `journal.db`.
pub(super) static JOURNAL: &[Migration] = &[
    Migration { name: "0001_first", sql: include_str!("../../migrations/journal/0001_first.sql") },
    Migration { name: "0002_by_batch", sql: include_str!("../../migrations/journal/0002_by_batch.sql") },
];

/// The steps of `remedies.db`.
pub(super) static REMEDIES: &[Migration] =
    &[Migration { name: "0001_first", sql: include_str!("../../migrations/remedies/0001_first.sql") }];

/// Opens a database file for writing, made or migrated as needed.
pub(super) fn open(path: &Path, steps: &[Migration]) -> Result<Connection, StoreError> {
    open_within(path, steps, PATIENCE)
}

fn open_within(path: &Path, steps: &[Migration], patience: Duration) -> Result<Connection, StoreError> {
    let sqlite = |source| StoreError::sqlite(path, source);
    if !path.exists() {
        make(path, steps)?;
    }
    let connection = Connection::open(path).map_err(sqlite)?;
    #[cfg(test)]
    let connection = super::counted::counted(connection);
    let mut connection = connection;
    if let Err(source) = prepare(&connection, patience) {
        let is_read_only = is_read_only(&connection, &source);
        return Err(if is_read_only {
            StoreError::ReadOnly { path: path.to_owned() }
        } else {
            sqlite(source)
        });
    }
    let version = check(&connection, path, steps)?;
    if version < steps.len() {
        if version > 0 {
            back_up(&connection, path, version)?;
        }
        // Read again under the lock: two processes may have come here together.
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite)?;
        let version = check(&transaction, path, steps)?;
        apply(&transaction, path, steps, version)?;
        transaction.commit().map_err(sqlite)?;
    }
    connection.busy_timeout(PATIENCE).map_err(sqlite)?;
    Ok(connection)
}

/// Makes a database file beside its place, with one sync, and puts it there whole: a file made in its place would be
/// synced at each of half a dozen steps, which is a tenth of a small import. If another process was faster, its file
/// stays.
fn make(path: &Path, steps: &[Migration]) -> Result<(), StoreError> {
    let io = |source| StoreError::io(path, source);
    let name = path.file_stem().unwrap_or_default();
    // Only its owner may read it; SQLite would let all, and -wal and -shm inherit the file's mode.
    let part = tempfile::Builder::new()
        .prefix(name)
        .suffix(".part")
        .tempfile_in(path.parent().unwrap_or(Path::new(".")))
        .map_err(io)?;
    let sqlite = |source| StoreError::sqlite(path, source);
    let mut connection = Connection::open(part.path()).map_err(sqlite)?;
    connection.pragma_update(None, "synchronous", "off").map_err(sqlite)?;
    connection.pragma_update(None, "page_size", PAGE_BYTES).map_err(sqlite)?;
    connection.pragma_update(None, "journal_mode", "wal").map_err(sqlite)?;
    let transaction = connection.transaction().map_err(sqlite)?;
    apply(&transaction, path, steps, 0)?;
    transaction.commit().map_err(sqlite)?;
    connection.close().map_err(|(_, source)| sqlite(source))?;
    part.as_file().sync_all().map_err(io)?;
    match part.persist_noclobber(path) {
        Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => Err(io(error.error)),
        _ => Ok(()),
    }
}

/// Takes the steps from a version on.
fn apply(connection: &Connection, path: &Path, steps: &[Migration], from: usize) -> Result<(), StoreError> {
    let sqlite = |source| StoreError::sqlite(path, source);
    for step in steps.iter().skip(from) {
        connection.execute_batch(step.sql).map_err(|source| StoreError::Damaged {
            path: path.to_owned(),
            why: format!("migration {} does not apply: {source}", step.name),
        })?;
    }
    connection.pragma_update(None, "application_id", APPLICATION).map_err(sqlite)?;
    connection.pragma_update(None, "user_version", steps.len() as i64).map_err(sqlite)?;
    Ok(())
}

/// Opens a database file for reading only; it must exist and be of this program's schema. Another process that has
/// locked it is waited for as long as is said.
pub(super) fn open_to_read(
    path: &Path,
    steps: &[Migration],
    patience: Duration,
) -> Result<Connection, StoreError> {
    let sqlite = |source| StoreError::sqlite(path, source);
    // Not SQLITE_OPEN_READ_ONLY: a reader of a WAL file must be able to make its shared index.
    // Without a lock of SQLite's own, which each value of each row would take: no connection is used by two threads at once.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(sqlite)?;
    #[cfg(test)]
    let connection = super::counted::counted(connection);
    if let Err(source) = prepare(&connection, patience) {
        // What may not be written cannot be shared either: it is read as it lies there, if it lies there whole.
        return if is_read_only(&connection, &source) {
            open_unshared(path, steps)
        } else {
            Err(sqlite(source))
        };
    }
    if check(&connection, path, steps)? < steps.len() {
        return open_within(path, steps, patience).map_err(StoreError::while_reading);
    }
    connection.pragma_update(None, "query_only", true).map_err(sqlite)?;
    connection.busy_timeout(PATIENCE).map_err(sqlite)?;
    Ok(connection)
}

/// Whether what cannot be opened cannot be because it, or the folder that its log would stand in, may not be written.
fn is_read_only(connection: &Connection, source: &rusqlite::Error) -> bool {
    let code = source.sqlite_error_code();
    let folder = connection.path().map(Path::new).and_then(Path::parent);
    let is_closed = || folder.is_some_and(|folder| rustix::fs::access(folder, Access::WRITE_OK).is_err());
    match code {
        Some(ErrorCode::ReadOnly) => true,
        Some(ErrorCode::CannotOpen) => connection.is_readonly(MAIN_DB).unwrap_or(false) || is_closed(),
        _ => false,
    }
}

/// Opens a database file on a disk, or in a folder, that may not be written. Whoever had it open would have left a log
/// beside it; who opens it later is not noticed.
fn open_unshared(path: &Path, steps: &[Migration]) -> Result<Connection, StoreError> {
    let sqlite = |source| StoreError::sqlite(path, source);
    let log = path.with_extension("db-wal");
    if log.metadata().is_ok_and(|log| log.len() > 0) {
        return Err(StoreError::Unwritable { path: path.to_owned() });
    }
    let mut name = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                name.push(char::from(*byte))
            }
            _ => name.push_str(&format!("%{byte:02X}")),
        }
    }
    name.push_str("?immutable=1");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(name, flags).map_err(sqlite)?;
    #[cfg(test)]
    let connection = super::counted::counted(connection);
    if check(&connection, path, steps)? < steps.len() {
        return Err(StoreError::Unwritable { path: path.to_owned() });
    }
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn prepare(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    connection.busy_timeout(patience)?;
    // Without this SQLite parses a statement anew each time another value is bound to it, in case another plan were
    // better for that value: half of the time of a rescan.
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Page size first: it only takes on an empty file.
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// The schema's version, if it is one of ours and not newer.
fn check(connection: &Connection, path: &Path, steps: &[Migration]) -> Result<usize, StoreError> {
    let sqlite = |source| StoreError::sqlite(path, source);
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let version = pragma("user_version").map_err(sqlite)?;
    let application = pragma("application_id").map_err(sqlite)?;
    let tables = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
        .map_err(sqlite)?;
    if application != i64::from(APPLICATION) && (version != 0 || tables != 0) {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    if version > steps.len() {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found: u32::try_from(version).unwrap_or(u32::MAX),
            known: u32::try_from(steps.len()).unwrap_or(u32::MAX),
        });
    }
    Ok(version)
}

fn back_up(connection: &Connection, path: &Path, version: usize) -> Result<(), StoreError> {
    let target = path.with_extension(format!("before-{}.db", version + 1));
    if target.exists() {
        return Ok(());
    }
    let io = |source| StoreError::Io { path: target.clone(), source };
    // Each has a file of its own: those who come here together would write into one another's.
    let part = tempfile::Builder::new()
        .prefix(path.file_stem().unwrap_or_default())
        .suffix(".part")
        .tempfile_in(path.parent().unwrap_or(Path::new(".")))
        .map_err(io)?;
    let copy = |source: &Connection| -> rusqlite::Result<()> {
        let mut to = Connection::open(part.path())?;
        rusqlite::backup::Backup::new(source, &mut to)?.run_to_completion(
            1024,
            std::time::Duration::ZERO,
            None,
        )
    };
    copy(connection).map_err(|source| StoreError::sqlite(&target, source))?;
    part.as_file().sync_all().map_err(io)?;
    match part.persist_noclobber(&target) {
        Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => Err(io(error.error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A landed migration is never edited: its checksum is held here, one line each.
    #[test]
    fn landed_migrations_are_as_they_were() {
        for (steps, sums) in [(FINDINGS, FINDINGS_SUMS), (JOURNAL, JOURNAL_SUMS), (REMEDIES, REMEDIES_SUMS)] {
            let found: Vec<String> = steps
                .iter()
                .map(|step| crate::domain::Digest::of(step.sql.as_bytes()).to_string()[..16].to_owned())
                .collect();
            assert_eq!(found, sums);
        }
    }

    const FINDINGS_SUMS: &[&str] = &[
        "e032890d3cacedd7",
        "fc4198563d13c8da",
        "a901f508b7e7abea",
        "d89b6f5927b53b0f",
        "263777a963317b6f",
        "a6551f21bee4c37b",
        "2aa232a9a4422c87",
    ];
    const REMEDIES_SUMS: &[&str] = &["62f4930130e57f60"];
    const JOURNAL_SUMS: &[&str] = &["4ab73807b5359b55", "ca8088d5e8fafd5f"];

    fn temp() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_newer_schema_is_refused_and_left_alone() {
        let folder = temp();
        let path = folder.path().join("findings.db");
        drop(open(&path, FINDINGS).unwrap());
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let before = fs::read(&path).unwrap();
        assert!(matches!(open(&path, FINDINGS), Err(StoreError::Newer { found: 99, .. })));
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn of_those_who_make_a_database_at_once_all_open_the_same() {
        let folder = temp();
        let path = folder.path().join("journal.db");
        std::thread::scope(|scope| {
            for number in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    let made = open(path, JOURNAL).unwrap();
                    made.execute("INSERT INTO state VALUES (?, '')", [number.to_string()]).unwrap();
                });
            }
        });
        let count = |opened: &Connection| {
            opened.query_row("SELECT count(*) FROM state", [], |row| row.get::<_, i64>(0)).unwrap()
        };
        assert_eq!(count(&open(&path, JOURNAL).unwrap()), 8);
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(left, ["journal.db"]);
    }

    #[test]
    fn of_those_who_migrate_a_database_at_once_all_open_it_and_one_copy_is_kept() {
        let folder = temp();
        let path = folder.path().join("findings.db");
        let old = open(&path, &FINDINGS[..1]).unwrap();
        // Large enough for one to come while another copies.
        old.execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             INSERT INTO cwe_set SELECT i, hex(randomblob(100)) FROM n",
        )
        .unwrap();
        drop(old);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| drop(open_to_read(&path, FINDINGS, PATIENCE).unwrap()));
            }
        });
        let copy = Connection::open(folder.path().join("findings.before-2.db")).unwrap();
        let rows: i64 = copy.query_row("SELECT count(*) FROM cwe_set", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 20_000);
        let left = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name());
        assert!(left.into_iter().all(|name| !name.to_string_lossy().contains("part")));
    }

    #[test]
    fn a_foreign_database_is_refused() {
        let folder = temp();
        let path = folder.path().join("findings.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
        assert!(matches!(open(&path, FINDINGS), Err(StoreError::Foreign { .. })));
        fs::write(&path, "hello, this is no database but long enough to be looked at as one").unwrap();
        assert!(matches!(open(&path, FINDINGS), Err(StoreError::Foreign { .. })));
    }

    #[test]
    fn a_database_is_copied_before_it_is_migrated() {
        let folder = temp();
        let path = folder.path().join("journal.db");
        open(&path, &JOURNAL[..1]).unwrap().execute("INSERT INTO state VALUES ('k', 'v')", []).unwrap();
        let later = [
            Migration { name: "1", sql: JOURNAL[0].sql },
            Migration { name: "2", sql: "CREATE TABLE more (x INTEGER) STRICT;" },
        ];
        drop(open(&path, &later).unwrap());
        let copy = Connection::open(folder.path().join("journal.before-2.db")).unwrap();
        assert_eq!(
            copy.query_row("SELECT value FROM state", [], |row| row.get::<_, String>(0)).unwrap(),
            "v"
        );
        let broken = [
            Migration { name: "1", sql: "" },
            Migration { name: "2", sql: "" },
            Migration { name: "3", sql: "CREATE TABLE a (x); CREATE TABLE state (x);" },
        ];
        assert!(matches!(open(&path, &broken), Err(StoreError::Damaged { .. })));
        let tables: i64 = Connection::open(&path)
            .unwrap()
            .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'a'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 0, "a migration that fails leaves nothing behind");
    }

    #[test]
    fn a_database_of_every_earlier_version_is_opened() {
        for (name, steps) in [("findings.db", FINDINGS), ("journal.db", JOURNAL), ("remedies.db", REMEDIES)] {
            for version in 1..=steps.len() {
                let folder = temp();
                let path = folder.path().join(name);
                drop(open(&path, &steps[..version]).unwrap());
                let opened = open(&path, steps).unwrap();
                assert_eq!(check(&opened, &path, steps).unwrap(), steps.len(), "{name} {version}");
            }
        }
    }

    #[test]
    fn files_are_readable_by_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = temp();
        let path = folder.path().join("findings.db");
        drop(open(&path, FINDINGS).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
