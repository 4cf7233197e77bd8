use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use monshyflow_clock::Clock;
use monshyflow_ids::TenantId;
use monshyflow_manifest::TypeName;
use monshyflow_sandbox::Sandbox;
use monshyflow_store::{Collection, Objects, Store};
use tokio::sync::OnceCell;

use crate::{Component, Definition, Grant, Graph};

/// Graphs that stay in memory; past that, the cache starts anew.
const GRAPHS_IN_MEMORY: usize = 1_000;

pub(crate) static COMPONENTS: Collection = Collection {
    name: "components",
    unique: &[],
    indexes: &[],
    across_tenants: &[],
};
pub(crate) static NODE_TYPES: Collection = Collection {
    name: "node_types",
    unique: &[],
    indexes: &[],
    across_tenants: &[],
};
pub(crate) static GRAPHS: Collection = Collection {
    name: "graphs",
    unique: &[],
    indexes: &[],
    across_tenants: &[],
};
pub(crate) static WORKFLOWS: Collection = Collection {
    name: "workflows",
    unique: &[&["idempotencyKey"]],
    indexes: &[&["updatedAt"]],
    across_tenants: &[],
};
pub(crate) static VERSIONS: Collection = Collection {
    name: "workflow_versions",
    unique: &[&["workflow", "number"], &["workflow", "idempotencyKey"]],
    indexes: &[],
    across_tenants: &[],
};

/// What a catalog is made of.
#[derive(Debug)]
pub struct Config {
    pub store: Store,
    pub objects: Objects,
    pub sandbox: Sandbox,
    pub clock: Clock,
}

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Catalog(pub(crate) Arc<Inner>);

/// Loaded once, however many ask for it at the same time.
pub(crate) type ComponentCell = Arc<OnceCell<Arc<Component>>>;

/// The digest of the component that asked, and what it may do.
type Granted = (String, Arc<[Grant]>);

/// What tenants allow node types.
#[derive(Debug, Default)]
pub(crate) struct GrantCache {
    pub(crate) known: HashMap<(TenantId, TypeName), Granted>,
    /// How often a grant was changed.
    pub(crate) changes: u64,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) objects: Objects,
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Clock,
    pub(crate) builtins: Mutex<BTreeMap<TypeName, Arc<Definition>>>,
    /// By digest. Loaded when first called: a server has many node types and uses few.
    pub(crate) builtin_components: Mutex<HashMap<String, ComponentCell>>,
    pub(crate) components: Mutex<HashMap<(TenantId, String), ComponentCell>>,
    pub(crate) graphs: Mutex<HashMap<(TenantId, String), Arc<Graph>>>,
    pub(crate) grants: Mutex<GrantCache>,
}

impl Catalog {
    /// Every collection that the catalog keeps, for `Store::open`.
    pub const COLLECTIONS: [&'static Collection; 5] =
        [&COMPONENTS, &NODE_TYPES, &GRAPHS, &WORKFLOWS, &VERSIONS];

    pub fn new(config: Config) -> Self {
        let Config {
            store,
            objects,
            sandbox,
            clock,
        } = config;
        Self(Arc::new(Inner {
            store,
            objects,
            sandbox,
            clock,
            builtins: Mutex::default(),
            builtin_components: Mutex::default(),
            components: Mutex::default(),
            graphs: Mutex::default(),
            grants: Mutex::default(),
        }))
    }
}

impl Inner {
    pub(crate) fn cached_graph(&self, tenant: &TenantId, digest: &str) -> Option<Arc<Graph>> {
        locked(&self.graphs)
            .get(&(tenant.clone(), digest.to_owned()))
            .cloned()
    }

    pub(crate) fn cache_graph(&self, tenant: &TenantId, graph: &Arc<Graph>) {
        let mut graphs = locked(&self.graphs);
        if graphs.len() >= GRAPHS_IN_MEMORY {
            graphs.clear();
        }
        graphs.insert((tenant.clone(), graph.digest.clone()), graph.clone());
    }
}

/// The maps are only ever replaced entry by entry, so one that a panic left behind is still whole.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
