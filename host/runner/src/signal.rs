//! Resume URLs: whoever has one may end one wait of one step, and nothing else.

use hmac::{Hmac, KeyInit, Mac};
use monshyflow_engine::{Place, StepId, Wait};
use monshyflow_ids::{RunId, TenantId};
use monshyflow_items::{Item, ItemList, Json};
use monshyflow_workflow::Workflow;
use sha2::Sha256;
use tokio::sync::oneshot;

use crate::drive::Command;
use crate::runner::Shared;
use crate::{Error, Runner};

/// Bytes of the authentication code in a URL.
const MAC: usize = 16;
/// A run may just be let go of while it is called; then it is taken up again.
const TRIES: usize = 50;

/// Whose wait a URL ends.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ticket {
    tenant: TenantId,
    run: RunId,
    node: String,
    iteration: Vec<u32>,
}

impl Shared {
    /// Where the wait of a step can be ended from outside.
    pub(crate) fn resume_url(
        &self,
        tenant: &TenantId,
        run: RunId,
        workflow: &Workflow,
        step: &StepId,
    ) -> String {
        let ticket = Ticket {
            tenant: tenant.clone(),
            run,
            node: workflow.node(step.node).id.clone(),
            iteration: step.iteration.clone(),
        };
        format!(
            "{}/api/resume/{}",
            self.public_url,
            ticket.sealed(&self.signing_key)
        )
    }
}

impl Ticket {
    fn text(&self) -> String {
        let rounds: Vec<String> = self.iteration.iter().map(u32::to_string).collect();
        let node = hex(self.node.as_bytes());
        format!(
            "{}.{}.{node}.{}",
            hex(self.tenant.as_str().as_bytes()),
            self.run,
            rounds.join("-")
        )
    }

    fn sealed(&self, key: &[u8; 32]) -> String {
        let text = self.text();
        let code = hex(&mac(key, &text).finalize().into_bytes()[..MAC]);
        format!("{text}.{code}")
    }

    /// Nothing if this host did not make it.
    fn open(sealed: &str, key: &[u8; 32]) -> Option<Self> {
        let (text, code) = sealed.rsplit_once('.')?;
        mac(key, text)
            .verify_truncated_left(&unhex(code).filter(|code| code.len() == MAC)?)
            .ok()?;
        let mut parts = text.split('.');
        let (tenant, run, node, rounds) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let rounds = rounds.split('-').filter(|round| !round.is_empty());
        Some(Self {
            tenant: String::from_utf8(unhex(tenant)?).ok()?.parse().ok()?,
            run: run.parse().ok()?,
            node: String::from_utf8(unhex(node)?).ok()?,
            iteration: rounds.map(str::parse).collect::<Result<_, _>>().ok()?,
        })
    }
}

impl Runner {
    /// The form that a resume URL shows, as the node described it; `None` inside if any request will do.
    pub async fn awaited(&self, ticket: &str) -> Result<Option<String>, Error> {
        let ticket = self.ticket(ticket)?;
        let graph = self.graph_of(&ticket.tenant, ticket.run).await?;
        let run = self
            .0
            .journal
            .load_run(&ticket.tenant, ticket.run, &graph.workflow)
            .await?;
        let node = graph.workflow.by_id(&ticket.node);
        let mut waits = run.waits();
        let found = waits.find(|(step, _)| Some(step.node) == node && step.iteration == ticket.iteration);
        match found {
            Some((_, Wait::Signal { details, .. })) => Ok(details.clone()),
            _ => Err(nobody_waits()),
        }
    }

    /// Ends the wait; `payload` becomes the item that the node gets. Durable when this answers.
    pub async fn signal(&self, ticket: &str, payload: &serde_json::Value) -> Result<(), Error> {
        let ticket = self.ticket(ticket)?;
        let graph = self.graph_of(&ticket.tenant, ticket.run).await?;
        let node = graph.workflow.by_id(&ticket.node).ok_or_else(nobody_waits)?;
        let place = Place {
            node,
            iteration: ticket.iteration.clone(),
        };
        for _ in 0..TRIES {
            let (heard, answer) = oneshot::channel();
            let command = Command::Signal {
                place: place.clone(),
                items: ItemList::from_items(vec![Item::new(Json::from_value(payload))]),
                heard,
            };
            self.tell(&ticket.tenant, ticket.run, command).await?;
            match answer.await {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(nobody_waits()),
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        }
        Err(Error::ShuttingDown)
    }

    /// Hands a command to whoever drives the run, or takes the run up with it.
    async fn tell(&self, tenant: &TenantId, run: RunId, command: Command) -> Result<(), Error> {
        let active = self.0.active().get(&run).cloned();
        match active {
            // A closed channel drops the command, which its sender notices.
            Some(active) => {
                let _ = active.commands.send(command).await;
                Ok(())
            }
            None => match self.adopt(tenant, run, Some(command)).await {
                Err(Error::Journal(monshyflow_journal::Error::LostLease)) => Err(nobody_waits()),
                other => other,
            },
        }
    }

    fn ticket(&self, sealed: &str) -> Result<Ticket, Error> {
        Ticket::open(sealed, &self.0.signing_key).ok_or_else(|| Error::not_found("resume URL", "this one"))
    }
}

fn nobody_waits() -> Error {
    Error::refused(
        "nobody-waits",
        "nothing waits for this any more: it was answered before, its time was over, or the run has ended",
    )
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn mac(key: &[u8; 32], text: &str) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("a key of any length");
    mac.update(b"resume\0");
    mac.update(text.as_bytes());
    mac
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks_exact(2);
    if !digits.remainder().is_empty() || !text.is_ascii() {
        return None;
    }
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_for_its_step_only() {
        let ticket = Ticket {
            tenant: "local".parse().unwrap(),
            run: RunId::at(5, [7; 10]),
            node: "Wait für \u{1f600}".into(),
            iteration: vec![2, 0],
        };
        let sealed = ticket.sealed(&[1; 32]);
        assert_eq!(Ticket::open(&sealed, &[1; 32]), Some(ticket));
        assert_eq!(Ticket::open(&sealed, &[2; 32]), None);
        for (from, to) in [("2-0", "2-1"), (".", ""), ("a", "b")] {
            assert_eq!(
                Ticket::open(&sealed.replacen(from, to, 1), &[1; 32]),
                None,
                "{from}"
            );
        }
        for text in ["", ".", "....", "x"] {
            assert_eq!(Ticket::open(text, &[1; 32]), None);
        }
    }
}
