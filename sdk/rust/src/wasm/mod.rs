//! The host's side of the contract, through the generated bindings.

pub mod border;
mod capabilities;
#[cfg(feature = "http")]
mod http;
mod mail;
mod response;
mod suspension;
mod variables;

pub(crate) use capabilities::*;
#[cfg(feature = "http")]
pub(crate) use http::{ResponseBody, Started, start};
pub(crate) use mail::*;
pub(crate) use response::*;
pub(crate) use suspension::*;
pub(crate) use variables::*;
#[doc(hidden)]
pub use wit_bindgen::rt;

#[cfg(not(feature = "http"))]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "node",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "__export_node",
        runtime_path: "::monshyflow_sdk::rt",
    });
}

#[cfg(feature = "http")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "http-node",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "__export_node",
        runtime_path: "::monshyflow_sdk::rt",
    });
}
