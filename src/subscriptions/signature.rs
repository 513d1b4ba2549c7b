//! Signatures after Standard Webhooks (<https://www.standardwebhooks.com/>): HMAC-SHA256 over id, moment and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::values::{Instant, Secret};

/// What a secret begins with on the wire.
const PREFIX: &str = "whsec_";

/// The secret of a subscription. It is shown once, as text, and signs from then on.
#[derive(Debug, Clone)]
pub struct SigningSecret(Secret<[u8; 32]>);

impl SigningSecret {
    /// The secret of those bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// Its bytes, for the row that keeps it.
    pub fn bytes(&self) -> &[u8; 32] {
        self.0.reveal()
    }

    /// As its owner is told it, once.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(self.0.reveal()))
    }

    /// The signature of a message, `v1,…`.
    fn sign(&self, id: &str, moment: Instant, body: &[u8]) -> Option<String> {
        // HMAC takes a key of any length, so there always is one.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.reveal()).ok()?;
        mac.update(format!("{id}.{}.", moment.seconds()).as_bytes());
        mac.update(body);
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// The value of `webhook-signature`: one signature for each secret, the newest first. While a secret is being replaced, a
/// receiver that knows either accepts the message.
pub fn signatures(secrets: &[SigningSecret], id: &str, moment: Instant, body: &[u8]) -> String {
    let signed: Vec<String> = secrets
        .iter()
        .filter_map(|secret| secret.sign(id, moment, body))
        .collect();
    signed.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `openssl dgst -sha256 -mac HMAC` over the same key and text.
    #[test]
    fn a_message_is_signed_as_others_would_verify_it() {
        let secret = SigningSecret::new(*b"0123456789abcdef0123456789abcdef");
        assert_eq!(secret.text(), "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        let moment = Instant::from_micros(1_674_087_231_999_999).unwrap();
        let signed = signatures(
            std::slice::from_ref(&secret),
            "msg_1",
            moment,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,7lGjPO46NFuelSaojKePTgm3qEmydiwP4etUWaiuQUE=");
    }

    #[test]
    fn while_a_secret_is_replaced_both_sign() {
        let secrets = [SigningSecret::new([1; 32]), SigningSecret::new([2; 32])];
        let moment = Instant::from_micros(0).unwrap();
        let both = signatures(&secrets, "msg_1", moment, b"{}");
        let one = |secret: &SigningSecret| signatures(std::slice::from_ref(secret), "msg_1", moment, b"{}");
        assert_eq!(both, format!("{} {}", one(&secrets[0]), one(&secrets[1])));
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", SigningSecret::new([7; 32])), "SigningSecret((secret))");
    }
}
