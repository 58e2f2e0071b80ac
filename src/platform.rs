//! The seams to the host: what a browser provides, as traits.

use std::fmt;

/// Text kept under names: localStorage and what takes its place.
pub trait KeyValueStore {
    /// The text under a name.
    ///
    /// # Errors
    /// [`StoreError`] when the store can't be read.
    fn get(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Puts text under a name.
    ///
    /// # Errors
    /// [`StoreError::Quota`] when it is full; what was there stays.
    fn set(&self, name: &str, text: &str) -> Result<(), StoreError>;

    /// Removes a name; one that isn't there is fine.
    ///
    /// # Errors
    /// [`StoreError`] when the store can't be written.
    fn remove(&self, name: &str) -> Result<(), StoreError>;

    /// The names that start with a prefix.
    ///
    /// # Errors
    /// [`StoreError`] when the store can't be read.
    fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
}

/// Why a store can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The host or the user's settings forbid it.
    Blocked,
    /// It is full.
    Quota,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocked => "the browser's storage is blocked",
            Self::Quota => "the browser's storage is full",
        })
    }
}

impl std::error::Error for StoreError {}
