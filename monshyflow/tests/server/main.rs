//! The real server over HTTP and SSE, with a fresh store and real nodes.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod api;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod crash_flow;
#[cfg(test)]
mod document;
#[cfg(test)]
mod effects;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod flow_control;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod lineage;
#[cfg(test)]
mod loops;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod on_error;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod publishing;
#[cfg(test)]
mod python;
#[cfg(test)]
mod random;
#[cfg(test)]
mod reruns;
#[cfg(test)]
mod responses;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod support;
#[cfg(test)]
mod variables;
