use std::collections::BTreeMap;

use crate::Error;

/// Names of top-level fields of a document's body. Their values are strings, integers or booleans; a document in which one
/// of them is null or absent is not in the index, so it is not found by it and a unique index does not bind it.
pub type Index = &'static [&'static str];

/// A kind of document. Declared once as a `static` and named by reference in every call.
#[derive(Debug, PartialEq, Eq)]
pub struct Collection {
    /// 1 to 40 of `a-z`, `0-9` and `_`.
    pub name: &'static str,
    /// Each is unique within a tenant, and serves `find` and `claim` too.
    pub unique: &'static [Index],
    pub indexes: &'static [Index],
    /// Indexes over all tenants, for the `.._any_tenant` operations.
    pub across_tenants: &'static [Index],
}

/// A kind of append-only log: per tenant and stream, entries numbered by the caller.
#[derive(Debug, PartialEq, Eq)]
pub struct Log {
    /// 1 to 40 of `a-z`, `0-9` and `_`.
    pub name: &'static str,
}

/// What was declared when the store was opened, by name.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) collections: BTreeMap<&'static str, &'static Collection>,
    pub(crate) logs: BTreeMap<&'static str, &'static Log>,
}

impl Declared {
    pub(crate) fn new(collections: &[&'static Collection], logs: &[&'static Log]) -> Result<Self, Error> {
        let mut declared = Self::default();
        for collection in collections {
            check_name(collection.name)?;
            for field in collection.every_index().flat_map(|(_, index)| index) {
                check_field(field)?;
            }
            if let Some(other) = declared.collections.insert(collection.name, collection)
                && other != *collection
            {
                return Err(Error::misuse(format!(
                    "the collection `{}` is declared twice",
                    other.name
                )));
            }
        }
        for log in logs {
            check_name(log.name)?;
            declared.logs.insert(log.name, log);
        }
        Ok(declared)
    }

    pub(crate) fn check(&self, collection: &Collection) -> Result<(), Error> {
        match self.collections.get(collection.name) {
            Some(known) if *known == collection => Ok(()),
            _ => Err(Error::misuse(format!(
                "the collection `{}` was not declared",
                collection.name
            ))),
        }
    }

    pub(crate) fn check_log(&self, log: &Log) -> Result<(), Error> {
        if self.logs.contains_key(log.name) {
            Ok(())
        } else {
            Err(Error::misuse(format!("the log `{}` was not declared", log.name)))
        }
    }
}

/// What an index is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexKind {
    Unique,
    Plain,
    AcrossTenants,
}

impl IndexKind {
    fn letter(self) -> char {
        match self {
            Self::Unique => 'u',
            Self::Plain => 'i',
            Self::AcrossTenants => 'x',
        }
    }
}

impl Collection {
    pub(crate) fn every_index(&self) -> impl Iterator<Item = (IndexKind, Index)> {
        let of = |kind, list: &'static [Index]| list.iter().map(move |index| (kind, *index));
        of(IndexKind::Unique, self.unique)
            .chain(of(IndexKind::Plain, self.indexes))
            .chain(of(IndexKind::AcrossTenants, self.across_tenants))
    }

    /// The name of an index in a database; another list of fields is another name.
    pub(crate) fn index_name(&self, kind: IndexKind, index: Index) -> String {
        format!("{}_{}_{}", kind.letter(), self.name, index.join("_"))
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
    if (1..=40).contains(&name.len()) && name.bytes().all(allowed) {
        Ok(())
    } else {
        Err(Error::misuse(format!(
            "`{name}` cannot be the name of a collection or log"
        )))
    }
}

fn check_field(field: &str) -> Result<(), Error> {
    if !field.is_empty() && field.len() <= 40 && field.bytes().all(|c| c.is_ascii_alphanumeric()) {
        Ok(())
    } else {
        Err(Error::misuse(format!(
            "`{field}` cannot be the field of an index"
        )))
    }
}
