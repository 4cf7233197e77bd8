use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::time::Duration;

use monshyflow_engine::{Call, Delivery, Place, StepError, StepId, Variables};
use monshyflow_expressions::{
    Asked, Emitted, Evaluation, ExpressionError, MAX_PARAMETER_BYTES, Missing, MissingItem, Scope,
};
use monshyflow_ids::TenantId;
use monshyflow_items::{Item, ItemList};
use monshyflow_journal::Journal;
use monshyflow_sandbox::EvaluatorLimits;
use monshyflow_workflow::{Expression, Origin, Pick, PortIndex, Reference, Root, Template, Workflow};

use crate::drive::RunFacts;
use crate::emission::{Emission, Held, items_in};
use crate::javascript;
use crate::lineage::{Lineage, LineageError};
use crate::shared_run::SharedRun;
use crate::start::chain;

/// Items around one that is asked for by its index are loaded with it: so many the first time, then the next number. Whoever
/// asks for more than that wants all of them.
const ASKED_ITEMS: [usize; 4] = [256, 1_024, 4_096, 16_384];

/// What a step's expressions look at beside the current item, as it is when the step is called.
#[derive(Default)]
pub(crate) struct Sources {
    references: Vec<Reference>,
    nodes: BTreeMap<String, Emission<ItemList>>,
    /// For `$prevNode`.
    previous: Option<Delivery>,
    /// For `$vars`: a JSON object.
    variables: Option<Box<str>>,
    /// For `$('Name').item`: the whole run, through which items are traced back, and the call whose items they are.
    run: Option<(SharedRun, Call)>,
}

/// The same, read into memory. Made once for all batches of a step.
pub(crate) struct Loaded {
    input: Held,
    nodes: BTreeMap<String, Emission<Option<Held>>>,
    previous: Option<Delivery>,
    variables: Option<Box<str>>,
    ancestors: Vec<String>,
    run: Option<(SharedRun, Call)>,
    /// The input that `$json` is of.
    port: PortIndex,
    list: ItemList,
}

/// Parameters that are wanted, and for which items.
pub(crate) struct Wanted<'a> {
    pub(crate) template: &'a Template,
    pub(crate) items: &'a [Item],
    /// Index of the first of them in the whole input.
    pub(crate) first: u32,
    pub(crate) limits: &'a EvaluatorLimits,
}

impl Sources {
    pub(crate) fn new(workflow: &Workflow, run: &SharedRun, step: &StepId, port: PortIndex) -> Self {
        let params = &workflow.node(step.node).params;
        Self::of(params, workflow, run, &step.place(), port)
    }

    /// What `template` looks at, as if it were a parameter of the node there. `port` is the input that `$json` is of.
    pub(crate) fn of(
        template: &Template,
        workflow: &Workflow,
        shared: &SharedRun,
        place: &Place,
        port: PortIndex,
    ) -> Self {
        let mut sources = Self::default();
        if template.constant().is_some() {
            return sources;
        }
        let run = shared.see();
        if may_see_variables(template) {
            sources.variables = Some(object(&run.variables_at(place)).into());
        }
        if template.has_javascript() {
            sources.previous = run.delivery(workflow, place, port);
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
            let node = workflow.by_name(name);
            if let Some(sent) = node.and_then(|node| Emission::seen(workflow, &run, node, place)) {
                sources.nodes.insert(name.clone(), sent);
            }
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
            previous: sources.previous,
            variables: sources.variables,
            ancestors: Vec::new(),
            run: sources.run,
            port,
            list: input.clone(),
        };
        for Reference { origin, pick, branch } in &sources.references {
            let Origin::Node(name) = origin else {
                loaded.input.read(journal, tenant, input, *pick, limit).await?;
                continue;
            };
            if *pick == Pick::Item {
                loaded.ancestors.push(name.clone());
            }
            let Some(sent) = sources.nodes.get(name) else {
                continue;
            };
            let held = loaded
                .nodes
                .entry(name.clone())
                .or_insert_with(|| sent.nothing_held());
            for index in sent.named(*branch).filter(|_| *pick != Pick::Item) {
                let held = held.ports[index].get_or_insert_default();
                held.read(journal, tenant, &sent.ports[index], *pick, limit)
                    .await?;
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
        let node = &facts.graph.workflow.node(step.node).name;
        let untraced = |error: LineageError| match error {
            LineageError::Unavailable(error) => ExpressionError::host_fault(node, chain(&error)),
            error @ LineageError::TooLong { .. } => {
                ExpressionError::lineage_too_long(node, error.to_string())
            }
        };
        let (first, count) = (wanted.first as usize, wanted.items.len());
        let near = self.trace(journal, facts, first..first + count).await;
        let near = near.map_err(untraced)?;
        let mut asked = Asked::default();
        let (mut guest_cpu, mut peak_memory) = (Duration::ZERO, 0);
        let mut sizes = ASKED_ITEMS.into_iter();
        loop {
            let evaluated = self.evaluate(facts, step, &wanted, &near, &asked).await;
            let (missing, error) = match evaluated {
                Ok(mut evaluation) => {
                    evaluation.guest_cpu += guest_cpu;
                    evaluation.peak_memory = evaluation.peak_memory.max(peak_memory);
                    return Ok(evaluation);
                }
                Err(mut error) => match error.missing.take() {
                    Some(missing) => (missing, error),
                    None => return Err(error),
                },
            };
            let size = sizes.next().ok_or(error)?;
            guest_cpu += missing.guest_cpu;
            peak_memory = peak_memory.max(missing.peak_memory);
            let loaded = self.load_asked(journal, facts, (&missing, size), &mut asked);
            loaded.await.map_err(untraced)?;
        }
    }

    async fn evaluate(
        &self,
        facts: &RunFacts,
        step: &StepId,
        wanted: &Wanted<'_>,
        near: &Ancestors<'_>,
        asked: &Asked,
    ) -> Result<Evaluation, ExpressionError> {
        let workflow = &facts.graph.workflow;
        let lists: Vec<_> = self.nodes.values().map(Emission::lists).collect();
        let emitted = self.nodes.iter().zip(&lists);
        let outputs: BTreeMap<&str, _> = emitted
            .map(|((name, held), lists)| (name.as_str(), held.outputs(lists)))
            .collect();
        let whole_input = self.input.list();
        let output = |name: &str| -> Option<Emitted<'_>> {
            let held = self.nodes.get(name)?;
            Some(held.emitted(outputs.get(name)?))
        };
        let ancestor = |name: &str, index: usize| near.get(name)?.get(&index);
        let (run_id, workflow_id) = (facts.run.to_string(), facts.workflow.to_string());
        let scope = Scope {
            node: &workflow.node(step.node).name,
            items: wanted.items,
            first_index: wanted.first as usize,
            input: self.input.output(&whole_input),
            input_count: self.list.len(),
            output: &output,
            ancestor: &ancestor,
            asked,
            run_id: &run_id,
            workflow_id: &workflow_id,
            workflow_name: &workflow.name,
            variables: self.variables.as_deref().unwrap_or("{}"),
            limit: MAX_PARAMETER_BYTES,
        };
        let previous = self.previous.as_ref();
        javascript::evaluate(wanted.template, &scope, facts, step, wanted.limits, previous).await
    }

    /// Items that an expression asked for by their index, with those around them.
    async fn load_asked(
        &self,
        journal: &Journal,
        facts: &RunFacts,
        (missing, size): (&Missing, usize),
        asked: &mut Asked,
    ) -> Result<(), LineageError> {
        for MissingItem { node, index } in &missing.items {
            let start = index - index % size;
            let page = start..(start + size).min(self.list.len());
            match node {
                None if !asked.input.contains_key(index) => {
                    let items = items_in(journal, &facts.tenant, &self.list, page.clone()).await;
                    asked.input.extend(page.zip(items?));
                }
                Some(name) if asked.ancestors.get(name).is_none_or(|of| !of.contains_key(index)) => {
                    let mut found = self.trace(journal, facts, page.clone()).await?;
                    let mut found = found.remove(name.as_str()).unwrap_or_default();
                    let of_page = page.map(|index| (index, found.remove(&index)));
                    asked.ancestors.entry(name.clone()).or_default().extend(of_page);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Ancestors of items of the input, by node name and place in the whole input.
    async fn trace(
        &self,
        journal: &Journal,
        facts: &RunFacts,
        range: Range<usize>,
    ) -> Result<Ancestors<'_>, LineageError> {
        let mut found = Ancestors::new();
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
        for name in &self.ancestors {
            if let Some(ancestor) = workflow.by_name(name) {
                found.insert(name.as_str(), lineage.find(range.clone(), ancestor).await?);
            }
        }
        Ok(found)
    }
}

/// By node name and place in the whole input.
type Ancestors<'a> = BTreeMap<&'a str, HashMap<usize, Item>>;

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
