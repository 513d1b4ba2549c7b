//! `policy`: the policy in force, as TOML that can be changed and given back.

use sha2::{Digest as _, Sha256};

use crate::attachments::hexadecimal;
use crate::config::PolicyFile;

/// Where the policy was read, its version and digest as comments, then the file itself.
pub(super) fn text(file: &PolicyFile) -> String {
    let source = match &file.path {
        Some(path) => path.display().to_string(),
        None => "built in".to_owned(),
    };
    let digest = hexadecimal(&Sha256::digest(file.text.as_bytes()));
    format!(
        "# Source: {source}\n# Version {}, SHA-256 {digest}\n\n{}",
        file.policy.version(),
        file.text
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::policy::Policy;

    #[test]
    fn what_is_printed_is_a_policy_again_and_says_where_it_came_from() {
        let policy = Policy::embedded().unwrap();
        let file = |path: Option<&str>| PolicyFile {
            path: path.map(Into::into),
            text: Policy::EMBEDDED.to_owned(),
            policy: policy.clone(),
        };
        let printed = text(&file(None));
        assert_eq!(Policy::parse(&printed).unwrap(), policy);
        assert!(printed.starts_with("# Source: built in\n# Version 2026.1, SHA-256 "));
        assert!(text(&file(Some("/etc/hazards.toml"))).starts_with("# Source: /etc/hazards.toml\n"));
    }
}
