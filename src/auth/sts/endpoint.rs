//! Where the service is asked.

use std::fmt;

use crate::error::{Audience, Code, Failure};
use crate::http::{BaseUrl, Endpoints};
use crate::sigv4::{Partition, Region};
use crate::text;

use super::role_arn::RoleArn;

/// A host of the Security Token Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    base: BaseUrl,
}

impl Endpoint {
    /// Its address.
    #[must_use]
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// Has it asked where the page says.
    ///
    /// # Errors
    /// An address that credentials must not go to.
    pub fn locate(&mut self, endpoints: &Endpoints) -> Result<(), Failure> {
        endpoints.locate(&mut self.base)
    }

    /// Its name, for people.
    #[must_use]
    pub fn host(&self) -> &str {
        self.base.origin().host()
    }
}

/// The hosts to ask for credentials of a role, in their order.
///
/// In the partition `aws` the global host comes first: it is the one that
/// organisations have in their allowlists. The others have none.
///
/// # Errors
/// [`EndpointError`] when role and region are of different partitions.
pub fn endpoints(role: &RoleArn, region: &Region) -> Result<Vec<Endpoint>, EndpointError> {
    let partition = region.partition();
    if role.partition() != partition {
        return Err(EndpointError { role: role.partition(), region: region.clone() });
    }
    let mut endpoints = Vec::with_capacity(2);
    if partition == Partition::Aws {
        endpoints.push(Endpoint { base: BaseUrl::https("sts.amazonaws.com".to_owned(), "") });
    }
    // A region is a label of a host's name by its type.
    let regional = text::join(&["sts", region.as_str(), partition.dns_suffix()], ".");
    endpoints.push(Endpoint { base: BaseUrl::https(regional, "") });
    Ok(endpoints)
}

/// Role and region are of parts of AWS that share no accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointError {
    /// The role's partition.
    pub role: Partition,
    /// The region of another one.
    pub region: Region,
}

impl EndpointError {
    fn told(&self) -> String {
        let (role, region) = (self.role.as_str(), self.region.partition().as_str());
        let name = self.region.as_str();
        text::join(
            &["the role is in the partition", role, "and the region", name, "in", region],
            " ",
        )
    }
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told())
    }
}

impl std::error::Error for EndpointError {}

impl From<EndpointError> for Failure {
    fn from(error: EndpointError) -> Self {
        Self::told(
            Code::ConfigurationInvalid,
            &error.told(),
            "match-partition",
            Audience::Admin,
            "Use a region and a role of one part of AWS: China, GovCloud and the European Sovereign Cloud have roles of their own.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(partition: &str, region: &str) -> Result<Vec<String>, EndpointError> {
        let role = format!("arn:{partition}:iam::123456789012:role/Claude");
        let found = endpoints(&RoleArn::parse(&role).unwrap(), &Region::parse(region).unwrap())?;
        Ok(found.iter().map(|endpoint| endpoint.host().to_owned()).collect())
    }

    #[test]
    fn the_global_host_first_where_there_is_one() {
        let cases: [(&str, &str, &[&str]); 4] = [
            ("aws", "eu-central-1", &["sts.amazonaws.com", "sts.eu-central-1.amazonaws.com"]),
            ("aws-cn", "cn-north-1", &["sts.cn-north-1.amazonaws.com.cn"]),
            ("aws-us-gov", "us-gov-west-1", &["sts.us-gov-west-1.amazonaws.com"]),
            ("aws-eusc", "eusc-de-east-1", &["sts.eusc-de-east-1.amazonaws.eu"]),
        ];
        for (partition, region, expected) in cases {
            assert_eq!(hosts(partition, region).unwrap(), expected, "{region}");
        }
    }

    #[test]
    fn partitions_do_not_mix() {
        let error = hosts("aws-us-gov", "us-east-1").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the role is in the partition aws-us-gov and the region us-east-1 in aws"
        );
        assert_eq!(Failure::from(error).code, Code::ConfigurationInvalid);
    }
}
