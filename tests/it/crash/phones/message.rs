//! Messages of HTTP/1.1 as bytes: just enough to tell where one ends.

use std::io::{self, Read as _};
use std::net::TcpStream;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";
const LAST_CHUNK: &[u8] = b"\r\n0\r\n\r\n";

/// Reads one request, whole.
pub fn read_request(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    read(stream, false)
}

/// Reads the answer to a request, whole.
pub fn read_answer(stream: &mut TcpStream, request: &[u8]) -> io::Result<Vec<u8>> {
    read(stream, request.starts_with(b"HEAD "))
}

fn read(stream: &mut TcpStream, is_bodiless: bool) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    while !is_whole(&message, is_bodiless) {
        match stream.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => message.extend_from_slice(&buffer[..length]),
        }
    }
    Ok(message)
}

fn is_whole(message: &[u8], is_bodiless: bool) -> bool {
    let Some(at) = message.windows(END_OF_HEAD.len()).position(|part| part == END_OF_HEAD) else {
        return false;
    };
    let (head, body) = (
        String::from_utf8_lossy(&message[..at]),
        &message[at + END_OF_HEAD.len()..],
    );
    if is_bodiless {
        return true;
    }
    if header(&head, "transfer-encoding").is_some() {
        return message.ends_with(LAST_CHUNK);
    }
    let length: usize = header(&head, "content-length").map_or(0, |length| length.parse().expect("a length"));
    body.len() >= length
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

mod tests {
    use super::is_whole;

    #[test]
    fn the_end_of_a_message_is_found() {
        for (whole, is_bodiless) in [
            ("GET / HTTP/1.1\r\nhost: a\r\n\r\n", false),
            ("PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", false),
            ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", true),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
                false,
            ),
        ] {
            for length in 0..whole.len() {
                assert!(
                    !is_whole(&whole.as_bytes()[..length], is_bodiless),
                    "{length} of {whole:?}"
                );
            }
            assert!(is_whole(whole.as_bytes(), is_bodiless), "{whole:?}");
        }
    }
}
