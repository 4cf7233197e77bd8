use std::collections::{BTreeMap, HashMap};

use monshyflow_engine::{Call, Place, Seen, StepError, StepId, Variables};
use monshyflow_expressions::{Evaluation, ExpressionError, MAX_PARAMETER_BYTES, Output, Scope};
use monshyflow_ids::TenantId;
use monshyflow_items::{Item, ItemList};
use monshyflow_journal::Journal;
use monshyflow_sandbox::EvaluatorLimits;
use monshyflow_workflow::{Expression, Origin, Pick, PortIndex, Reference, Root, Template, Workflow};

use crate::call::unavailable;
use crate::drive::RunFacts;
use crate::javascript;
use crate::lineage::{Lineage, LineageError};
use crate::shared_run::SharedRun;
use crate::start::chain;

/// What a step's expressions look at beside the current item, as it is when the step is called.
#[derive(Default)]
pub(crate) struct Sources {
    references: Vec<Reference>,
    /// Outputs by node name, all ports one after the other.
    nodes: BTreeMap<String, ItemList>,
    /// For `$vars`: a JSON object.
    variables: Option<Box<str>>,
    /// For `$('Name').item`: the whole run, through which items are traced back, and the call whose items they are.
    run: Option<(SharedRun, Call)>,
}

/// The same, read into memory. Made once for all batches of a step.
pub(crate) struct Loaded {
    input: Held,
    nodes: BTreeMap<String, Held>,
    variables: Option<Box<str>>,
    ancestors: Vec<String>,
    run: Option<(SharedRun, Call)>,
    /// The input that `$json` is of.
    port: PortIndex,
}

/// Parameters that are wanted, and for which items.
pub(crate) struct Wanted<'a> {
    pub(crate) template: &'a Template,
    pub(crate) items: &'a [Item],
    /// Index of the first of them in the whole input.
    pub(crate) first: u32,
    pub(crate) limits: &'a EvaluatorLimits,
}

#[derive(Default)]
struct Held {
    first: Option<Item>,
    last: Option<Item>,
    all: Option<Vec<Item>>,
}

impl Sources {
    pub(crate) fn new(workflow: &Workflow, run: &SharedRun, step: &StepId) -> Self {
        Self::of(&workflow.node(step.node).params, workflow, run, &step.place())
    }

    /// What `template` looks at, as if it were a parameter of the node there.
    pub(crate) fn of(template: &Template, workflow: &Workflow, shared: &SharedRun, place: &Place) -> Self {
        let mut sources = Self::default();
        if template.constant().is_some() {
            return sources;
        }
        let run = shared.see();
        if may_see_variables(template) {
            sources.variables = Some(object(&run.variables_at(place)).into());
        }
        let names: Vec<&str> = workflow.nodes.iter().map(|node| node.name.as_str()).collect();
        sources.references = template.references_among(&names);
        for reference in &sources.references {
            let Origin::Node(name) = &reference.origin else {
                continue;
            };
            if reference.pick == Pick::Item {
                let number = run.last_call(place).unwrap_or(0);
                let place = place.clone();
                sources.run = Some((shared.clone(), Call { place, number }));
            }
            let Some(node) = workflow.by_name(name) else {
                continue;
            };
            let Seen::Outputs { outputs, .. } = run.outputs_at(workflow, node, place) else {
                continue;
            };
            let mut all = ItemList::default();
            outputs.iter().for_each(|(_, list)| all.append(list));
            sources.nodes.insert(name.clone(), all);
        }
        sources
    }
}

impl Loaded {
    /// Reads what `sources` are for. `limit` bounds lists that are wanted whole, in bytes.
    pub(crate) async fn load(
        journal: &Journal,
        tenant: &TenantId,
        sources: Sources,
        (port, input): (PortIndex, &ItemList),
        limit: u64,
    ) -> Result<Self, StepError> {
        let mut loaded = Self {
            input: Held::default(),
            nodes: BTreeMap::new(),
            variables: sources.variables,
            ancestors: Vec::new(),
            run: sources.run,
            port,
        };
        for Reference { origin, pick } in &sources.references {
            let (list, held) = match origin {
                Origin::Input => (Some(input), &mut loaded.input),
                Origin::Node(name) => {
                    if *pick == Pick::Item {
                        loaded.ancestors.push(name.clone());
                    }
                    let Some(list) = sources.nodes.get(name) else {
                        continue;
                    };
                    (Some(list), loaded.nodes.entry(name.clone()).or_default())
                }
            };
            if let Some(list) = list {
                held.read(journal, tenant, list, *pick, limit).await?;
            }
        }
        Ok(loaded)
    }

    /// Parameters for one batch of the step's items.
    pub(crate) async fn resolve(
        &self,
        journal: &Journal,
        facts: &RunFacts,
        step: &StepId,
        wanted: Wanted<'_>,
    ) -> Result<Evaluation, ExpressionError> {
        let Wanted {
            template,
            items,
            first,
            limits,
        } = wanted;
        let workflow = &facts.graph.workflow;
        let node = workflow.node(step.node);
        let ancestors = self.trace(journal, facts, items.len(), first).await;
        let ancestors = ancestors.map_err(|error| match error {
            LineageError::Unavailable(error) => ExpressionError::host_fault(&node.name, chain(&error)),
            error @ LineageError::TooLong { .. } => {
                ExpressionError::lineage_too_long(&node.name, error.to_string())
            }
        })?;
        let everything: BTreeMap<&str, Vec<&Item>> = self
            .nodes
            .iter()
            .map(|(name, held)| (name.as_str(), held.everything()))
            .collect();
        let whole_input = self.input.everything();
        let output = |name: &str| {
            let held = self.nodes.get(name)?;
            Some(held.output(everything.get(name)?))
        };
        let ancestor = |name: &str, index: usize| ancestors.get(name)?.get(&index);
        let (run_id, workflow_id) = (facts.run.to_string(), facts.workflow.to_string());
        let scope = Scope {
            node: &node.name,
            items,
            first_index: first as usize,
            input: self.input.output(&whole_input),
            output: &output,
            ancestor: &ancestor,
            run_id: &run_id,
            workflow_id: &workflow_id,
            workflow_name: &workflow.name,
            variables: self.variables.as_deref().unwrap_or("{}"),
            limit: MAX_PARAMETER_BYTES,
        };
        javascript::evaluate(template, &scope, facts, step, limits).await
    }

    /// Ancestors of a batch's items, by node name and place in the whole input.
    async fn trace(
        &self,
        journal: &Journal,
        facts: &RunFacts,
        count: usize,
        first: u32,
    ) -> Result<BTreeMap<&str, HashMap<usize, Item>>, LineageError> {
        let mut found = BTreeMap::new();
        let Some((run, call)) = &self.run else {
            return Ok(found);
        };
        let workflow = &facts.graph.workflow;
        let lineage = Lineage {
            journal,
            tenant: &facts.tenant,
            workflow,
            run,
            call,
            port: self.port,
        };
        let first = first as usize;
        for name in &self.ancestors {
            if let Some(ancestor) = workflow.by_name(name) {
                found.insert(name.as_str(), lineage.find(first..first + count, ancestor).await?);
            }
        }
        Ok(found)
    }
}

/// What JavaScript looks at is not known.
fn may_see_variables(template: &Template) -> bool {
    let sees = |expression: &Expression| {
        let mut paths = expression.paths();
        expression.is_javascript() || paths.any(|path| path.root == Root::Variables)
    };
    template.expressions().into_iter().any(sees)
}

/// As JSON. Names are such that nothing in them is to be escaped.
fn object(variables: &Variables) -> String {
    let members: Vec<String> = variables
        .iter()
        .map(|(name, value)| format!("\"{name}\":{}", value.as_str()))
        .collect();
    format!("{{{}}}", members.join(","))
}

impl Held {
    async fn read(
        &mut self,
        journal: &Journal,
        tenant: &TenantId,
        list: &ItemList,
        pick: Pick,
        limit: u64,
    ) -> Result<(), StepError> {
        if pick == Pick::Item {
            return Ok(());
        }
        if let (None, Some(segment)) = (&self.first, list.segments().first()) {
            let items = journal.load_segment(tenant, segment).await.map_err(unavailable)?;
            self.first = items.first().cloned();
        }
        if let (None, Some(segment)) = (&self.last, list.segments().last()) {
            let items = journal.load_segment(tenant, segment).await.map_err(unavailable)?;
            self.last = items.last().cloned();
        }
        if pick != Pick::All || self.all.is_some() {
            return Ok(());
        }
        if list.size() > limit {
            return Err(StepError {
                code: "parameters-too-large".to_owned(),
                message: format!("`all()` would take {} bytes; the limit is {limit}", list.size()),
                retryable: false,
                retry_after_ms: None,
                details: None,
            });
        }
        let mut all = Vec::with_capacity(list.len());
        for segment in list.segments() {
            all.extend(
                journal
                    .load_segment(tenant, segment)
                    .await
                    .map_err(unavailable)?
                    .iter()
                    .cloned(),
            );
        }
        self.all = Some(all);
        Ok(())
    }

    fn everything(&self) -> Vec<&Item> {
        self.all.iter().flatten().collect()
    }

    fn output<'a>(&'a self, everything: &'a [&'a Item]) -> Output<'a> {
        Output {
            first: self.first.as_ref(),
            last: self.last.as_ref(),
            all: self.all.is_some().then_some(everything),
        }
    }
}
