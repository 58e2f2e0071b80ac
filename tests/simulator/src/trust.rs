//! How a person lets a computer trust the local authority, and takes that back. Nothing here does it.

use simulator::Authority;

/// What to type, for each system, with what undoes it.
pub(crate) fn advice(authority: &Authority) -> String {
    let Authority { file, name, is_new } = authority;
    let file = file.display();
    let age = if *is_new { ", made just now" } else { "" };
    format!(
        "\
Browsers and Office load the pane once this computer trusts the authority
  {file}
(\"{name}\"{age}; it can certify loopback addresses and nothing else).

  Windows   certutil -user -addstore Root \"{file}\"
    undo    certutil -user -delstore Root \"{name}\"
  macOS     security add-trusted-cert -r trustRoot -p ssl -k ~/Library/Keychains/login.keychain-db \"{file}\"
    undo    security delete-certificate -t -c \"{name}\" ~/Library/Keychains/login.keychain-db
  Linux     certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n \"{name}\" -i \"{file}\"
    undo    certutil -d sql:$HOME/.pki/nssdb -D -n \"{name}\"
            (Chromium; certutil is in Debian's libnss3-tools)
  Firefox   Settings, Privacy & Security, View Certificates, Authorities: Import
    undo    the same place: Delete or Distrust
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_trust_has_one_back_and_both_name_this_authority() {
        let authority = Authority {
            file: "/some where/authority.crt".into(),
            name: "taskpane-connector demo 1f".to_owned(),
            is_new: true,
        };
        let text = advice(&authority);
        for (trust, undo) in [
            (
                "-addstore Root \"/some where/authority.crt\"",
                "-delstore Root \"taskpane-connector demo 1f\"",
            ),
            (
                "login.keychain-db \"/some where/authority.crt\"",
                "-c \"taskpane-connector demo 1f\"",
            ),
            ("-i \"/some where/authority.crt\"", "-D -n \"taskpane-connector demo 1f\""),
        ] {
            assert!(text.contains(trust), "{trust}");
            assert!(text.contains(undo), "{undo}");
        }
        assert!(text.contains("made just now"));
        assert!(!advice(&Authority { is_new: false, ..authority }).contains("made just now"));
    }
}
