//! Addresses that nobody answers on: one that refuses, one that never replies.

use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// The shortest queue of a listener; the kernel lets one more in than this.
const BACKLOG: u32 = 1;

/// A port that is taken but not listened on: connecting is refused.
#[derive(Debug)]
pub(super) struct Closed {
    address: SocketAddr,
    /// Keeps the port from being given to another program.
    _socket: TcpSocket,
}

impl Closed {
    pub(super) fn bind() -> std::io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Closed {
            address: socket.local_addr()?,
            _socket: socket,
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A listener that never accepts and whose queue is full: packets of whoever connects are dropped.
#[derive(Debug)]
pub(super) struct Silent {
    address: SocketAddr,
    _listener: TcpListener,
    _queued: Vec<TcpStream>,
}

impl Silent {
    pub(super) async fn bind() -> std::io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let mut queued = Vec::new();
        for _ in 0..=BACKLOG {
            queued.push(TcpStream::connect(address).await?);
        }
        Ok(Silent {
            address,
            _listener: listener,
            _queued: queued,
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}
