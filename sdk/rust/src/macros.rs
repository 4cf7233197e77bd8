/// Makes a function the node's `run`, item by item:
/// `fn(params: &P, item: Item, context: &Context) -> Result<impl IntoOutput, NodeError>`.
#[macro_export]
macro_rules! each {
    ($handler:path) => {
        $crate::__export!(|call| $crate::run_each(call, $handler));
    };
}

/// Makes two functions the node's `run`, a batch of items at once: all of a batch are started, then finished in order.
/// `fn start(params: &P, item: &Item, context: &Context) -> Result<S, NodeError>` and
/// `fn finish(params: &P, item: Item, state: S, context: &Context) -> Result<impl IntoOutput, NodeError>`, where `P: Batched`.
#[macro_export]
macro_rules! batches {
    ($start:path, $finish:path) => {
        $crate::__export!(|call| $crate::run_batches(call, $start, $finish));
    };
}

/// Makes a function the node's `run`, once with everything:
/// `fn(params: &P, inputs: Inputs, context: &Context) -> Result<impl IntoOutput, NodeError>`. The function may ask for a
/// [suspension](crate::suspension); then it is called once more for each.
#[macro_export]
macro_rules! all {
    ($handler:path) => {
        $crate::__export!(|call| $crate::run_all(call, $handler));
    };
}

/// As [`all!`], with the parameters of each item:
/// `fn(params: &ItemParams<P>, inputs: Inputs, context: &Context) -> Result<impl IntoOutput, NodeError>`.
#[macro_export]
macro_rules! all_with_item_params {
    ($handler:path) => {
        $crate::__export!(|call| $crate::run_all_with_item_params(call, $handler));
    };
}

/// Makes two functions the node's `run`, of which the parameter `operation` chooses: `$each` as of [`each!`], or `$all` as of
/// [`all!`] where `$all_at_once`, `fn(params: &P) -> bool`, says so.
#[macro_export]
macro_rules! each_or_all {
    ($all_at_once:path, $each:path, $all:path) => {
        $crate::__export!(|call| $crate::run_each_or_all(call, $all_at_once, $each, $all));
    };
}

/// Makes the example `manifest` of a node crate, which prints what the types and the cases say about the node.
#[macro_export]
macro_rules! manifest {
    ($params:ty) => {
        fn main() {
            $crate::print_manifest::<$params>(::core::env!("CARGO_MANIFEST_DIR"))
        }
    };
}

/// Makes a test that runs every `cases/*.json` of a node crate natively.
#[macro_export]
macro_rules! test_cases {
    () => {
        #[cfg(test)]
        #[test]
        fn cases() {
            $crate::testing::run_cases(::core::env!("CARGO_MANIFEST_DIR"), call);
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    (|$call:ident| $run:expr) => {
        /// The node as the host calls it.
        ///
        /// # Errors
        ///
        /// What the node says.
        pub fn call($call: $crate::Call) -> ::core::result::Result<$crate::Outcome, $crate::NodeError> {
            $run
        }

        #[cfg(target_family = "wasm")]
        const _: () = {
            struct Component;

            impl $crate::bindings::Guest for Component {
                fn run(
                    call: $crate::bindings::Call,
                ) -> ::core::result::Result<$crate::bindings::Outcome, $crate::bindings::NodeError> {
                    $crate::border::run(call, self::call)
                }
            }

    $crate::bindings::__export_node!(Component with_types_in $crate::bindings);
        };

        $crate::test_cases!();
    };
}
