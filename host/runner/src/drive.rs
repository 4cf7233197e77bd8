use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;
use monshyflow_capabilities::http::Egress;
use monshyflow_catalog::Graph;
use monshyflow_clock::Stopwatch;
use monshyflow_engine::{
    CancelReason, Effect, Event, Input, Place, Resumed, ResumedBy, Run, RunStatus, StepId, resume, step,
};
use monshyflow_ids::{RunId, TenantId, WorkflowId};
use monshyflow_items::ItemList;
use monshyflow_journal::{Appender, Error as JournalError, Past};
use monshyflow_sandbox::EvaluatorInstance;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::allowance::Allowance;
use crate::answer::ResponseView;
use crate::call::{CallOfNode, call_node, expressions_port};
use crate::convert::Noted;
use crate::flow::Seat;
use crate::hold::{Commands, Driven};
use crate::inspect::view;
use crate::parameters::Sources;
use crate::recover::abort;
use crate::rerun::RunLineage;
use crate::runner::Shared;
use crate::shared_run::SharedRun;
use crate::start::chain;
use crate::view::variables;
use crate::waiting::Due;
use crate::{Error, Runner, metrics};

/// What others want of a run that is being driven.
#[derive(Debug)]
pub(crate) enum Command {
    Cancel {
        reason: CancelReason,
    },
    /// Somebody called the resume URL of this step; the answer is whether the step waited for it.
    Signal {
        place: Place,
        items: ItemList,
        heard: oneshot::Sender<bool>,
    },
}

/// One run on its way: the only place where the engine's effects become deeds.
pub(crate) struct Drive {
    pub(crate) shared: Arc<Shared>,
    pub(crate) facts: Arc<RunFacts>,
    pub(crate) appender: Appender,
    pub(crate) run: SharedRun,
    calls: JoinSet<Input>,
    /// The only call under way, driven by this task itself: handing it to another and back costs more than most calls.
    alone: Option<BoxFuture<'static, Input>>,
    notes: (mpsc::Sender<Noted>, mpsc::Receiver<Noted>),
    pub(crate) interrupts: HashMap<StepId, CancellationToken>,
    pub(crate) timers: FuturesUnordered<BoxFuture<'static, Due>>,
    /// What the run's history says of times, if another process began it, or this one let go of it.
    past: Past,
    allowance: Allowance,
    pub(crate) seat: Seat,
    /// Those who wait were told what the run answered, or are about to be.
    pub(crate) answer_left: bool,
}

/// What stays the same over a run.
#[derive(Debug)]
pub(crate) struct RunFacts {
    pub(crate) tenant: TenantId,
    pub(crate) run: RunId,
    pub(crate) workflow: WorkflowId,
    /// The run whose name the ids of steps bear: the first one, if this one goes on with what another began.
    pub(crate) steps_of: RunId,
    /// The run that it goes on with, if it does.
    pub(crate) resumes: Option<RunId>,
    /// Number of runs above it that called it.
    pub(crate) depth: u32,
    pub(crate) graph: Arc<Graph>,
    pub(crate) egress: Arc<Egress>,
    /// When the run was requested, milliseconds since 1970; what its clocks show.
    pub(crate) time_ms: u64,
    /// Its own failure starts no other run.
    pub(crate) deals_with_failure: bool,
    /// It is a run of a published version.
    pub(crate) published: bool,
    /// Where its only wait can be ended from outside.
    pub(crate) resume_url: String,
    /// For the expressions of this run alone; gone when the run ends or is let go of.
    pub(crate) evaluator: Option<EvaluatorInstance>,
}

impl Drive {
    pub(crate) fn new(shared: Arc<Shared>, facts: RunFacts, appender: Appender, run: Run) -> Self {
        let flow = RunLineage::of(&appender.doc().options).flow;
        Self {
            seat: Seat::new(&shared, &facts, flow),
            allowance: Allowance::new(shared.clock.clone(), Duration::MAX),
            shared,
            facts: Arc::new(facts),
            appender,
            run: SharedRun::new(run),
            calls: JoinSet::new(),
            alone: None,
            notes: mpsc::channel(64),
            interrupts: HashMap::new(),
            timers: FuturesUnordered::new(),
            past: Past::default(),
            answer_left: false,
        }
    }

    pub(crate) fn with_past(self, past: Past) -> Self {
        Self { past, ..self }
    }

    /// Begins a new run and drives it to its end.
    pub(crate) async fn start(mut self, commands: Commands) -> Result<Driven, Error> {
        self.be_seated(&commands).await?;
        let stopped = commands.stop().reason();
        let first = stopped.map_or(Input::Start, |reason| Input::Cancel { reason });
        self.take(first).await?;
        self.until_finished(commands).await
    }

    /// Goes on with a run that was replayed from its history.
    pub(crate) async fn go_on(mut self, mut commands: Commands) -> Result<Driven, Error> {
        if !self.run.see().is_finished() {
            self.be_seated(&commands).await?;
            // Nothing is called again in a run that ends anyway.
            let mut first = commands.try_recv();
            if self.time_left().is_zero() {
                self.take(Input::TimeOut).await?;
            } else if let Some(Command::Cancel { reason }) = first {
                self.take(Input::Cancel { reason }).await?;
                first = None;
            }
            let workflow = self.facts.graph.workflow.clone();
            let effects = resume(&workflow, &mut self.run.change());
            self.perform(effects).await?;
            self.past.failed_at.clear();
            if let Some(first) = first {
                self.take_seat_again(&commands).await?;
                self.obey(first).await?;
            }
            if self.run.see().status() == RunStatus::Queued {
                self.take(Input::Start).await?;
            }
        }
        self.until_finished(commands).await
    }

    async fn until_finished(mut self, mut commands: Commands) -> Result<Driven, Error> {
        self.allowance = Allowance::new(self.shared.clock.clone(), self.time_left());
        self.allowance
            .follow(self.run.see().status() == RunStatus::Running);
        let mut timed_out = false;
        while !self.run.see().is_finished() {
            self.let_answer_leave(&commands);
            self.leave_seat_if_waiting();
            if let Some(wake_at) = self.may_let_go(&commands) {
                return self.let_go(wake_at).await;
            }
            let input = tokio::select! {
                // Notes first: what a call said stands before its result.
                biased;
                Some(noted) = self.notes.1.recv() => {
                    self.record(&noted.into_event())?;
                    continue;
                }
                Some(joined) = self.calls.join_next() => match joined {
                    Ok(input) => input,
                    Err(error) => return Err(lost_call(&error)),
                },
                input = poll_alone(&mut self.alone) => input,
                Some(due) = self.timers.next() => match self.still_due(due) {
                    Some(input) => input,
                    None => continue,
                },
                Some(command) = commands.recv() => {
                    self.take_seat_again(&commands).await?;
                    match self.obey(command).await? {
                        Some(input) => input,
                        None => continue,
                    }
                }
                () = self.allowance.used_up(), if !timed_out => {
                    timed_out = true;
                    Input::TimeOut
                }
                () = self.shared.abandon.cancelled() => return Err(Error::ShuttingDown),
            };
            // What a call said while it was polled for the last time.
            while let Ok(noted) = self.notes.1.try_recv() {
                self.record(&noted.into_event())?;
            }
            self.take_seat_again(&commands).await?;
            if let Err(error) = self.take(input).await {
                self.give_up(error).await?;
            }
        }
        self.finish().await
    }

    /// A run that was taken over has what its first worker left of its time.
    fn time_left(&self) -> Duration {
        let limit = self
            .facts
            .graph
            .workflow
            .settings
            .timeout_ms
            .map(Duration::from_millis);
        let limit = limit.unwrap_or(self.shared.limits.run_timeout);
        let since = match (self.run.see().status(), self.past.last_at) {
            (RunStatus::Running, Some(last)) => self.since(last),
            _ => Duration::ZERO,
        };
        limit.saturating_sub(self.past.worked + since)
    }

    /// Nothing if the clock was set back meanwhile.
    fn since(&self, then: Timestamp) -> Duration {
        Duration::try_from(self.shared.clock.now().duration_since(then)).unwrap_or_default()
    }

    /// An event that the history cannot hold ends the run as failed, with the reason; other errors let go of it.
    async fn give_up(&mut self, error: Error) -> Result<(), Error> {
        match &error {
            Error::Journal(JournalError::TooLarge { .. }) => self.take(abort(chain(&error))).await,
            _ => Err(error),
        }
    }

    /// The terminal event is durable before anybody hears of it.
    async fn finish(self) -> Result<Driven, Error> {
        let doc = retrying(&self.shared, || self.appender.finish()).await?;
        let workflow = &self.facts.graph.workflow;
        let mut view = view(self.facts.run, &doc, Some(workflow));
        let runner = Runner(self.shared.clone());
        view.variables = variables(&self.run.see());
        view.response = self
            .run
            .see()
            .response()
            .map(|response| ResponseView::of(self.facts.run, response));
        let left = self.run.see().result(workflow);
        view.result = Some(runner.result(&self.facts.tenant, workflow, left).await?);
        if let (Some(finished), created) = (doc.finished_at, doc.created_at) {
            let wall = finished.duration_since(created).try_into().unwrap_or_default();
            metrics::run_finished(view.status, wall);
        }
        Ok(Driven::Ended(Box::new(view)))
    }

    pub(crate) async fn take(&mut self, input: Input) -> Result<(), Error> {
        match &input {
            Input::Succeeded { step, .. }
            | Input::Failed { step, .. }
            | Input::Suspended { step, .. }
            | Input::Resumed {
                step,
                by: ResumedBy::Children,
                ..
            } => {
                self.interrupts.remove(step);
            }
            _ => {}
        }
        let workflow = self.facts.graph.workflow.clone();
        let effects = step(&workflow, &mut self.run.change(), input);
        // Before anybody can see that it waits: time that passes from then on is not the run's.
        self.allowance
            .follow(self.run.see().status() == RunStatus::Running);
        self.perform(effects).await
    }

    async fn perform(&mut self, effects: Vec<Effect>) -> Result<(), Error> {
        // Before others can see what happened: delays count from then on.
        let decided = self.shared.clock.stopwatch();
        let mut calls = Vec::new();
        for effect in effects {
            match effect {
                Effect::Record(event) => {
                    if let Event::RunFailed { .. } | Event::RunTimedOut = &event
                        && let Some(error_run) = self.error_run(&event)
                    {
                        retrying(&self.shared, || self.appender.flush()).await?;
                        error_run.begin().await?;
                    }
                    self.record(&event)?;
                }
                Effect::Call {
                    step,
                    inputs,
                    resumed,
                } => calls.push(self.call(step, inputs, resumed).await?),
                Effect::Wait { step, wait } => self.wait_for(step, wait).await?,
                Effect::RetryAfter { step, delay_ms } => self.retry_after(step, delay_ms, &decided),
                Effect::Interrupt { step } => {
                    if let Some(interrupt) = self.interrupts.get(&step) {
                        interrupt.cancel();
                    }
                }
                // `until_finished` sees it in the run's state.
                Effect::Finished(_) => {}
            }
        }
        self.begin(calls);
        self.appender.room().await?;
        self.keep_within_budget().await
    }

    fn record(&mut self, event: &Event) -> Result<(), Error> {
        // What an effectful node did becomes durable at once, so that a crash repeats as little as possible.
        let urgent = match event {
            Event::StepSucceeded { step, .. }
            | Event::StepFailed { step, .. }
            | Event::StepSuspended { step, .. } => !self.is_pure(step),
            _ => false,
        };
        self.appender.record(event)?;
        if urgent {
            let appender = self.appender.clone();
            // A failure comes back at the next flush, which is waited for.
            tokio::spawn(async move { appender.flush().await });
        }
        Ok(())
    }

    /// Before the world can notice the call, all that led to it is durable.
    async fn call(
        &mut self,
        step: StepId,
        inputs: Vec<ItemList>,
        resumed: Option<Resumed>,
    ) -> Result<CallOfNode, Error> {
        if !self.is_pure(&step) {
            retrying(&self.shared, || self.appender.flush()).await?;
        }
        let interrupt = CancellationToken::new();
        self.interrupts.insert(step.clone(), interrupt.clone());
        let workflow = &self.facts.graph.workflow;
        let port = expressions_port(workflow.node(step.node), resumed.is_some());
        Ok(CallOfNode {
            sources: Sources::new(workflow, &self.run, &step, port),
            shared: self.shared.clone(),
            facts: self.facts.clone(),
            appender: self.appender.clone(),
            step,
            inputs,
            resumed,
            interrupt,
            notes: self.notes.0.clone(),
        })
    }

    /// Calls that can go on at the same time get tasks of their own.
    fn begin(&mut self, calls: Vec<CallOfNode>) {
        let only = calls.len() == 1 && self.calls.is_empty() && self.alone.is_none();
        for call in calls {
            if only {
                self.alone = Some(Box::pin(call_node(call)));
            } else {
                self.calls.spawn(call_node(call));
            }
        }
    }

    /// Up to a tenth of the delay more, so that what failed together does not come back together. What passed of it before
    /// the run was taken up is not waited for again.
    fn retry_after(&mut self, step: StepId, delay_ms: u64, decided: &Stopwatch) {
        let [random] = monshyflow_clock::random::<1>();
        let jitter = delay_ms / 10 * u64::from(random) / 255;
        let failed_at = self.past.failed_at.get(&step.place());
        let passed = failed_at.map_or(Duration::ZERO, |at| self.since(*at));
        let delay = Duration::from_millis(delay_ms + jitter).saturating_sub(passed);
        let decided = decided.clone();
        self.due(None, async move {
            decided.reaches(delay).await;
            Input::RetryDue { step }
        });
    }

    pub(crate) fn has_calls(&self) -> bool {
        !self.calls.is_empty() || self.alone.is_some()
    }

    fn is_pure(&self, step: &StepId) -> bool {
        self.facts.graph.workflow.node(step.node).node_type.pure
    }

    /// Stored items are read again when they are needed; memory is for what is on its way.
    async fn keep_within_budget(&mut self) -> Result<(), Error> {
        let limit = self.shared.limits.run_memory;
        let old_rounds = self.run.change().rounds_beyond(limit);
        let within = || self.shared.memory_of(&self.run.see(), &self.facts.graph) <= limit;
        if old_rounds.is_none() && within() {
            return Ok(());
        }
        let old_rounds = old_rounds.unwrap_or_default();
        let moved = retrying(&self.shared, || self.appender.move_lists(&old_rounds)).await?;
        self.run.change().forget_stored(&moved);
        Ok(())
    }
}

/// Never ready if there is no such call.
async fn poll_alone(alone: &mut Option<BoxFuture<'static, Input>>) -> Input {
    match alone {
        Some(call) => {
            let input = call.await;
            *alone = None;
            input
        }
        None => std::future::pending().await,
    }
}

/// A full disk or a store that is away ends no run: it waits until it can be written again.
pub(crate) async fn retrying<T, F>(shared: &Shared, mut write: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, JournalError>>,
{
    let mut pause = Duration::from_millis(100);
    loop {
        match write().await {
            Err(JournalError::Unavailable(why)) => {
                tracing::warn!(why, ?pause, "the history cannot be written; trying again");
                tokio::select! {
                    () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(10)),
                    () = shared.abandon.cancelled() => return Err(Error::ShuttingDown),
                }
            }
            other => return Ok(other?),
        }
    }
}

fn lost_call(error: &tokio::task::JoinError) -> Error {
    tracing::error!(%error, "the task of a call was lost");
    Error::ShuttingDown
}
