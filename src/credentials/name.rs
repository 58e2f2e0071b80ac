//! The names that records go by in the host's store.

use crate::json::write;

/// The schema of the store: records are sealed where the host can. The schema
/// before it kept the same records in the clear under names of its own, so that
/// a pane with the older code never reads, or drops, what it can't open.
const SCHEMA: u64 = 2;
const FORMER_SCHEMA: u64 = 1;

pub(super) const SETTINGS: &str = "settings";
pub(super) const SECRETS: &str = "secrets";
pub(super) const SIGNED_OUT: &str = "signed-out";
pub(super) const MODELS: &str = "models";

/// The same records of the former schema.
pub(super) mod former {
    pub(in super::super) const SETTINGS: &str = "former-settings";
    pub(in super::super) const SECRETS: &str = "former-secrets";
    pub(in super::super) const SIGNED_OUT: &str = "former-signed-out";
}

/// Each record's name in the module, its schema, and its name in the store.
const RECORDS: [(&str, u64, &str); 7] = [
    (SETTINGS, SCHEMA, SETTINGS),
    (SECRETS, SCHEMA, SECRETS),
    (SIGNED_OUT, SCHEMA, SIGNED_OUT),
    (MODELS, SCHEMA, MODELS),
    (former::SETTINGS, FORMER_SCHEMA, SETTINGS),
    (former::SECRETS, FORMER_SCHEMA, SECRETS),
    (former::SIGNED_OUT, FORMER_SCHEMA, SIGNED_OUT),
];

/// What every name of ours starts with, so that several hosts on one origin
/// share nothing: `partition` is `Office.context.partitionKey` where there is
/// one. The sealing key goes by it too.
#[must_use]
pub fn prefix(partition: &str) -> String {
    prefix_in(SCHEMA, partition)
}

fn prefix_in(schema: u64, partition: &str) -> String {
    // The separator must not come from outside, or one partition's names
    // would start with another's.
    let mut prefix = format!("taskpane-connector/{schema}/");
    for c in partition.chars() {
        match c {
            '%' => prefix.push_str("%25"),
            '/' => prefix.push_str("%2F"),
            _ => prefix.push(c),
        }
    }
    prefix.push('/');
    prefix
}

/// The records' names in a partition: `{name in the module: name in the store}`.
#[must_use]
pub fn names(partition: &str) -> String {
    let mut out = String::new();
    {
        let mut names = write::Object::new(&mut out);
        for (name, schema, stored) in RECORDS {
            names.string(name, &(prefix_in(schema, partition) + stored));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_share_no_prefix() {
        assert_eq!(prefix(""), "taskpane-connector/2//");
        assert_eq!(prefix("a/b%"), "taskpane-connector/2/a%2Fb%25/");
    }

    #[test]
    fn each_record_has_a_name_of_its_own_in_each_schema() {
        let names = names("p");
        let names: serde_json::Value = serde_json::from_str(&names).expect("JSON");
        let stored: Vec<_> = names.as_object().expect("an object").values().collect();
        assert_eq!(names["secrets"], "taskpane-connector/2/p/secrets");
        assert_eq!(names["former-secrets"], "taskpane-connector/1/p/secrets");
        for (at, name) in stored.iter().enumerate() {
            assert!(!stored[..at].contains(name), "{name}");
        }
    }
}
