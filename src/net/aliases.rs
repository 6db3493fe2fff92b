//! The chain of aliases (CNAME) that leads from a name to its addresses. The system's resolver hides it, so the name
//! server of `/etc/resolv.conf` is asked directly (RFC 1035, sections 4.1 and 4.1.4). It is shown, never relied on.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;

/// Longest time for the answer; a chain that cannot be read is no failure.
const PATIENCE: Duration = Duration::from_secs(2);
/// More aliases than any sound zone has.
const MOST: usize = 16;
const TYPE_A: u16 = 1;
const TYPE_CNAME: u16 = 5;
const CLASS_IN: u16 = 1;
const HEADER: usize = 12;

/// The names that `host` is an alias of, in order; empty where there are none or nobody tells.
pub(super) async fn of(host: &str) -> Vec<String> {
    let Ok(text) = tokio::fs::read_to_string("/etc/resolv.conf").await else {
        return Vec::new();
    };
    let Some(server) = name_server(&text) else {
        return Vec::new();
    };
    ask(server, host).await.unwrap_or_default()
}

fn name_server(text: &str) -> Option<SocketAddr> {
    let mut lines = text.lines().map(str::split_whitespace);
    let address: IpAddr = lines.find_map(|mut words| {
        let is_server = words.next() == Some("nameserver");
        is_server.then(|| words.next()?.parse().ok()).flatten()
    })?;
    Some(SocketAddr::new(address, 53))
}

async fn ask(server: SocketAddr, host: &str) -> Option<Vec<String>> {
    let local: SocketAddr = match server {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0u16; 8], 0).into(),
    };
    let socket = UdpSocket::bind(local).await.ok()?;
    socket.connect(server).await.ok()?;
    let id = socket.local_addr().ok()?.port();
    socket.send(&question(id, host)?).await.ok()?;
    let mut buffer = [0u8; 4096];
    let length = tokio::time::timeout(PATIENCE, socket.recv(&mut buffer))
        .await
        .ok()?
        .ok()?;
    chain(buffer.get(..length)?, id, host)
}

fn question(id: u16, host: &str) -> Option<Vec<u8>> {
    let mut packet = Vec::with_capacity(HEADER + host.len() + 6);
    // Recursion desired, one question.
    for number in [id, 0x0100, 1, 0, 0, 0] {
        packet.extend(number.to_be_bytes());
    }
    for label in host.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len())
            .ok()
            .filter(|n| (1..64).contains(n))?;
        packet.push(length);
        packet.extend(label.as_bytes());
    }
    packet.push(0);
    packet.extend(TYPE_A.to_be_bytes());
    packet.extend(CLASS_IN.to_be_bytes());
    Some(packet)
}

fn chain(packet: &[u8], id: u16, host: &str) -> Option<Vec<String>> {
    if number(packet, 0)? != id {
        return None;
    }
    let answers = number(packet, 6)?;
    let (_, mut at) = name(packet, HEADER)?;
    at += 4;
    let mut links = Vec::new();
    for _ in 0..answers {
        let (owner, after) = name(packet, at)?;
        let kind = number(packet, after)?;
        let length = usize::from(number(packet, after + 8)?);
        let data = after + 10;
        if kind == TYPE_CNAME {
            links.push((owner, name(packet, data)?.0));
        }
        at = data + length;
    }
    let mut found: Vec<String> = Vec::new();
    let mut last = host.trim_end_matches('.').to_owned();
    while found.len() < MOST {
        let next = links
            .iter()
            .find(|(owner, _)| owner.eq_ignore_ascii_case(&last));
        let Some((_, target)) = next else {
            break;
        };
        last.clone_from(target);
        found.push(target.clone());
    }
    Some(found)
}

fn number(packet: &[u8], at: usize) -> Option<u16> {
    let bytes = packet.get(at..at + 2)?;
    Some(u16::from_be_bytes([bytes[0], bytes[1]]))
}

/// A name that may point back into the packet, and where it ends.
fn name(packet: &[u8], start: usize) -> Option<(String, usize)> {
    let mut labels: Vec<String> = Vec::new();
    let (mut at, mut end) = (start, None);
    // Each jump goes to another place, so a packet cannot hold more of them than bytes.
    for _ in 0..=packet.len() {
        let length = usize::from(*packet.get(at)?);
        match length {
            0 => return Some((labels.join("."), end.unwrap_or(at + 1))),
            0xc0.. => {
                end.get_or_insert(at + 2);
                at = usize::from(number(packet, at)? & 0x3fff);
            }
            _ => {
                let label = packet.get(at + 1..at + 1 + length)?;
                labels.push(String::from_utf8_lossy(label).into_owned());
                at += 1 + length;
            }
        }
        if labels.len() > 127 {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `a.x` is an alias of `b.x`, that of `c.privatelink.x`, and that has an address.
    fn answer(id: u16) -> Vec<u8> {
        let mut packet = question(id, "a.x").unwrap();
        packet[7] = 3;
        let mut record = |owner: &[u8], kind: u16, data: &[u8]| {
            packet.extend(owner);
            packet.extend(kind.to_be_bytes());
            packet.extend([0, 1, 0, 0, 0, 60]);
            packet.extend((data.len() as u16).to_be_bytes());
            packet.extend(data);
        };
        // The owner of the first record points to the question.
        record(&[0xc0, 12], TYPE_CNAME, b"\x01b\x01x\x00");
        record(
            b"\x01B\x01x\x00",
            TYPE_CNAME,
            b"\x01c\x0bprivatelink\x01x\x00",
        );
        record(b"\x01c\x0bprivatelink\x01x\x00", TYPE_A, &[10, 0, 0, 4]);
        packet
    }

    #[test]
    fn the_chain_is_followed_from_alias_to_alias() {
        assert_eq!(
            chain(&answer(7), 7, "A.x."),
            Some(vec!["b.x".to_owned(), "c.privatelink.x".to_owned()])
        );
        assert_eq!(chain(&answer(7), 8, "a.x"), None);
    }

    #[test]
    fn the_first_name_server_is_asked() {
        let text = "# x\noptions edns0\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n";
        assert_eq!(name_server(text), Some(([10, 0, 0, 2], 53).into()));
        assert_eq!(name_server("search x\n"), None);
    }

    #[tokio::test]
    async fn a_server_is_asked_over_the_wire() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = server.local_addr().unwrap();
        let serve = async {
            let mut buffer = [0; 512];
            let (_, client) = server.recv_from(&mut buffer).await.unwrap();
            let id = number(&buffer, 0).unwrap();
            server.send_to(&answer(id), client).await.unwrap();
        };
        let (found, ()) = tokio::join!(ask(address, "a.x"), serve);
        assert_eq!(found.unwrap().len(), 2);
    }

    proptest! {
        #[test]
        fn no_packet_makes_the_reader_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..80), at in 0usize..90, byte: u8) {
            let _ = chain(&bytes, 0, "a.x");
            let mut packet = answer(7);
            if let Some(place) = packet.get_mut(at) {
                *place = byte;
            }
            let _ = chain(&packet, 7, "a.x");
        }
    }
}
