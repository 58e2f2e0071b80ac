//! The tokens that are at hand, in memory only.

use std::rc::Rc;

use super::account::Account;
use super::request::TokenRequest;
use super::token::Token;

/// A token with less left than this counts as expired: it has to last for the
/// request that it is put into, and clocks differ. MSAL's value.
pub const MARGIN_MS: u64 = 300_000;

/// With this left, a token is renewed while it still serves; at half of its
/// life where that is later.
const RENEWED_LATE_MS: u64 = 900_000;

/// A token that lives this long is renewed at half of its life in any case,
/// which is what Entra's `refresh_in` says.
const LONG_LIFE_MS: u64 = 7_200_000;

/// How long an attempt to renew a token holds back the next.
const BETWEEN_RENEWALS_MS: u64 = 300_000;

/// The most tokens and accounts that are kept; the oldest go first.
const MOST_TOKENS: usize = 64;
const MOST_ACCOUNTS: usize = 16;

/// What the cache has for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A token that serves.
    Fresh,
    /// One that serves, and that it is time to replace.
    Renewable,
    /// Only one that the page said was refused: the host's own cache must be
    /// passed over, or it gives the same one again.
    Refused,
    /// None.
    Nothing,
}

/// Tokens by account, kind and scopes.
///
/// A token answers what it was granted for and what it was asked for: Entra
/// grants `api://app/.default` under the names of the scopes behind it.
#[derive(Debug, Default)]
pub struct Cache {
    tokens: Vec<Rc<Token>>,
    accounts: Vec<Account>,
}

impl Cache {
    /// The accounts that tokens came for, the latest first.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter().rev()
    }

    /// Looks for the youngest token that serves a request of this account.
    pub fn find(
        &self,
        request: &TokenRequest,
        account: &Account,
        now_ms: u64,
    ) -> (Found, Option<&Token>) {
        let mut youngest: Option<&Token> = None;
        let mut obtained_at_ms = 0;
        for token in &self.tokens {
            if token.obtained_at_ms >= obtained_at_ms
                && account.accepts(&token.account)
                && serves(token, request)
                && is_current(token, now_ms)
            {
                obtained_at_ms = token.obtained_at_ms;
                youngest = Some(token);
            }
        }
        let Some(token) = youngest else { return (Found::Nothing, None) };
        if token.refused.get() {
            return (Found::Refused, None);
        }
        let renewed_at_ms = token.renewed_at_ms.get();
        if now_ms < renewal_due_ms(token).max(renewed_at_ms.saturating_add(BETWEEN_RENEWALS_MS)) {
            return (Found::Fresh, youngest);
        }
        token.renewed_at_ms.set(now_ms);
        (Found::Renewable, youngest)
    }

    /// Keeps a token in the place of those that it makes superfluous: all that
    /// it covers, and, where it `replaces` what a resource no longer takes,
    /// all that it overlaps with.
    pub fn store(&mut self, token: Rc<Token>, replaces: bool, now_ms: u64) {
        if let Some(at) = self.accounts.iter().position(|known| known.is(&token.account)) {
            self.accounts.remove(at);
        }
        if self.accounts.len() >= MOST_ACCOUNTS {
            self.accounts.remove(0);
        }
        self.accounts.push(token.account.clone());
        let mut at = 0;
        while let Some(old) = self.tokens.get(at) {
            if old.refused.get() && old.expose() == token.expose() {
                token.refused.set(true);
            }
            // An answer that was late doesn't push out what was asked for after it.
            let superseded = old.obtained_at_ms <= token.obtained_at_ms
                && old.account.is(&token.account)
                && same_kind(&old.request, &token.request)
                && (old.request.scopes.same(&token.request.scopes)
                    || token.granted.cover(&old.granted)
                    || replaces && token.granted.overlap(&old.granted));
            if superseded || !is_current(old, now_ms) {
                self.tokens.remove(at);
            } else {
                at += 1;
            }
        }
        if self.tokens.len() >= MOST_TOKENS {
            self.tokens.remove(0);
        }
        self.tokens.push(token);
    }

    /// Gives a token out no longer. Returns whether it was there.
    pub fn refuse(&mut self, access_token: &str) -> bool {
        let mut known = false;
        for token in &self.tokens {
            if token.expose() == access_token {
                token.refused.set(true);
                known = true;
            }
        }
        known
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Whether a token of the right account is of the kind that is asked for.
fn serves(token: &Token, request: &TokenRequest) -> bool {
    same_kind(&token.request, request)
        && (token.request.scopes.same(&request.scopes) || token.granted.cover(&request.scopes))
}

/// Fresh enough to be given out. A token from the future is of a clock that
/// has been turned back since, and nothing is known of its age.
fn is_current(token: &Token, now_ms: u64) -> bool {
    // In whole seconds, as MSAL counts.
    let now = now_ms / 1_000;
    token.obtained_at_ms <= now_ms && now + MARGIN_MS / 1_000 <= token.expires_at_ms / 1_000
}

fn renewal_due_ms(token: &Token) -> u64 {
    let life = token.expires_at_ms.saturating_sub(token.obtained_at_ms);
    let before_end = if life >= LONG_LIFE_MS { life / 2 } else { RENEWED_LATE_MS.min(life / 2) };
    token.expires_at_ms.saturating_sub(before_end)
}

/// Whether both ask for the same kind of token for the same resource.
fn same_kind(one: &TokenRequest, other: &TokenRequest) -> bool {
    one.scheme().eq_ignore_ascii_case(other.scheme()) && one.resource() == other.resource()
}
