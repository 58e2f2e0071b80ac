//! How the identity providers are to answer: `/with/<how>/…`, as at the gateway.

use percent_encoding::percent_decode_str;

use super::users::User;

/// What is asked of them beside the protocol.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trial {
    /// `id=TEXT`: what has been agreed to under one is not under another.
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
    /// `html`: a network's sign-in page in the place of tokens.
    pub(super) html: bool,
    /// `expires=SECONDS`: how long tokens live.
    pub(super) expires: Option<u64>,
    /// `claim=NAME:VALUE`: a claim more in the ID token, percent-encoded.
    pub(super) claims: Vec<(String, String)>,
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
                "id" => trial.id = value.to_owned(),
                "sso" => trial.sso = Some(User::by_name(value).ok_or_else(wrong)?),
                "error" => trial.error = Some(value.to_owned()),
                "blocked" => trial.blocked = Some(value.parse().map_err(|_| wrong())?),
                "exchange" => trial.exchange = Some(value.parse().map_err(|_| wrong())?),
                "refresh" => trial.refresh = Some(value.parse().map_err(|_| wrong())?),
                "down" => trial.down = Some(value.parse().map_err(|_| wrong())?),
                "expires" => trial.expires = Some(value.parse().map_err(|_| wrong())?),
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
