//! The certificate for loopback, and the authority that a person lets this computer trust for it.
//!
//! Office loads add-ins over https only, and no public authority certifies
//! `localhost`. So there is an authority of one's own. Its key stays in the
//! folder, to renew the certificate without asking for trust again; what it can
//! certify is limited to loopback by the authority's own certificate (name
//! constraints, RFC 5280 section 4.2.1.10), so that a key that gets lost opens
//! nobody's connections to anywhere else.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PublicKeyData as _,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use x509_cert::Certificate;
use x509_cert::der::{DecodePem as _, Encode as _};

const DAY: Duration = Duration::from_secs(86_400);

/// How long the authority lives. A person has to trust each new one.
const AUTHORITY: Term = Term { lifetime: DAY.saturating_mul(730), renewed: LEAF.lifetime };

/// How long the certificate lives; a month before its end a new one is made.
const LEAF: Term = Term { lifetime: DAY.saturating_mul(90), renewed: DAY.saturating_mul(30) };

/// Clocks differ a little between a virtual machine and the computer that it is on.
const EARLIER: Duration = DAY;

/// What the certificate is for, and all that the authority can certify.
const NAME: &str = "localhost";

/// The files, by what they hold.
const AUTHORITY_FILE: &str = "authority.crt";
const AUTHORITY_KEY_FILE: &str = "authority.key";
const LEAF_FILE: &str = "localhost.crt";
const LEAF_KEY_FILE: &str = "localhost.key";

struct Term {
    lifetime: Duration,
    /// What is left when a new one is made.
    renewed: Duration,
}

/// Why there is no certificate.
#[derive(Debug)]
pub enum CertificateError {
    /// A file of it can't be written.
    Write {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It can't be made or used.
    Make(String),
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write { path, source } => write!(f, "can't write {}: {source}", path.display()),
            Self::Make(why) => write!(f, "can't make a certificate: {why}"),
        }
    }
}

impl std::error::Error for CertificateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Write { source, .. } => Some(source),
            Self::Make(_) => None,
        }
    }
}

impl From<rcgen::Error> for CertificateError {
    fn from(error: rcgen::Error) -> Self {
        Self::Make(error.to_string())
    }
}

/// What the listeners present.
#[derive(Debug)]
pub(crate) struct LocalCertificate {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

/// The authority, as a person meets it among those that a computer trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// Its certificate, in PEM.
    pub file: PathBuf,
    /// Its name in a list: it differs from checkout to checkout.
    pub name: String,
    /// Whether it was made just now, so that nobody can have trusted it.
    pub is_new: bool,
}

/// Takes the certificate from the folder, or makes what is missing, damaged or about to expire.
///
/// # Errors
/// See [`CertificateError`].
pub(crate) fn obtain(
    folder: &Path,
    now: SystemTime,
) -> Result<(LocalCertificate, Authority), CertificateError> {
    make_folder(folder)?;
    let file = folder.join(AUTHORITY_FILE);
    let key_file = folder.join(AUTHORITY_KEY_FILE);
    let (is_new, authority) = match Pair::read(&file, &key_file, &AUTHORITY, now) {
        Some(pair) => (false, pair),
        None => (true, make_authority(now)?.write(&file, &key_file)?),
    };

    let leaf_file = folder.join(LEAF_FILE);
    let leaf_key_file = folder.join(LEAF_KEY_FILE);
    let leaf = Pair::read(&leaf_file, &leaf_key_file, &LEAF, now)
        .filter(|leaf| leaf.issuer == authority.name);
    let leaf = match leaf {
        Some(leaf) => leaf,
        None => make_leaf(&authority, now)?.write(&leaf_file, &leaf_key_file)?,
    };
    let certificate = LocalCertificate {
        chain: vec![leaf.der],
        key: PrivatePkcs8KeyDer::from(leaf.key.serialize_der()).into(),
    };
    Ok((certificate, Authority { file, name: authority.name, is_new }))
}

/// A certificate with its key.
struct Pair {
    pem: String,
    der: CertificateDer<'static>,
    key: KeyPair,
    name: String,
    issuer: String,
}

impl Pair {
    fn new(certificate: &rcgen::Certificate, key: KeyPair, name: &str, issuer: &str) -> Self {
        Self {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            key,
            name: name.to_owned(),
            issuer: issuer.to_owned(),
        }
    }

    /// Reads both files; none when one is absent or damaged, when they don't
    /// belong together, or when it is time for new ones.
    fn read(file: &Path, key_file: &Path, term: &Term, now: SystemTime) -> Option<Self> {
        let pem = fs::read_to_string(file).ok()?;
        let key = KeyPair::from_pem(&fs::read_to_string(key_file).ok()?).ok()?;
        let read = Certificate::from_pem(&pem).ok()?;
        let certified = &read.tbs_certificate;
        let now = now.duration_since(UNIX_EPOCH).ok()?;
        let begins = certified.validity.not_before.to_unix_duration();
        let ends = certified.validity.not_after.to_unix_duration();
        let is_current = begins <= now && now.saturating_add(term.renewed) < ends;
        let is_the_keys =
            certified.subject_public_key_info.to_der().ok()? == key.subject_public_key_info();
        (is_current && is_the_keys).then_some(Self {
            der: CertificateDer::from(read.to_der().ok()?),
            pem,
            key,
            name: common_name(&certified.subject.to_string())?,
            issuer: common_name(&certified.issuer.to_string())?,
        })
    }

    fn write(self, file: &Path, key_file: &Path) -> Result<Self, CertificateError> {
        // The key first: a certificate without its own is noticed and made anew.
        write_privately(key_file, &self.key.serialize_pem())?;
        write_privately(file, &self.pem)?;
        Ok(self)
    }
}

/// The only attribute of the names that are made here.
fn common_name(name: &str) -> Option<String> {
    name.strip_prefix("CN=").map(str::to_owned)
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName(NAME.to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(Ipv4Addr::LOCALHOST.octets(), 8)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(
                Ipv6Addr::LOCALHOST.octets(),
                128,
            )),
        ],
        excluded_subtrees: Vec::new(),
    });
    params
}

fn make_authority(now: SystemTime) -> Result<Pair, CertificateError> {
    let key = KeyPair::generate()?;
    let mark: String =
        key.public_key_raw().iter().rev().take(3).map(|byte| format!("{byte:02x}")).collect();
    let name = format!("taskpane-connector demo {mark}");
    let mut params = authority_params(&name);
    params.not_before = (now - EARLIER).into();
    params.not_after = (now + AUTHORITY.lifetime).into();
    let certificate = params.self_signed(&key)?;
    Ok(Pair::new(&certificate, key, &name, &name))
}

fn make_leaf(authority: &Pair, now: SystemTime) -> Result<Pair, CertificateError> {
    let key = KeyPair::generate()?;
    let names = [NAME.to_owned(), Ipv4Addr::LOCALHOST.to_string(), Ipv6Addr::LOCALHOST.to_string()];
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = named(NAME);
    params.not_before = (now - EARLIER).into();
    params.not_after = (now + LEAF.lifetime).into();
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let issuer_params = authority_params(&authority.name);
    let issuer = Issuer::from_params(&issuer_params, &authority.key);
    let certificate = params.signed_by(&key, &issuer)?;
    Ok(Pair::new(&certificate, key, NAME, &authority.name))
}

fn make_folder(folder: &Path) -> Result<(), CertificateError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|source| CertificateError::Write { path: folder.to_path_buf(), source })
}

/// Replaces a file by one that its owner alone can read, at no moment otherwise.
fn write_privately(path: &Path, text: &str) -> Result<(), CertificateError> {
    let beside = path.with_extension("new");
    let write = || {
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&beside)?.write_all(text.as_bytes())?;
        fs::rename(&beside, path)
    };
    write().map_err(|source| CertificateError::Write { path: path.to_path_buf(), source })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::*;

    fn now() -> SystemTime {
        UNIX_EPOCH + DAY * 20_000
    }

    fn obtain_at(folder: &Path, now: SystemTime) -> (Vec<u8>, Authority) {
        let (certificate, authority) = obtain(folder, now).unwrap();
        (certificate.chain.first().unwrap().to_vec(), authority)
    }

    #[test]
    fn what_is_there_is_kept_until_it_is_about_to_expire() {
        let folder = tempfile::tempdir().unwrap();
        let (first, made) = obtain_at(folder.path(), now());
        assert!(made.is_new);
        for (name, day, same_leaf, same_authority) in [
            ("at once", 0_i32, true, true),
            ("a month before the certificate's end", 59, true, true),
            ("within the month", 60, false, true),
            ("long after the certificate's end", 400, false, true),
            ("with less left to the authority than a certificate lives", 640, false, false),
            ("before its begin, on a clock that was set back", -2, false, false),
        ] {
            let folder_then = tempfile::tempdir().unwrap();
            for file in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
                fs::copy(file.path(), folder_then.path().join(file.file_name())).unwrap();
            }
            let then = if day < 0 { now() - DAY * 2 } else { now() + DAY * day.cast_unsigned() };
            let (leaf, authority) = obtain_at(folder_then.path(), then);
            assert_eq!(leaf == first, same_leaf, "{name}");
            assert_eq!(authority.name == made.name, same_authority, "{name}");
            assert_eq!(authority.is_new, !same_authority, "{name}");
            let (again, known) = obtain_at(folder_then.path(), then);
            assert_eq!(again, leaf, "{name}: made once");
            assert!(!known.is_new, "{name}: known the second time");
        }
    }

    #[test]
    fn what_is_damaged_or_belongs_to_another_is_made_anew() {
        for (name, file, content, same_authority) in [
            ("no certificate", LEAF_FILE, None, true),
            ("no key", LEAF_KEY_FILE, None, true),
            ("a broken certificate", LEAF_FILE, Some("-----BEGIN CERTIFICATE-----\nAA"), true),
            ("a broken key", LEAF_KEY_FILE, Some(""), true),
            ("no authority", AUTHORITY_FILE, None, false),
            ("no authority's key", AUTHORITY_KEY_FILE, None, false),
            ("a broken authority", AUTHORITY_FILE, Some("?"), false),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let (first, made) = obtain_at(folder.path(), now());
            let path = folder.path().join(file);
            match content {
                Some(content) => fs::write(path, content).unwrap(),
                None => fs::remove_file(path).unwrap(),
            }
            let (leaf, authority) = obtain_at(folder.path(), now());
            assert_ne!(leaf, first, "{name}");
            assert_eq!(authority.name == made.name, same_authority, "{name}");
        }
        // A key of somebody else's.
        let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (first, _) = obtain_at(ours.path(), now());
        obtain_at(theirs.path(), now());
        fs::copy(theirs.path().join(LEAF_KEY_FILE), ours.path().join(LEAF_KEY_FILE)).unwrap();
        assert_ne!(obtain_at(ours.path(), now()).0, first);
        // A whole certificate of another authority's.
        for file in [LEAF_FILE, LEAF_KEY_FILE] {
            fs::copy(theirs.path().join(file), ours.path().join(file)).unwrap();
        }
        let strange = fs::read(theirs.path().join(LEAF_FILE)).unwrap();
        obtain_at(ours.path(), now());
        assert_ne!(fs::read(ours.path().join(LEAF_FILE)).unwrap(), strange);
    }

    #[cfg(unix)]
    #[test]
    fn keys_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let certificates = folder.path().join("certificates");
        obtain(&certificates, now()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&certificates), 0o700);
        for file in [AUTHORITY_KEY_FILE, LEAF_KEY_FILE] {
            assert_eq!(mode(&certificates.join(file)), 0o600, "{file}");
        }
    }
}
