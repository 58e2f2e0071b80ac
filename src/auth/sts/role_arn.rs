//! The Amazon Resource Name of a role.

use std::fmt;

use crate::error::{Audience, Code, Failure};
use crate::sigv4::Partition;
use crate::text;

/// `arn:aws:iam::123456789012:role/path/name`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleArn {
    text: String,
    partition: Partition,
}

impl RoleArn {
    /// Reads a name.
    ///
    /// # Errors
    /// [`RoleArnError`] says what can't be the name of a role.
    pub fn parse(text: &str) -> Result<Self, RoleArnError> {
        let text = text.trim();
        let mut rest = text;
        // What stands before the next colon; all of the rest where there is none.
        let mut next = || {
            let (part, behind) = text::split_once(rest, ":").unwrap_or((rest, ""));
            rest = behind;
            part
        };
        if next() != "arn" {
            return Err(RoleArnError::NotAnArn);
        }
        let partition = next();
        let (service, region, account) = (next(), next(), next());
        let resource = rest;
        if service != "iam" || !region.is_empty() {
            return Err(RoleArnError::NotARole);
        }
        let partition = Partition::named(partition).ok_or(RoleArnError::Partition)?;
        if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
            return Err(RoleArnError::Account);
        }
        // IAM User Guide, "IAM and AWS STS quotas": names and paths.
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_/-".contains(&b);
        let name = resource.strip_prefix("role/").unwrap_or_default();
        if name.is_empty()
            || name.ends_with('/')
            || !name.bytes().all(allowed)
            || text.len() > 2_048
        {
            return Err(RoleArnError::NotARole);
        }
        Ok(Self { text: text.to_owned(), partition })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where the role's account is.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition
    }
}

/// Why a text isn't the name of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleArnError {
    /// It doesn't begin with `arn:`.
    NotAnArn,
    /// Its partition is unknown, or cut off from the internet.
    Partition,
    /// Its account isn't twelve digits.
    Account,
    /// It names something else than a role.
    NotARole,
}

impl RoleArnError {
    const fn as_str(self) -> &'static str {
        match self {
            Self::NotAnArn => "the role is not an ARN",
            Self::Partition => "the role's ARN is of a partition that can't be reached",
            Self::Account => "the role's ARN has no account of twelve digits",
            Self::NotARole => "the ARN is not that of a role",
        }
    }
}

impl fmt::Display for RoleArnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::error::Error for RoleArnError {}

impl From<RoleArnError> for Failure {
    fn from(error: RoleArnError) -> Self {
        Self::told(
            Code::InvalidArgument,
            error.as_str(),
            "check-role-arn",
            Audience::Admin,
            "Copy the role's ARN from IAM; it looks like arn:aws:iam::123456789012:role/name.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns() {
        use RoleArnError::{Account, NotARole, NotAnArn, Partition as Unknown};
        let cases = [
            ("arn:aws:iam::123456789012:role/Claude", Ok(Partition::Aws)),
            (" arn:aws:iam::123456789012:role/a/b/c+=,.@_-\n", Ok(Partition::Aws)),
            ("arn:aws-cn:iam::123456789012:role/Claude", Ok(Partition::AwsCn)),
            ("arn:aws-us-gov:iam::123456789012:role/Claude", Ok(Partition::AwsUsGov)),
            ("arn:aws-eusc:iam::123456789012:role/Claude", Ok(Partition::AwsEusc)),
            ("", Err(NotAnArn)),
            ("Claude", Err(NotAnArn)),
            ("ARN:aws:iam::123456789012:role/Claude", Err(NotAnArn)),
            ("arn:aws-iso:iam::123456789012:role/Claude", Err(Unknown)),
            ("arn::iam::123456789012:role/Claude", Err(Unknown)),
            ("arn:aws:iam::12345678901:role/Claude", Err(Account)),
            ("arn:aws:iam::1234-5678-90:role/Claude", Err(Account)),
            ("arn:aws:iam:::role/Claude", Err(Account)),
            ("arn:aws:iam::123456789012:user/Claude", Err(NotARole)),
            ("arn:aws:iam::123456789012:role/", Err(NotARole)),
            ("arn:aws:iam::123456789012:role/Claude/", Err(NotARole)),
            ("arn:aws:iam::123456789012:role", Err(NotARole)),
            ("arn:aws:iam::123456789012:role/Cla ude", Err(NotARole)),
            ("arn:aws:iam::123456789012:role/Claudé", Err(NotARole)),
            ("arn:aws:iam:us-east-1:123456789012:role/Claude", Err(NotARole)),
            ("arn:aws:sts::123456789012:assumed-role/Claude/me", Err(NotARole)),
        ];
        for (text, expected) in cases {
            assert_eq!(RoleArn::parse(text).map(|arn| arn.partition()), expected, "{text}");
        }
        let long = format!("arn:aws:iam::123456789012:role/{}", "a".repeat(2_048));
        assert_eq!(RoleArn::parse(&long), Err(NotARole));
    }
}
