//! Resume URLs: whoever has one may end one wait of one step, or the only wait of one run, and nothing else.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use monshyflow_engine::{Place, Run, StepId, Wait};
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
    /// Otherwise the one step that waits when the URL is called.
    step: Option<TicketStep>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct TicketStep {
    node: String,
    iteration: Vec<u32>,
}

impl Shared {
    /// Where the wait of a step can be ended from outside.
    pub(crate) fn resume_url_of_step(
        &self,
        tenant: &TenantId,
        run: RunId,
        workflow: &Workflow,
        step: &StepId,
    ) -> String {
        let step = TicketStep {
            node: workflow.node(step.node).id.clone(),
            iteration: step.iteration.clone(),
        };
        self.url_of(tenant, run, Some(step))
    }

    /// Where the only wait of a run can be ended from outside: what `$execution.resumeUrl` is, before anybody waits.
    pub(crate) fn resume_url(&self, tenant: &TenantId, run: RunId) -> String {
        self.url_of(tenant, run, None)
    }

    fn url_of(&self, tenant: &TenantId, run: RunId, step: Option<TicketStep>) -> String {
        let tenant = tenant.clone();
        let ticket = Ticket { tenant, run, step }.sealed(&self.signing_key);
        format!("{}/api/resume/{ticket}", self.public_url)
    }
}

impl Ticket {
    fn text(&self) -> String {
        let mut text = format!(
            "{}.{}",
            HEXLOWER.encode(self.tenant.as_str().as_bytes()),
            self.run
        );
        if let Some(TicketStep { node, iteration }) = &self.step {
            let rounds: Vec<String> = iteration.iter().map(u32::to_string).collect();
            let node = HEXLOWER.encode(node.as_bytes());
            text.push_str(&format!(".{node}.{}", rounds.join("-")));
        }
        text
    }

    fn sealed(&self, key: &[u8; 32]) -> String {
        let text = self.text();
        let code = HEXLOWER.encode(&mac(key, &text).finalize().into_bytes()[..MAC]);
        format!("{text}.{code}")
    }

    /// Nothing if this host did not make it.
    fn open(sealed: &str, key: &[u8; 32]) -> Option<Self> {
        let (text, code) = sealed.rsplit_once('.')?;
        mac(key, text)
            .verify_truncated_left(&unhex(code).filter(|code| code.len() == MAC)?)
            .ok()?;
        let mut parts = text.split('.');
        let (tenant, run) = (parts.next()?, parts.next()?);
        Some(Self {
            tenant: String::from_utf8(unhex(tenant)?).ok()?.parse().ok()?,
            run: run.parse().ok()?,
            step: match (parts.next(), parts.next()) {
                (Some(node), Some(rounds)) => Some(TicketStep::open(node, rounds)?),
                _ => None,
            },
        })
    }
}

impl TicketStep {
    fn open(node: &str, rounds: &str) -> Option<Self> {
        let rounds = rounds.split('-').filter(|round| !round.is_empty());
        Some(Self {
            node: String::from_utf8(unhex(node)?).ok()?,
            iteration: rounds.map(str::parse).collect::<Result<_, _>>().ok()?,
        })
    }

    fn is(&self, workflow: &Workflow, step: &StepId) -> bool {
        workflow.by_id(&self.node) == Some(step.node) && self.iteration == step.iteration
    }
}

/// The wait that a URL ends, and the form that it shows.
fn awaited_of(ticket: &Ticket, workflow: &Workflow, run: &Run) -> Result<(Place, Option<String>), Error> {
    let meant = |step: &StepId| ticket.step.as_ref().is_none_or(|meant| meant.is(workflow, step));
    let mut found = run.waits().filter_map(|(step, wait)| match wait {
        Wait::Signal { details, .. } if meant(&step) => Some((step, details.clone())),
        _ => None,
    });
    let (step, details) = found.next().ok_or_else(nobody_waits)?;
    if found.next().is_some() {
        return Err(Error::refused(
            "several-wait",
            "several steps of this run wait: each has its own URL, which the node knows and the run shows",
        ));
    }
    let place = Place {
        node: step.node,
        iteration: step.iteration,
    };
    Ok((place, details))
}

impl Runner {
    /// The form that a resume URL shows, as the node described it; `None` inside if any request will do.
    pub async fn awaited(&self, ticket: &str) -> Result<Option<String>, Error> {
        let (_, details) = self.find_awaited(&self.ticket(ticket)?).await?;
        Ok(details)
    }

    async fn find_awaited(&self, ticket: &Ticket) -> Result<(Place, Option<String>), Error> {
        let graph = self.graph_of(&ticket.tenant, ticket.run).await?;
        let journal = &self.0.journal;
        let run = journal.load_run(&ticket.tenant, ticket.run, &graph.workflow);
        awaited_of(ticket, &graph.workflow, &run.await?)
    }

    /// Ends the wait; `payload` becomes the item that the node gets. Durable when this answers.
    pub async fn signal(&self, ticket: &str, payload: &serde_json::Value) -> Result<(), Error> {
        let ticket = self.ticket(ticket)?;
        let (place, _) = self.find_awaited(&ticket).await?;
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
        "nothing waits for this now: it was answered before, its time was over, the run has ended, or it did not come there yet",
    )
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn mac(key: &[u8; 32], text: &str) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("a key of any length");
    mac.update(b"resume\0");
    mac.update(text.as_bytes());
    mac
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    HEXLOWER.decode(text.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_for_its_step_only() {
        let ticket = Ticket {
            tenant: "local".parse().unwrap(),
            run: RunId::at(5, [7; 10]),
            step: Some(TicketStep {
                node: "Wait für \u{1f600}".into(),
                iteration: vec![2, 0],
            }),
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
        // That of the run is no beginning of it.
        let of_run = Ticket {
            step: None,
            ..Ticket::open(&sealed, &[1; 32]).unwrap()
        };
        assert_eq!(Ticket::open(&of_run.sealed(&[1; 32]), &[1; 32]), Some(of_run));
        let (text, code) = sealed.rsplit_once('.').unwrap();
        let cut = text.rsplitn(3, '.').last().unwrap();
        assert_eq!(Ticket::open(&format!("{cut}.{code}"), &[1; 32]), None);
        for text in ["", ".", "....", "x"] {
            assert_eq!(Ticket::open(text, &[1; 32]), None);
        }
    }
}
