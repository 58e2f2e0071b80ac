//! Regions of AWS, and the partitions that they are in: parts of AWS that
//! share no accounts and no hosts.

use std::fmt;

use crate::error::{Audience, Code, Failure};
use crate::text;

/// A partition whose hosts a browser can reach. The others, for intelligence
/// services, are cut off from the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partition {
    /// All regions but those of the others.
    Aws,
    /// China.
    AwsCn,
    /// GovCloud (US).
    AwsUsGov,
    /// The European Sovereign Cloud.
    AwsEusc,
}

impl Partition {
    const ALL: [Self; 4] = [Self::Aws, Self::AwsCn, Self::AwsUsGov, Self::AwsEusc];

    /// As it stands in ARNs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
            Self::AwsEusc => "aws-eusc",
        }
    }

    /// The partition of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|partition| partition.as_str() == name)
    }

    /// What the names of its hosts end with (botocore's `partitions.json`).
    #[must_use]
    pub const fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => "amazonaws.com",
            Self::AwsCn => "amazonaws.com.cn",
            Self::AwsEusc => "amazonaws.eu",
        }
    }
}

/// The name of a region. It becomes a part of host names, so it can be
/// nothing else than one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    name: String,
    partition: Partition,
}

impl Region {
    /// Reads a name such as `us-east-1` or `us-gov-west-1`. Whether there is
    /// such a region is AWS's to say.
    ///
    /// # Errors
    /// [`RegionError`] when it can't be one.
    pub fn parse(name: &str) -> Result<Self, RegionError> {
        let name = name.trim();
        // At least two words and a number, with a hyphen between each.
        let (mut hyphens, mut before, mut is_number) = (0, b'-', true);
        for byte in name.bytes() {
            match byte {
                b'-' if before != b'-' => (hyphens, is_number) = (hyphens + 1, true),
                b'0'..=b'9' => {}
                b'a'..=b'z' => is_number = false,
                _ => return Err(RegionError::Shape),
            }
            before = byte;
        }
        if name.len() > 40 || hyphens < 2 || before == b'-' || !is_number {
            return Err(RegionError::Shape);
        }
        let partition = if name.starts_with("cn-") {
            Partition::AwsCn
        } else if name.starts_with("eusc-") {
            Partition::AwsEusc
        } else if text::contains(name, "-gov-") {
            Partition::AwsUsGov
        } else if text::contains(name, "-iso") {
            return Err(RegionError::Unreachable);
        } else {
            Partition::Aws
        };
        Ok(Self { name: name.to_owned(), partition })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Where the region is.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition
    }
}

/// Why a text is no region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionError {
    /// Not words and a number with hyphens between them.
    Shape,
    /// A region that is cut off from the internet.
    Unreachable,
}

impl RegionError {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Shape => "the region is not the name of one",
            Self::Unreachable => "the region is cut off from the internet",
        }
    }
}

impl fmt::Display for RegionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::error::Error for RegionError {}

impl From<RegionError> for Failure {
    fn from(error: RegionError) -> Self {
        Self::told(
            Code::InvalidArgument,
            error.as_str(),
            "check-region",
            Audience::Admin,
            "Write the region's code, for example us-east-1 or eu-central-1, as the AWS console shows it.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_and_their_partitions() {
        let cases = [
            ("us-east-1", Ok(Partition::Aws)),
            (" eu-central-1\n", Ok(Partition::Aws)),
            ("ap-southeast-12", Ok(Partition::Aws)),
            ("il-central-1", Ok(Partition::Aws)),
            ("cn-northwest-1", Ok(Partition::AwsCn)),
            ("us-gov-west-1", Ok(Partition::AwsUsGov)),
            ("eusc-de-east-1", Ok(Partition::AwsEusc)),
            ("us-iso-east-1", Err(RegionError::Unreachable)),
            ("us-isob-east-1", Err(RegionError::Unreachable)),
            ("eu-isoe-west-1", Err(RegionError::Unreachable)),
            ("", Err(RegionError::Shape)),
            ("useast1", Err(RegionError::Shape)),
            ("us-east", Err(RegionError::Shape)),
            ("us-1", Err(RegionError::Shape)),
            ("us--1", Err(RegionError::Shape)),
            ("US-EAST-1", Err(RegionError::Shape)),
            ("us-east-1.evil.example", Err(RegionError::Shape)),
            ("us-east-1/", Err(RegionError::Shape)),
            ("us-east-1@evil", Err(RegionError::Shape)),
            ("us-éast-1", Err(RegionError::Shape)),
            ("a-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1", Err(RegionError::Shape)),
        ];
        for (name, partition) in cases {
            assert_eq!(Region::parse(name).map(|region| region.partition()), partition, "{name}");
        }
    }

    #[test]
    fn partitions_by_name() {
        for partition in Partition::ALL {
            assert_eq!(Partition::named(partition.as_str()), Some(partition));
        }
        assert_eq!(Partition::named("aws-iso"), None);
    }
}
