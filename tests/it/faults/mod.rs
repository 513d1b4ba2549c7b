//! What lies below the service fails, call by call; and callers who mean harm or are merely slow.

mod calls;
mod disk;
mod files;
mod outages;
mod proxy;
mod sockets;
mod walk;
