//! One connection, kept alive, with just enough HTTP/1.1 for the answers of the service.

use std::fmt::Write as _;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Trouble;

/// The body of every action.
const REMARK: &str = r#"{"text":"已电话联系企业负责人，企业表示正在编制整改方案，请网格员本周再次上门督促。"}"#;

/// A connection.
pub struct Connection {
    stream: TcpStream,
    address: SocketAddr,
    authorization: String,
    request: String,
    received: Vec<u8>,
}

/// What is looked at of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    pub status: u16,
    /// From the entity tag.
    pub version: Option<i64>,
}

impl Connection {
    pub async fn open(address: SocketAddr, token: &str) -> Result<Self, Trouble> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            address,
            authorization: format!("Host: {address}\r\nAuthorization: Bearer {token}\r\n"),
            request: String::new(),
            received: Vec::with_capacity(64 * 1024),
        })
    }

    /// A point read.
    pub async fn read(&mut self, id: &str) -> Result<Answer, Trouble> {
        self.request.clear();
        write!(
            self.request,
            "GET /v1/hazards/{id} HTTP/1.1\r\n{}\r\n",
            self.authorization
        )?;
        self.exchange().await
    }

    /// An action that is allowed in every state.
    pub async fn remark(&mut self, id: &str, version: i64, key: Option<&str>) -> Result<Answer, Trouble> {
        self.request.clear();
        write!(
            self.request,
            "POST /v1/hazards/{id}/actions/remark HTTP/1.1\r\n{}If-Match: \"{version}\"\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n",
            self.authorization,
            REMARK.len()
        )?;
        if let Some(key) = key {
            write!(self.request, "Idempotency-Key: {key}\r\n")?;
        }
        write!(self.request, "\r\n{REMARK}")?;
        self.exchange().await
    }

    /// Asks for a sign of life.
    pub async fn alive(&mut self) -> Result<(), Trouble> {
        self.request.clear();
        write!(self.request, "GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", self.address)?;
        match self.exchange().await?.status {
            200..=299 => Ok(()),
            status => Err(format!("the sign of life is {status}").into()),
        }
    }

    async fn exchange(&mut self) -> Result<Answer, Trouble> {
        self.stream.write_all(self.request.as_bytes()).await?;
        self.received.clear();
        let body_at = loop {
            self.receive().await?;
            if let Some(place) = self.received.windows(4).position(|four| four == b"\r\n\r\n") {
                break place + 4;
            }
        };
        let head = std::str::from_utf8(self.received.get(..body_at).unwrap_or_default())?;
        let status = head.get(9..12).ok_or("an answer without a status")?.parse()?;
        let length: usize = header(head, "content-length")
            .ok_or("an answer without a length")?
            .parse()?;
        let version = header(head, "etag").and_then(|tag| tag.trim_matches('"').parse().ok());
        while self.received.len() < body_at + length {
            self.receive().await?;
        }
        Ok(Answer { status, version })
    }

    async fn receive(&mut self) -> Result<(), Trouble> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err("the service closed the connection".into()),
            _ => Ok(()),
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_found_whatever_its_case() {
        let head = "HTTP/1.1 200 OK\r\nETag: \"7\"\r\ncontent-length: 3\r\n\r\n";
        assert_eq!(header(head, "etag"), Some("\"7\""));
        assert_eq!(header(head, "Content-Length"), Some("3"));
        assert_eq!(header(head, "date"), None);
    }
}
