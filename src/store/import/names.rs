//! The names that rows refer to by number: projects, tools, rules, paths, and sets of weaknesses and rules.

use rusqlite::{OptionalExtension, params};

use super::{ImportWriter, PathKey};
use crate::domain::Rule;
use crate::store::StoreError;

/// The last part of a path, in SQL: what is left without the folder, which ends with the last slash.
macro_rules! name {
    () => {
        "replace(path, rtrim(path, replace(path, '/', '')), '')"
    };
}
pub(super) use name;

impl ImportWriter<'_> {
    fn intern(&self, find: &str, insert: &str, params: &[&dyn rusqlite::ToSql]) -> Result<u32, StoreError> {
        let connection = &self.store.connection;
        let found = connection
            .prepare_cached(find)
            .and_then(|mut statement| statement.query_row(params, |row| row.get::<_, u32>(0)).optional());
        if let Some(id) = self.sql(found)? {
            return Ok(id);
        }
        self.sql(connection.prepare_cached(insert).and_then(|mut statement| statement.execute(params)))?;
        Ok(u32::try_from(connection.last_insert_rowid()).unwrap_or(u32::MAX))
    }

    /// The row of a project.
    ///
    /// # Errors
    /// When the store fails (so for all of them).
    pub fn project(&mut self, name: &str) -> Result<u32, StoreError> {
        self.intern(
            "SELECT id FROM project WHERE name = ?1",
            "INSERT INTO project (name) VALUES (?1)",
            &[&name],
        )
    }

    /// Remembers where a project's code lies.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn project_source(&mut self, project: u32, source: &str, remote: &str) -> Result<(), StoreError> {
        self.sql(self.store.connection.execute(
            "UPDATE project SET source = ?2, remote = CASE WHEN ?3 = '' THEN remote ELSE ?3 END WHERE id = ?1",
            params![project, source, remote],
        ))?;
        Ok(())
    }

    /// The row of a tool.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn tool(&mut self, name: &str) -> Result<u32, StoreError> {
        self.intern("SELECT id FROM tool WHERE name = ?1", "INSERT INTO tool (name) VALUES (?1)", &[&name])
    }

    /// The row of a rule; a title, help or link that it lacked is added.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn rule(&mut self, tool: u32, family: &str, rule: &Rule) -> Result<u32, StoreError> {
        let id = self.rule_row(tool, family, &rule.id)?;
        if !(rule.title.is_empty() && rule.help.is_empty() && rule.link.is_empty()) {
            self.sql(
                self.store
                    .connection
                    .prepare_cached(
                        "UPDATE rule SET title = iif(?2 = '', title, ?2), help = iif(?3 = '', help, ?3),
                         link = iif(?4 = '', link, ?4) WHERE id = ?1",
                    )
                    .and_then(|mut s| s.execute(params![id, rule.title, rule.help, rule.link])),
            )?;
        }
        Ok(id)
    }

    fn rule_row(&self, tool: u32, family: &str, name: &str) -> Result<u32, StoreError> {
        let connection = &self.store.connection;
        let found = connection
            .prepare_cached("SELECT id FROM rule WHERE tool = ? AND name = ?")
            .and_then(|mut s| s.query_row(params![tool, name], |row| row.get(0)).optional());
        if let Some(id) = self.sql(found)? {
            return Ok(id);
        }
        self.sql(
            connection
                .prepare_cached("INSERT INTO rule (tool, name, family, title) VALUES (?, ?, ?, '')")
                .and_then(|mut s| s.execute(params![tool, name, family])),
        )?;
        Ok(u32::try_from(connection.last_insert_rowid()).unwrap_or(u32::MAX))
    }

    /// The row of a path, never 0.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn path(&mut self, project: u32, path: &str) -> Result<u32, StoreError> {
        self.intern(
            "SELECT id FROM path WHERE project = ?1 AND path = ?2",
            "INSERT INTO path (project, path) VALUES (?1, ?2)",
            &[&project, &path],
        )
    }

    /// Whether a project has any path.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn has_paths(&self, project: u32) -> Result<bool, StoreError> {
        let read = || {
            self.store
                .connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM path WHERE project = ?)")?
                .query_row([project], |row| row.get(0))
        };
        self.sql(read())
    }

    /// Whether a project has a path.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn has_path(&self, project: u32, path: &str) -> Result<bool, StoreError> {
        let read = || {
            self.store
                .connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM path WHERE project = ? AND path = ?)")?
                .query_row(params![project, path], |row| row.get(0))
        };
        self.sql(read())
    }

    /// The paths of a project whose last part is `name`, at most so many.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn paths_named(&self, project: u32, name: &str, most: usize) -> Result<Vec<String>, StoreError> {
        let sql = concat!("SELECT path FROM path WHERE project = ? AND ", name!(), " = ? LIMIT ?");
        let read = || {
            let mut statement = self.store.connection.prepare_cached(sql)?;
            statement.query_map(params![project, name, most as i64], |row| row.get(0))?.collect()
        };
        self.sql(read())
    }

    /// The paths of a project below a folder (all where it is empty) behind another in their order, at most so many.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn paths_below(
        &self,
        project: u32,
        folder: &str,
        after: &str,
        most: usize,
    ) -> Result<Vec<PathKey>, StoreError> {
        // `0` comes right after `/`.
        let (from, to) = if folder.is_empty() {
            (String::new(), char::MAX.to_string())
        } else {
            (format!("{folder}/"), format!("{folder}0"))
        };
        let from = if after > from.as_str() { after } else { &from };
        let read = || {
            let mut statement = self.store.connection.prepare_cached(
                "SELECT id, path FROM path WHERE project = ? AND path > ? AND path < ? ORDER BY path LIMIT ?",
            )?;
            statement
                .query_map(params![project, from, to, most as i64], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        };
        self.sql(read())
    }

    /// A path's text.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn path_text(&self, path: u32) -> Result<String, StoreError> {
        self.store.path_text(path)
    }

    /// The row of a set of CWE numbers.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn cwe_set(&mut self, members: &str) -> Result<u32, StoreError> {
        if let Some(&id) = self.cwe_sets.get(members) {
            return Ok(id);
        }
        let id = self.intern(
            "SELECT id FROM cwe_set WHERE members = ?1",
            "INSERT INTO cwe_set (members) VALUES (?1)",
            &[&members],
        )?;
        self.cwe_sets.insert(members.to_owned(), id);
        Ok(id)
    }

    /// The numbers of a set.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn cwes_of(&mut self, set: u32) -> Result<&str, StoreError> {
        if !self.cwe_members.contains_key(&set) {
            let members = self.read_cwes(set)?;
            self.cwe_members.insert(set, members);
        }
        Ok(self.cwe_members.get(&set).map_or("", String::as_str))
    }

    fn read_cwes(&self, set: u32) -> Result<String, StoreError> {
        let read = self
            .store
            .connection
            .prepare_cached("SELECT members FROM cwe_set WHERE id = ?")
            .and_then(|mut s| s.query_row([set], |row| row.get(0)).optional());
        Ok(self.sql(read)?.unwrap_or_default())
    }

    /// The row of a set of rules.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn rule_set(&mut self, rules: &[u32]) -> Result<u32, StoreError> {
        if let Some(&id) = self.rule_sets.get(rules) {
            return Ok(id);
        }
        let members = rules.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
        let id = self.intern(
            "SELECT id FROM rule_set WHERE members = ?1",
            "INSERT INTO rule_set (members) VALUES (?1)",
            &[&members],
        )?;
        self.rule_sets.insert(rules.to_vec(), id);
        Ok(id)
    }

    /// A rule's name, and its name without the namespace.
    ///
    /// # Errors
    /// As [`Self::project`].
    pub fn rule_names(&self, rule: u32) -> Result<(String, String), StoreError> {
        let read = self
            .store
            .connection
            .prepare_cached("SELECT name, family FROM rule WHERE id = ?")
            .and_then(|mut s| s.query_row([rule], |row| Ok((row.get(0)?, row.get(1)?))).optional());
        Ok(self.sql(read)?.unwrap_or_default())
    }
}
