//! What a run answers, and who waits for it: the caller of a webhook, or of the API.

use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use monshyflow_capabilities::response::{Body, Response as Given};
use monshyflow_clock::random;
use monshyflow_engine::{Response, ResponseBody, StepError};
use monshyflow_ids::{RunId, TenantId};
use monshyflow_journal::Error as JournalError;
use monshyflow_store::{Durable, ObjectKey};
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::{CallOfNode, unavailable};
use crate::drive::{Drive, retrying};
use crate::hold::{Commands, Heard};
use crate::start::Started;
use crate::view::RunView;
use crate::{Error, Runner};

/// A text that is longer rests in the object store, bytes. As for lists of items.
const INLINE: usize = 128 << 10;

/// What somebody who waits for a run's answer gets.
#[derive(Debug)]
pub enum Answer {
    /// It is durable. The run may go on.
    Given(Arc<Response>),
    /// The run has ended without one.
    Ended(Arc<RunView>),
}

/// What a run answered, as clients see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RunResponse)]
pub struct ResponseView {
    /// Of HTTP, 200 to 599.
    pub status: u16,
    pub headers: Vec<HeaderView>,
    /// Of the body.
    pub bytes: u64,
    /// The body, if it is a text of at most 128 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub text: Option<String>,
    /// Where any other body can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub body_url: Option<String>,
}

/// A header. A name may come several times.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RunResponseHeader)]
pub struct HeaderView {
    /// In lower case.
    pub name: String,
    pub value: String,
}

impl ResponseView {
    pub(crate) fn of(run: RunId, response: &Response) -> Self {
        let headers = response.headers.iter();
        let (bytes, text, body_url) = match &response.body {
            ResponseBody::Empty => (0, None, None),
            ResponseBody::Text(text) => (text.len() as u64, Some(text.to_string()), None),
            ResponseBody::Stored { size, .. } => (*size, None, Some(format!("/api/runs/{run}/response"))),
        };
        let header = |(name, value): &(String, String)| HeaderView {
            name: name.clone(),
            value: value.clone(),
        };
        Self {
            status: response.status,
            headers: headers.map(header).collect(),
            bytes,
            text,
            body_url,
        }
    }
}

impl Runner {
    /// Waits until the run has answered or has ended, whichever comes first, also while the run rests and when other processes take
    /// it up.
    pub async fn answer(&self, tenant: &TenantId, started: Started) -> Result<Answer, Error> {
        let run = started.run;
        if let Some(answer) = started.heard(|heard| heard.answer()).await {
            return Ok(answer);
        }
        let mut events = self.0.journal.tail(tenant, run, 0).await?;
        loop {
            match events.next().await.transpose()? {
                Some(event) if event.kind == "response-sent" || event.terminal => break,
                Some(_) => {}
                None => return Err(Error::ShuttingDown),
            }
        }
        match self.find_response(tenant, run).await? {
            Some(response) => Ok(Answer::Given(response)),
            None => Ok(Answer::Ended(Arc::new(self.run(tenant, run).await?))),
        }
    }

    /// What the run answered.
    pub async fn response(&self, tenant: &TenantId, run: RunId) -> Result<Arc<Response>, Error> {
        let response = self.find_response(tenant, run).await?;
        response.ok_or_else(|| Error::not_found("answer of the run", run))
    }

    async fn find_response(&self, tenant: &TenantId, run: RunId) -> Result<Option<Arc<Response>>, Error> {
        let graph = self.graph_of(tenant, run).await?;
        let state = self.0.journal.load_run(tenant, run, &graph.workflow).await?;
        Ok(state.response().cloned())
    }

    /// The bytes of a run's answer.
    pub async fn response_body(
        &self,
        tenant: &TenantId,
        response: &Response,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        let damaged = |error: String| Error::Journal(JournalError::Damaged(error));
        match &response.body {
            ResponseBody::Empty => Ok(stream::empty().boxed()),
            ResponseBody::Text(text) => {
                let bytes = Bytes::copy_from_slice(text.as_bytes());
                Ok(stream::once(std::future::ready(Ok(bytes))).boxed())
            }
            ResponseBody::Stored { object, .. } => {
                let key = ObjectKey::of_tenant(tenant, object).map_err(|error| damaged(error.to_string()))?;
                let stored = self.0.objects.get_stream(&key).await;
                let stored = stored.map_err(|error| damaged(error.to_string()))?;
                Ok(stored.map_err(move |error| damaged(error.to_string())).boxed())
            }
        }
    }
}

impl Heard {
    fn answer(&self) -> Option<Answer> {
        match (&self.response, &self.ended) {
            (Some(response), _) => Some(Answer::Given(response.clone())),
            (None, Some(view)) => Some(Answer::Ended(view.clone())),
            (None, None) => None,
        }
    }
}

impl Drive {
    /// Tells those who wait what the run answered, as soon as that is durable. The run goes on meanwhile.
    pub(crate) fn let_answer_leave(&mut self, commands: &Commands) {
        let given = self.run.see().response().cloned();
        let Some(response) = given.filter(|_| !self.answer_left) else {
            return;
        };
        self.answer_left = true;
        let (shared, appender) = (self.shared.clone(), self.appender.clone());
        let heard = commands.heard().clone();
        tokio::spawn(async move {
            match retrying(&shared, || appender.flush()).await {
                Ok(()) => heard.send_modify(|heard| heard.response = Some(response)),
                // Whoever drives the run meets it, too.
                Err(error) => tracing::debug!(run = %appender.run_id(), %error, "an answer could not leave"),
            }
        });
    }
}

/// What a call answered, as the history has it.
pub(crate) async fn kept(call: &CallOfNode, given: Given) -> Result<Arc<Response>, StepError> {
    let body = match given.body {
        Body::Empty => ResponseBody::Empty,
        Body::Text(text) if text.len() <= INLINE => ResponseBody::Text(text.into()),
        Body::Text(text) => {
            let key = ObjectKey::run_blob(&call.facts.tenant, call.facts.run, random());
            let size = text.len() as u64;
            let stored = call.shared.objects.put(&key, text.into(), Durable::AtSync).await;
            stored.map_err(unavailable)?;
            let object = key.as_str().to_owned();
            call.appender.sync_with_next_flush(key);
            ResponseBody::Stored { object, size }
        }
        Body::Blob(blob) => ResponseBody::Stored {
            object: blob.object.to_string(),
            size: blob.size,
        },
    };
    Ok(Arc::new(Response {
        status: given.status,
        headers: given.headers,
        body,
    }))
}
