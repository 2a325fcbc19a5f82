//! Owns which part of a repository a file belongs to, by the nearest manifest above it, and which web framework it
//! is written for.
//!
//! Never leaves the tree and never resolves dependencies: a name in a manifest or an import is all it goes by.

use std::collections::HashMap;

use super::{Language, Outline, Tree, decode};

/// A part of a repository with a manifest of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The name in its manifest; where that gives none, the folder's.
    pub name: String,
    /// The folder, relative to the root; empty for the root.
    pub folder: String,
    /// The manifest's path.
    pub manifest: String,
    /// Frameworks that the manifest depends on, sorted.
    pub frameworks: Vec<&'static str>,
}

/// Manifests, those that name the project best first.
const MANIFESTS: [&str; 10] = [
    "package.json",
    "pyproject.toml",
    "setup.cfg",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "go.mod",
    "Cargo.toml",
    "composer.json",
    "Gemfile",
];

/// A manifest larger than this is not read.
const LARGEST: u64 = 1 << 20;

/// Frameworks, with the words that name them in an import or a manifest.
const FRAMEWORKS: &[(&str, &[&str])] = &[
    ("actix", &["actix_web", "actix-web"]),
    ("angular", &["@angular/core"]),
    ("asp.net", &["Microsoft.AspNetCore", "Microsoft.NET.Sdk.Web", "System.Web"]),
    ("axum", &["axum"]),
    ("django", &["django", "Django", "djangorestframework"]),
    ("echo", &["github.com/labstack/echo"]),
    ("express", &["express"]),
    ("fastapi", &["fastapi"]),
    ("fastify", &["fastify"]),
    ("fiber", &["github.com/gofiber/fiber"]),
    ("flask", &["flask", "Flask"]),
    ("gin", &["github.com/gin-gonic/gin"]),
    ("hapi", &["@hapi/hapi"]),
    ("jakarta", &["jakarta.servlet", "javax.servlet", "jakarta.ws.rs", "javax.ws.rs"]),
    ("koa", &["koa"]),
    ("laravel", &["laravel/framework", "Illuminate"]),
    ("micronaut", &["io.micronaut"]),
    ("nestjs", &["@nestjs/core", "@nestjs/common"]),
    ("next", &["next"]),
    ("quarkus", &["io.quarkus"]),
    ("rails", &["rails", "action_controller", "active_record"]),
    ("react", &["react"]),
    ("sinatra", &["sinatra"]),
    ("spring", &["org.springframework", "spring-boot-starter-web", "spring-web", "spring-boot"]),
    ("svelte", &["svelte"]),
    ("symfony", &["symfony/framework-bundle", "Symfony"]),
    ("tornado", &["tornado"]),
    ("vue", &["vue"]),
];

/// Finds the services of a tree, each folder once.
#[derive(Debug)]
pub struct Services<'t> {
    tree: &'t Tree,
    by_folder: HashMap<String, Option<Service>>,
    /// Projects of .NET by folder: their manifests have no fixed name.
    csprojs: HashMap<&'t str, &'t str>,
}

impl<'t> Services<'t> {
    /// For a tree.
    #[must_use]
    pub fn of(tree: &'t Tree) -> Self {
        let csprojs = tree
            .walk()
            .filter(|path| path.ends_with(".csproj"))
            .map(|path| (path.rsplit_once('/').map_or("", |(folder, _)| folder), path))
            .collect();
        Self { tree, by_folder: HashMap::new(), csprojs }
    }

    /// The service that a file of the tree belongs to: the nearest folder above it with a manifest.
    pub fn of_file(&mut self, path: &str) -> Option<&Service> {
        let mut folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        loop {
            if !self.by_folder.contains_key(folder) {
                let found = self.in_folder(folder);
                self.by_folder.insert(folder.to_owned(), found);
            }
            if self.by_folder.get(folder).is_some_and(Option::is_some) {
                return self.by_folder.get(folder)?.as_ref();
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }

    fn in_folder(&self, folder: &str) -> Option<Service> {
        let below = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let named = MANIFESTS.iter().map(|name| below(name)).find(|path| self.tree.has_file(path));
        let manifest = named.or_else(|| self.csprojs.get(folder).map(|&path| path.to_owned()))?;
        let bytes = self.tree.read_path(&manifest, LARGEST).unwrap_or_default();
        let text = decode(&bytes).map(|decoded| decoded.text).unwrap_or_default();
        let folder_name = || {
            let own = folder.rsplit('/').next().filter(|name| !name.is_empty());
            let root = self.tree.root().file_name().and_then(|name| name.to_str());
            own.or(root).unwrap_or_default().to_owned()
        };
        let name = name_in(&manifest, &text).filter(|name| !name.trim().is_empty());
        let name = name.map_or_else(folder_name, |name| name.trim().chars().take(200).collect());
        Some(Service { name, folder: folder.to_owned(), frameworks: frameworks_in(&text), manifest })
    }
}

/// The frameworks that a file imports, sorted.
#[must_use]
pub fn frameworks_of(outline: &Outline) -> Vec<&'static str> {
    if outline.is_parsed() {
        let imports = outline.imports().iter().filter_map(|range| outline.text().get(range.clone()));
        return frameworks_in(&imports.collect::<Vec<_>>().join("\n"));
    }
    let head =
        |line: &&str| line.starts_with("use ") || line.starts_with("import ") || line.starts_with("require");
    if matches!(outline.language(), Language::Other("json" | "text" | "markdown")) {
        return Vec::new();
    }
    frameworks_in(
        &outline.text().lines().take(500).map(str::trim_start).filter(head).collect::<Vec<_>>().join("\n"),
    )
}

fn frameworks_in(text: &str) -> Vec<&'static str> {
    let named = |word: &&str| {
        text.match_indices(*word).any(|(at, _)| {
            // `react` is not in `react-dom`'s or `preact`'s name, nor `next` in `next()`.
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
            let joins = |c: char| c.is_alphanumeric() || "_-@".contains(c);
            !before.is_some_and(|c| joins(c) || "/.".contains(c)) && !after.is_some_and(joins)
        })
    };
    FRAMEWORKS.iter().filter(|(_, words)| words.iter().any(&named)).map(|(name, _)| *name).collect()
}

/// The name that a manifest gives the project.
fn name_in(manifest: &str, text: &str) -> Option<String> {
    let file = manifest.rsplit('/').next().unwrap_or(manifest);
    match file {
        "package.json" | "composer.json" => {
            let value: serde_json::Value = serde_json::from_str(text).ok()?;
            value.get("name")?.as_str().map(str::to_owned)
        }
        "pyproject.toml" | "Cargo.toml" => {
            let table: toml::Table = text.parse().ok()?;
            let poetry = || table.get("tool")?.get("poetry");
            let project = table.get("project").or_else(|| table.get("package")).or_else(poetry)?;
            project.get("name")?.as_str().map(str::to_owned)
        }
        "setup.cfg" => {
            let metadata = text.lines().skip_while(|line| line.trim() != "[metadata]").skip(1);
            let mut keys =
                metadata.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once('='));
            keys.find(|(key, _)| key.trim() == "name").map(|(_, value)| value.trim().to_owned())
        }
        "pom.xml" => artifact_id(text),
        "go.mod" => {
            let module = text.lines().find_map(|line| line.trim().strip_prefix("module "))?;
            // `example.com/shop/v2` is shop, in its second version.
            let version = |part: &&str| {
                part.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
            };
            module.trim().trim_matches('"').rsplit('/').find(|part| !version(part)).map(str::to_owned)
        }
        _ => file.strip_suffix(".csproj").map(str::to_owned),
    }
}

/// The `artifactId` of the project itself, not of its parent or of what it depends on.
fn artifact_id(text: &str) -> Option<String> {
    use quick_xml::events::Event;

    let mut reader = quick_xml::Reader::from_str(text);
    let mut depth = 0_u32;
    let mut here = false;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                depth += 1;
                here = depth == 2 && start.name().as_ref() == "artifactId";
            }
            Event::End(_) => {
                depth = depth.checked_sub(1)?;
                here = false;
            }
            Event::Text(words) if here => return Some(words.trim().to_owned()),
            Event::Eof => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_belongs_to_the_nearest_manifest() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("mono");
        for (path, text) in [
            ("package.json", "{\"name\": \"mono\"}"),
            (
                "web/package.json",
                "{\"name\": \"@acme/web\", \"dependencies\": {\"react\": \"1\", \"next\": \"2\"}}",
            ),
            ("api/pyproject.toml", "[project]\nname = \"api\"\ndependencies = [\"Flask>=2\", \"x\"]\n"),
            ("poetry/pyproject.toml", "[tool.poetry]\nname = \"poems\"\n"),
            ("old/setup.cfg", "[options]\nname = no\n[metadata]\nname = old-api\n"),
            (
                "java/pom.xml",
                "<?xml version=\"1.0\"?><project><parent><artifactId>spring-boot-starter-parent</artifactId></parent><!-- a --><artifactId> orders </artifactId><dependencies><dependency><groupId>org.springframework.boot</groupId></dependency></dependencies></project>",
            ),
            ("go/go.mod", "module github.com/acme/pay/v2\n\nrequire github.com/gin-gonic/gin v1.9\n"),
            ("net/Shop.Web.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\"/>"),
            ("ruby/Gemfile", "gem 'rails', '~> 7'\n"),
            ("rs/Cargo.toml", "[package]\nname = \"tool\"\n[dependencies]\naxum = \"1\"\n"),
            ("bad/package.json", "{"),
            ("php/composer.json", "{\"name\": \"acme/blog\", \"require\": {\"laravel/framework\": \"11\"}}"),
        ] {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
        let tree = Tree::open(&root).unwrap();
        let mut services = Services::of(&tree);
        for (path, name, frameworks) in [
            ("README.md", "mono", &[][..]),
            ("lib/deep/x.js", "mono", &[]),
            ("web/src/pages/a.tsx", "@acme/web", &["next", "react"]),
            ("api/app/db.py", "api", &["flask"]),
            ("poetry/a.py", "poems", &[]),
            ("old/a.py", "old-api", &[]),
            ("java/src/main/java/A.java", "orders", &["spring"]),
            ("go/main.go", "pay", &["gin"]),
            ("net/Program.cs", "Shop.Web", &["asp.net"]),
            ("ruby/app/a.rb", "ruby", &["rails"]),
            ("rs/src/main.rs", "tool", &["axum"]),
            ("bad/x.js", "bad", &[]),
            ("php/a.php", "acme/blog", &["laravel"]),
        ] {
            let service = services.of_file(path).unwrap();
            assert_eq!((service.name.as_str(), service.frameworks.as_slice()), (name, frameworks), "{path}");
        }
    }

    #[test]
    fn imports_name_the_framework() {
        for (language, text, frameworks) in [
            (Language::Python, "from flask import Flask\nimport os\n", &["flask"][..]),
            (Language::Python, "from django.db import models\n", &["django"]),
            (Language::Python, "x = 'flask'\n", &[]),
            (
                Language::JavaScript,
                "const app = require('express')();\nimport x from 'react-dom';\n",
                &["express"],
            ),
            (Language::TypeScript, "import { Controller } from '@nestjs/common';", &["nestjs"]),
            (Language::Java, "import org.springframework.web.bind.annotation.*;\n", &["spring"]),
            (Language::Go, "package a\nimport (\n\t\"github.com/gin-gonic/gin\"\n)\n", &["gin"]),
            (Language::CSharp, "using Microsoft.AspNetCore.Mvc;\n", &["asp.net"]),
            (Language::Php, "<?php\nuse Illuminate\\Http\\Request;\n", &["laravel"]),
            (Language::Ruby, "require 'sinatra'\n", &["sinatra"]),
            (Language::Other("rust"), "use axum::Router;\n", &["axum"]),
        ] {
            assert_eq!(frameworks_of(&Outline::of(language, text)), frameworks, "{text}");
        }
    }
}
