//! The real server over HTTP and SSE, with a fresh store and real nodes.

#[cfg(test)]
mod api;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod support;
#[cfg(test)]
mod variables;
