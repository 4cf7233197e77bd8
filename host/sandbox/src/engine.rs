use monshyflow_capabilities::{MAX_CORE_INSTANCES, MAX_MEMORIES, MAX_TABLES};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy,
    WasmBacktraceDetails, WasmFeatures,
};

use crate::precheck::ALLOWED;

/// Largest linear memory that any budget can allow, in bytes. Takes address space, not memory.
const MAX_MEMORY: usize = 512 << 20;
/// Most elements of one table. Interpreters of other languages have some ten thousand.
const MAX_TABLE_ELEMENTS: usize = 100_000;
/// Bytes of host data for one component's instances.
const MAX_METADATA: usize = 10 << 20;
/// Bytes of a used memory that stay resident for the next call, where the kernel says which pages are dirty.
/// wasmtime asks for the first 32 ranges of such pages and gives back all that lies behind them: an interpreter that writes here and
/// there, as QuickJS does, takes some hundred page faults in every call, half of what a short one costs.
const KEEP_RESIDENT: usize = 16 << 20;
/// Bytes of a used table that are wiped instead of given back to the kernel: giving back interrupts every processor.
const TABLE_KEEP_RESIDENT: usize = 64 << 10;
/// Memories that keep their pages while nobody uses them. With `KEEP_RESIDENT` this bounds what an idle host holds.
const WARM_SLOTS: u32 = 32;

/// Where instances come from. Does not change the code that is generated.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Allocation {
    /// Slots for this many calls at the same time, and for evaluators of expressions that live beside them.
    Pool {
        calls: u32,
        evaluators: u32,
    },
    OnDemand,
}

/// How hard the compiler tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    Full,
    /// Code that keeps the optimiser busy for minutes compiles in a fraction.
    Least,
}

/// The only place where an engine is made, so that what compiles a component and what runs it cannot differ.
///
/// Left out at compile time, see Cargo.toml: WASI 0.3's async, garbage collection, threads, stack switching, winch.
#[expect(clippy::disallowed_methods, reason = "this is the way that the lint names")]
pub(crate) fn build(allocation: Allocation, effort: Effort) -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .epoch_interruption(true)
        .wasm_features(WasmFeatures::all().difference(ALLOWED).intersection(KNOWN), false)
        // What the engine itself puts between two components within one, such as an interpreter and its stubs of WASI, copies
        // from memory to memory. In modules of guests the check before compiling refuses it.
        .wasm_multi_memory(true)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .cranelift_opt_level(match effort {
            Effort::Full => OptLevel::Speed,
            Effort::Least => OptLevel::None,
        })
        .allocation_strategy(match allocation {
            Allocation::Pool { calls, evaluators } => {
                InstanceAllocationStrategy::Pooling(pool(calls + evaluators))
            }
            Allocation::OnDemand => InstanceAllocationStrategy::OnDemand,
        });
    Engine::new(&config)
}

/// Proposals that wasmtime has a switch for in this build.
const KNOWN: WasmFeatures = WasmFeatures::MULTI_MEMORY
    .union(WasmFeatures::MEMORY64)
    .union(WasmFeatures::RELAXED_SIMD)
    .union(WasmFeatures::CUSTOM_PAGE_SIZES)
    .union(WasmFeatures::WIDE_ARITHMETIC);

/// Instances, memories and tables suffice for every call being the greediest that is allowed: an exhausted pool is an
/// error for an innocent call, and what is not used costs only address space.
fn pool(calls: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls * 2)
        .total_core_instances(calls * MAX_CORE_INSTANCES)
        .total_memories(calls * MAX_MEMORIES)
        .total_tables(calls * MAX_TABLES)
        .total_stacks(calls * 2)
        .max_core_instances_per_component(MAX_CORE_INSTANCES)
        .max_memories_per_component(MAX_MEMORIES)
        .max_tables_per_component(MAX_TABLES)
        .max_component_instance_size(MAX_METADATA)
        .max_core_instance_size(MAX_METADATA)
        .max_memory_size(MAX_MEMORY)
        .table_elements(MAX_TABLE_ELEMENTS)
        .table_keep_resident(TABLE_KEEP_RESIDENT)
        .max_unused_warm_slots(WARM_SLOTS);
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        // Without the scan, keeping pages is slower than giving them back.
        pool.pagemap_scan(Enabled::Yes)
            .linear_memory_keep_resident(KEEP_RESIDENT);
    }
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the engine is not to come into being")]
    fn asynchronous_components_are_not_compiled_in() {
        let error = Engine::new(Config::new().concurrency_support(true))
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains("not compiled"), "{error}");
    }

    #[test]
    fn the_compiler_and_the_pool_agree_on_code() {
        let pooled = build(
            Allocation::Pool {
                calls: 4,
                evaluators: 1,
            },
            Effort::Full,
        )
        .unwrap();
        let on_demand = build(Allocation::OnDemand, Effort::Full).unwrap();
        assert_eq!(
            crate::cache::compatibility(&pooled),
            crate::cache::compatibility(&on_demand)
        );
    }
}
