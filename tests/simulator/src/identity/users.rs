//! Who can sign in.

use serde_json::{Value, json};

/// The organisation's tenant.
pub(crate) const TENANT: &str = "5c0e7a52-3f64-4b0c-8d7e-2f1b9c6a0d11";

/// The tenant of all personal accounts.
pub(super) const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// The object id of the user whom nobody gave a role in Azure.
pub(crate) const BOB: &str = "b0b5c9d3-0000-4000-8000-000000000b0b";

#[derive(Debug)]
pub(super) struct User {
    /// As the sign-in page's links and `sso=` know them.
    pub(super) name: &'static str,
    pub(super) object_id: &'static str,
    pub(super) tenant: &'static str,
    pub(super) upn: &'static str,
    pub(super) display_name: &'static str,
}

pub(super) const USERS: [User; 3] = [
    User {
        name: "ada",
        object_id: "a1b5c9d3-0000-4000-8000-0000000000ad",
        tenant: TENANT,
        upn: "ada@contoso.example",
        display_name: "Ada Lovelace",
    },
    User {
        name: "bob",
        object_id: BOB,
        tenant: TENANT,
        upn: "bob@contoso.example",
        display_name: "Bob Jørgensen 🙂",
    },
    User {
        name: "home",
        object_id: "00000000-0000-0000-66f3-3332eca7ea81",
        tenant: PERSONAL,
        upn: "someone@home.example",
        display_name: "Someone at home",
    },
];

impl User {
    pub(super) fn by_name(name: &str) -> Option<&'static Self> {
        USERS.iter().find(|user| user.name == name)
    }

    pub(super) fn by_object_id(object_id: &str) -> Option<&'static Self> {
        USERS.iter().find(|user| user.object_id == object_id)
    }

    /// As an Office host's broker describes an account.
    pub(super) fn as_account(&self) -> Value {
        json!({
            "homeAccountId": format!("{}.{}", self.object_id, self.tenant),
            "environment": "login.microsoftonline.com",
            "tenantId": self.tenant,
            "username": self.upn,
            "name": self.display_name,
            "localAccountId": self.object_id,
        })
    }
}

/// The accounts by the names of their users, for the simulated Office application.
pub(crate) fn accounts() -> Value {
    USERS.iter().map(|user| (user.name.to_owned(), user.as_account())).collect()
}
