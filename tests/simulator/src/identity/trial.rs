//! How the identity providers are to answer: `/with/<how>/…`, as at the gateway.

use percent_encoding::percent_decode_str;

use super::users::User;

/// What is asked of them beside the protocol.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trial {
    /// `id=TEXT`: whose sessions these are, and what has been agreed to.
    pub(super) id: String,
    /// `coop`: their pages cut the window's tie to its opener.
    pub(super) coop: bool,
    /// `sso=USER`: the user is signed in already, no page is shown.
    pub(super) sso: Option<&'static User>,
    /// `error=CODE`: the answer to the authorization request.
    pub(super) error: Option<String>,
    /// `blocked=NUMBER`: Entra's page says so once the user has signed in.
    pub(super) blocked: Option<u32>,
    /// `exchange=NUMBER`: Entra's error when a code is redeemed.
    pub(super) exchange: Option<u32>,
    /// `refresh=NUMBER`: Entra's error when a refresh token is used.
    pub(super) refresh: Option<u32>,
    /// `down=STATUS`: the token endpoint fails.
    pub(super) down: Option<u16>,
    /// `token=FAULT`: what is wrong with a token that is issued.
    pub(super) token: Option<TokenFault>,
    /// `lifetime=SECONDS`: how long tokens last; may be negative.
    pub(super) lifetime_s: Option<i64>,
    /// `html`: a network's sign-in page in the place of tokens.
    pub(super) html: bool,
    /// `claim=NAME:VALUE`: a claim more in the ID token, percent-encoded.
    pub(super) claims: Vec<(String, String)>,
}

/// What can be wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenFault {
    Expired,
    Audience,
    Issuer,
    Signature,
    /// No token at all.
    Malformed,
}

impl TokenFault {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "expired" => Self::Expired,
            "audience" => Self::Audience,
            "issuer" => Self::Issuer,
            "signature" => Self::Signature,
            "malformed" => Self::Malformed,
            _ => return None,
        })
    }
}

impl Trial {
    /// Reads it off the front of a path; the rest is what was asked for.
    pub(super) fn of_path(path: &str) -> Result<(Self, &str), String> {
        let Some(rest) = path.strip_prefix("/with/") else { return Ok((Self::default(), path)) };
        let (items, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let mut trial = Self::default();
        for item in items.split(',') {
            let (name, value) = item.split_once('=').unwrap_or((item, ""));
            let wrong = || format!("{item}: not understood");
            match name {
                "coop" => trial.coop = true,
                "html" => trial.html = true,
                "id" => value.clone_into(&mut trial.id),
                "token" => trial.token = Some(TokenFault::of(value).ok_or_else(wrong)?),
                "lifetime" => trial.lifetime_s = Some(value.parse().map_err(|_| wrong())?),
                "sso" => trial.sso = Some(User::by_name(value).ok_or_else(wrong)?),
                "error" => trial.error = Some(value.to_owned()),
                "blocked" => trial.blocked = Some(value.parse().map_err(|_| wrong())?),
                "exchange" => trial.exchange = Some(value.parse().map_err(|_| wrong())?),
                "refresh" => trial.refresh = Some(value.parse().map_err(|_| wrong())?),
                "down" => trial.down = Some(value.parse().map_err(|_| wrong())?),
                "claim" => {
                    let (name, value) = value.split_once(':').ok_or_else(wrong)?;
                    trial.claims.push((decoded(name), decoded(value)));
                }
                _ => return Err(wrong()),
            }
        }
        Ok((trial, rest))
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
